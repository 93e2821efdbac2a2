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

    /// The word for it in the receipt.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Drifted => "drifted",
            Self::Kept => "kept",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::RolledBack => "moved-back",
            Self::Stranded => "stranded",
            Self::Overtaken => "overtaken",
            Self::Unknown => "unknown",
        }
    }
}

impl Report {
    /// What has become of a tag, and where it points now.
    pub fn set(&mut self, repository: &Repository, tag: &Tag, state: State, now: Option<&Digest>) {
        self.change(repository, tag, |row| {
            row.state = state;
            row.new = now.cloned();
        });
    }

    /// What is to become of every tag; those that are to move, and those that may not, are as they are called here.
    pub fn plan(&mut self, plan: &Plan, to_move: State, refused: State) {
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
            let held = delivery
                .refused
                .iter()
                .map(|it| (&it.tag, &it.from, refused));
            for (tag, from, state) in moves.chain(kept).chain(held) {
                self.set(repository, tag, state, from.as_ref());
                self.change(repository, tag, |row| row.old.clone_from(from));
            }
        }
    }

    /// How many bytes a dry run would have sent.
    pub fn will_send(&mut self, repository: &Repository, bytes: u64) {
        let mut there = self.destinations.iter_mut();
        if let Some(to) = there.find(|to| to.repository == *repository) {
            to.to_send = Some(bytes);
        }
    }

    fn change(&mut self, repository: &Repository, tag: &Tag, change: impl Fn(&mut Row)) {
        let there = self.destinations.iter_mut();
        let there = there.filter(|to| to.repository == *repository);
        let rows = there.flat_map(|to| &mut to.rows);
        rows.filter(|row| row.tag == *tag).for_each(change);
    }
}
