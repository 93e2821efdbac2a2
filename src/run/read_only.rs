//! The modes that write nothing.

use super::Ledger;
use crate::action::Runner;
use crate::oci::Tree;
use crate::plan::Plan;
use crate::registry::Remote;
use crate::report::human;
use crate::transfer::{self, Lack};

/// What would be sent.
pub(super) async fn foresee(
    plan: &Plan,
    tree: &Tree,
    remotes: &[Remote],
    runner: &Runner,
    ledger: &Ledger,
) {
    let _sending = runner.group("Would send");
    for (repository, lack) in transfer::estimate(plan, tree, remotes).await {
        match lack {
            Ok(Lack {
                manifests,
                blobs,
                bytes,
            }) => {
                let size = human::bytes(bytes);
                runner.print(&format!(
                    "{repository}: {size} in {blobs} blobs and {manifests} manifests"
                ));
                ledger.report().will_send(repository, bytes);
            }
            Err(failure) => ledger.report().failures.push(failure),
        }
    }
}

/// Whether everything is there that the tags which are right lead to.
pub(super) async fn compare(plan: &Plan, tree: &Tree, remotes: &[Remote], ledger: &Ledger) {
    for (repository, gaps) in transfer::gaps(plan, tree, remotes).await {
        match gaps {
            Ok(gaps) => {
                let drift = gaps.iter().map(|gap| format!("{repository} {gap}"));
                ledger.report().drift.extend(drift);
            }
            Err(failure) => ledger.report().failures.push(failure),
        }
    }
}
