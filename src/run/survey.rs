use std::collections::HashSet;

use super::{Ledger, Request, show};
use crate::action::Runner;
use crate::job::{Mode, Publish};
use crate::oci::{Digest, Repository};
use crate::plan::{Held, Plan, Seen};
use crate::report::{Failure, Side, State};
use crate::source::Source;
use crate::transfer::{self, Asked, Uploaded};

impl Request {
    /// What each destination holds, and what follows from it. One that can't be asked ends the run where the others
    /// wait for it.
    pub(super) async fn look(
        &self,
        (source, digest): (&Source, Digest),
        asked: &[Asked],
        ledger: &Ledger,
    ) -> Result<Plan, Vec<Failure>> {
        let (mut seen, mut failures) = (Vec::new(), Vec::new());
        for result in transfer::look(asked, &digest, &self.guards).await {
            match result {
                Ok(one) => seen.push(one),
                Err(failure) => failures.push(failure),
            }
        }
        let nobody_waits = self.job.publish == Publish::Independently && !seen.is_empty();
        if !failures.is_empty() && !nobody_waits {
            return Err(failures);
        }
        ledger.report().failures.extend(failures);
        for (seen, asked) in pairs(&mut seen, asked) {
            let rivals = self.guards.rivals(&digest, &seen.tags);
            let later = self.lineage.later((source, &digest), &asked.remote, rivals);
            let (later, warnings) = later.await;
            seen.later = later;
            ledger.report().warnings.extend(warnings);
        }
        Ok(Plan::new(digest, self.job.publish, &self.guards, &seen))
    }

    /// Uploads take their time, and another run may have moved tags meanwhile: what moves is planned anew from what is
    /// there now, so that a guard sees it, and a move that must go back goes back to that.
    pub(super) async fn look_again(
        &self,
        uploaded: Uploaded,
        (source, before): (&Source, &Plan),
        runner: &Runner,
        ledger: &Ledger,
    ) -> Result<Uploaded, Vec<Failure>> {
        let watched = uploaded.watched(&self.guards);
        let image = (source, before.digest.clone());
        let again = self.look(image, &watched, ledger).await?;
        let plan = before.updated(&again);
        let changed = plan.changed_since(before);
        if changed.deliveries.is_empty() {
            return Ok(uploaded);
        }
        self.tell(&changed, runner, ledger);
        let plan = self.without_refused(plan, ledger)?;
        Ok(uploaded.planned_anew(&plan))
    }

    /// Puts what is planned into the report and the log.
    pub(super) fn tell(&self, plan: &Plan, runner: &Runner, ledger: &Ledger) {
        let (to_move, refused) = match self.job.mode {
            Mode::Mirror => (State::Failed, State::Failed),
            Mode::DryRun => (State::Planned, State::Failed),
            Mode::Check => (State::Drifted, State::Drifted),
        };
        let mut report = ledger.report();
        report.plan(plan, to_move, refused);
        let known: HashSet<_> = report.warnings.iter().cloned().collect();
        let kept = show::kept(plan).into_iter();
        report
            .warnings
            .extend(kept.filter(|warning| !known.contains(warning)));
        show::plan(plan, runner);
    }

    /// What a guard refuses stops its registry, and all of them where they wait for each other.
    pub(super) fn without_refused(
        &self,
        mut plan: Plan,
        ledger: &Ledger,
    ) -> Result<Plan, Vec<Failure>> {
        let refused = plan.deliveries.iter().flat_map(|delivery| {
            let failure = |held| refusal(&delivery.repository, held);
            delivery.refused.iter().map(failure)
        });
        let refused: Vec<_> = refused.collect();
        if self.job.publish == Publish::Together && !refused.is_empty() {
            return Err(refused);
        }
        ledger.report().failures.extend(refused);
        plan.deliveries
            .retain(|delivery| delivery.refused.is_empty());
        Ok(plan)
    }
}

/// What was seen, with where that was.
fn pairs<'a>(
    seen: &'a mut [Seen],
    asked: &'a [Asked],
) -> impl Iterator<Item = (&'a mut Seen, &'a Asked)> {
    seen.iter_mut().filter_map(|seen| {
        let is_there = |asked: &&Asked| *asked.remote.repository() == seen.repository;
        let asked = asked.iter().find(is_there)?;
        Some((seen, asked))
    })
}

fn refusal(repository: &Repository, held: &Held) -> Failure {
    Failure {
        side: Side::Destination,
        place: repository.to_string(),
        step: format!("moving tag {}", held.tag),
        cause: held.why.clone(),
        remedy: None,
    }
}
