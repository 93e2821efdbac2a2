use super::{Report, Row, State};
use crate::oci::{Digest, Repository, Tag};
use crate::plan::Plan;

impl State {
    /// What is not where it should be.
    pub(super) const FAILED: [Self; 4] = [
        Self::Failed,
        Self::RolledBack,
        Self::Overtaken,
        Self::Unknown,
    ];
}

impl Report {
    /// What has become of a tag, and where it points now.
    pub fn set(&mut self, repository: &Repository, tag: &Tag, state: State, now: Option<&Digest>) {
        self.change(repository, tag, |row| {
            row.state = state;
            row.new = now.cloned();
        });
    }

    /// What is to become of every tag; `to_move` is what those are that are to move.
    pub fn plan(&mut self, plan: &Plan, to_move: State) {
        for delivery in &plan.deliveries {
            let repository = &delivery.repository;
            for tag in &delivery.unchanged {
                self.set(repository, tag, State::Unchanged, Some(&plan.digest));
            }
            let moves = delivery.moves.iter().map(|it| (&it.tag, &it.from, to_move));
            let kept = delivery
                .kept
                .iter()
                .map(|it| (&it.tag, &it.from, State::Kept));
            let refused = delivery
                .refused
                .iter()
                .map(|it| (&it.tag, &it.from, State::Failed));
            for (tag, from, state) in moves.chain(kept).chain(refused) {
                self.set(repository, tag, state, from.as_ref());
                self.change(repository, tag, |row| row.old.clone_from(from));
            }
        }
    }

    fn change(&mut self, repository: &Repository, tag: &Tag, change: impl Fn(&mut Row)) {
        let there = self.destinations.iter_mut();
        let there = there.filter(|to| to.repository == *repository);
        let rows = there.flat_map(|to| &mut to.rows);
        rows.filter(|row| row.tag == *tag).for_each(change);
    }
}
