//! What has to be done, decided from what is wanted and what was seen; nothing is done here.

mod guard;

pub use guard::{Guards, Later, Verdict};

pub use crate::job::Publish;
use crate::oci::{Digest, Repository, Tag};

/// What a destination held when we looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The destination.
    pub repository: Repository,
    /// Each tag that is asked for, and where it points.
    pub tags: Vec<(Tag, Option<Digest>)>,
    /// All tags of the destination, where a guard needs them.
    pub all: Vec<String>,
    /// Images under these tags that were made of later commits than ours, where a guard needs them.
    pub later: Vec<Later>,
}

/// A tag that has to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The tag.
    pub tag: Tag,
    /// Where it points now; `None` where it does not exist yet.
    pub from: Option<Digest>,
}

/// A tag that would move and stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The tag.
    pub tag: Tag,
    /// Where it points.
    pub from: Option<Digest>,
    /// What keeps it there.
    pub why: String,
}

/// What one destination is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The destination.
    pub repository: Repository,
    /// Tags that point to the image already.
    pub unchanged: Vec<Tag>,
    /// Tags that a guard leaves where they are.
    pub kept: Vec<Held>,
    /// Tags that a guard forbids to move: a failure.
    pub refused: Vec<Held>,
    /// Tags that don't yet, in the order they were asked for.
    pub moves: Vec<Move>,
}

/// The whole work: one digest, and what every destination is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The image, by the digest it was resolved to once.
    pub digest: Digest,
    /// Whether the registries wait for each other.
    pub publish: Publish,
    /// One for each destination.
    pub deliveries: Vec<Delivery>,
}

impl Plan {
    /// What leads from what was seen to this digest under every tag everywhere.
    pub fn new(digest: Digest, publish: Publish, guards: &Guards, seen: &[Seen]) -> Self {
        let deliveries = seen
            .iter()
            .map(|seen| Delivery::new(&digest, guards, seen))
            .collect();
        Self {
            digest,
            publish,
            deliveries,
        }
    }

    /// What a destination is to get.
    pub fn delivery(&self, repository: &Repository) -> Option<&Delivery> {
        let mut deliveries = self.deliveries.iter();
        deliveries.find(|delivery| delivery.repository == *repository)
    }

    /// The same after some tags were looked at again.
    #[must_use]
    pub fn updated(&self, again: &Self) -> Self {
        let deliveries = self.deliveries.iter().map(|delivery| {
            let looked_at = again.delivery(&delivery.repository);
            looked_at.map_or_else(|| delivery.clone(), |again| delivery.updated(again))
        });
        Self {
            digest: self.digest.clone(),
            publish: self.publish,
            deliveries: deliveries.collect(),
        }
    }

    /// Those destinations only where something else is to be done than before.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Self {
        let is_changed = |now: &&Delivery| before.delivery(&now.repository) != Some(now);
        Self {
            digest: self.digest.clone(),
            publish: self.publish,
            deliveries: self.deliveries.iter().filter(is_changed).cloned().collect(),
        }
    }

    /// Whether every tag is where it should be.
    pub fn is_done(&self) -> bool {
        self.deliveries
            .iter()
            .all(|delivery| delivery.moves.is_empty())
    }
}

impl Delivery {
    /// Whether there was an image under our tags before.
    pub fn had_image(&self) -> bool {
        !self.unchanged.is_empty()
            || !self.kept.is_empty()
            || self.moves.iter().any(|moved| moved.from.is_some())
    }

    /// Moves in the old order, without those that are not to be any more.
    fn updated(&self, again: &Self) -> Self {
        let still = |old: &Move| {
            let is_same = |new: &&Move| new.tag == old.tag;
            let new = again.moves.iter().find(is_same).cloned();
            new.or_else(|| (!again.settles(&old.tag)).then(|| old.clone()))
        };
        let mut updated = self.clone();
        updated.moves = self.moves.iter().filter_map(still).collect();
        updated.unchanged.extend_from_slice(&again.unchanged);
        updated.kept.extend_from_slice(&again.kept);
        updated.refused.extend_from_slice(&again.refused);
        updated
    }

    /// Whether a tag is spoken of and does not move.
    fn settles(&self, tag: &Tag) -> bool {
        let held = self.kept.iter().chain(&self.refused);
        self.unchanged.contains(tag) || held.into_iter().any(|held| held.tag == *tag)
    }

    fn new(digest: &Digest, guards: &Guards, seen: &Seen) -> Self {
        let mut delivery = Self {
            repository: seen.repository.clone(),
            unchanged: Vec::new(),
            kept: Vec::new(),
            refused: Vec::new(),
            moves: Vec::new(),
        };
        for (tag, from) in seen.tags.iter().cloned() {
            if from.as_ref() == Some(digest) {
                delivery.unchanged.push(tag);
                continue;
            }
            let moved = Move { tag, from };
            match guards.judge(&moved, seen) {
                Verdict::Go => delivery.moves.push(moved),
                Verdict::Keep(why) => delivery.kept.push(moved.held(why)),
                Verdict::Refuse(why) => delivery.refused.push(moved.held(why)),
            }
        }
        delivery
    }
}

impl Move {
    fn held(self, why: String) -> Held {
        let Self { tag, from } = self;
        Held { tag, from, why }
    }
}
