use crate::action::Runner;
use crate::oci::Digest;
use crate::plan::{Delivery, Held, Plan};
use crate::report::human;
use crate::tags::TagSet;
use crate::transfer::Uploaded;

/// Every tag, and the rule that gave it.
pub(super) fn tags(tags: &TagSet, runner: &Runner) {
    let _group = runner.group("Tags");
    for name in tags.names() {
        runner.print(&format!("{}  ({})", name.tag, name.rule));
    }
}

/// A warning for each tag that a guard leaves where it is.
pub(super) fn kept(plan: &Plan) -> Vec<String> {
    let of = |delivery: &Delivery| {
        let place = &delivery.repository;
        let warning =
            |Held { tag, why, .. }: &Held| format!("{place}:{tag} is left as it is: {why}");
        delivery.kept.iter().map(warning).collect::<Vec<_>>()
    };
    plan.deliveries.iter().flat_map(of).collect()
}

/// What every tag at every destination will do.
pub(super) fn plan(plan: &Plan, runner: &Runner) {
    for Delivery {
        repository,
        unchanged,
        kept,
        refused,
        moves,
    } in &plan.deliveries
    {
        for tag in unchanged {
            runner.print(&format!("{repository}:{tag} is there already"));
        }
        for Held { tag, why, .. } in kept {
            runner.print(&format!("{repository}:{tag} stays: {why}"));
        }
        for Held { tag, why, .. } in refused {
            runner.print(&format!("{repository}:{tag} may not move: {why}"));
        }
        for moved in moves {
            let from = moved.from.as_ref().map_or("not there yet", Digest::short);
            runner.print(&format!(
                "{repository}:{} moves ({from} → {})",
                moved.tag,
                plan.digest.short()
            ));
        }
    }
}

/// What the upload came to.
pub(super) fn brought(uploaded: &Uploaded, runner: &Runner) {
    for (repository, sent, found) in uploaded.brought() {
        let (sent, found) = (human::bytes(sent), human::bytes(found));
        runner.print(&format!(
            "{repository} holds all of it: {sent} sent, {found} were there"
        ));
    }
}
