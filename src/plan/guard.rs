use super::{Move, Seen};
use crate::job::{Globs, OlderVersion};
use crate::oci::{Digest, Revision, Tag};
use crate::tags::Line;

/// What keeps tags from moving where they should not.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// What becomes of a floating tag that would go back.
    pub older_version: OlderVersion,
    /// Tags that several versions share.
    pub floating: Vec<Tag>,
    /// The version that is being published; `None` where there is none.
    pub line: Option<Line>,
    /// Tags that commits of a branch share.
    pub branch: Vec<Tag>,
    /// Tags that never move once they are there.
    pub immutable: Globs,
}

/// An image at a destination that was made of a later commit than ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The image.
    pub image: Digest,
    /// Its commit.
    pub revision: Revision,
}

/// What becomes of a tag that would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It moves.
    Go,
    /// It stays, and here is why.
    Keep(String),
    /// It may not move, and that is a failure.
    Refuse(String),
}

impl Guards {
    /// Whether the tags of a destination must be known, where our own tags point there. A floating tag that is not there
    /// yet is guarded too: a higher version may have been published without it.
    pub fn need_tags(&self, image: &Digest, seen: &[(Tag, Option<Digest>)]) -> bool {
        let mut moving = seen.iter().filter(|(_, from)| from.as_ref() != Some(image));
        moving.any(|(tag, _)| self.goes_by_version(tag))
    }

    /// Whether it matters where a tag points when it moves, and not only when the run began: one that was there goes
    /// back there if need be, and what another run publishes meanwhile may hold this one. The others save a request.
    pub fn watch(&self, moved: &Move) -> bool {
        moved.from.is_some()
            || self.goes_by_version(&moved.tag)
            || self.immutable.matches(&moved.tag)
    }

    /// The images at a destination of which must be known if they were made of a later commit than ours.
    pub fn rivals(&self, image: &Digest, seen: &[(Tag, Option<Digest>)]) -> Vec<Digest> {
        let mut rivals: Vec<Digest> = Vec::new();
        for (tag, from) in seen.iter().filter(|(tag, _)| self.goes_by_commit(tag)) {
            let immutable = self.immutable.matches(tag);
            let from = from.as_ref().filter(|from| *from != image && !immutable);
            rivals.extend(from.filter(|from| !rivals.contains(from)).cloned());
        }
        rivals
    }

    fn goes_by_commit(&self, tag: &Tag) -> bool {
        self.older_version != OlderVersion::Move && self.branch.contains(tag)
    }

    fn goes_by_version(&self, tag: &Tag) -> bool {
        self.older_version != OlderVersion::Move
            && self.line.is_some()
            && self.floating.contains(tag)
    }

    /// Whether a tag may move at a destination.
    pub(super) fn judge(&self, moved: &Move, seen: &Seen) -> Verdict {
        let Move { tag, from } = moved;
        if let Some(from) = from.as_ref().filter(|_| self.immutable.matches(tag)) {
            return Verdict::Refuse(format!(
                "{tag} points to {from}, and the input immutable-tags says that it never moves"
            ));
        }
        let why = self.higher(tag, seen).or_else(|| self.later(moved, seen));
        match (why, self.older_version) {
            (Some(why), OlderVersion::Skip) => Verdict::Keep(why),
            (Some(why), OlderVersion::Error) => Verdict::Refuse(why),
            (Some(_), OlderVersion::Move) | (None, _) => Verdict::Go,
        }
    }

    /// Which version there is higher than ours and shares the tag.
    fn higher(&self, tag: &Tag, seen: &Seen) -> Option<String> {
        let line = self.line.as_ref().filter(|_| self.goes_by_version(tag))?;
        let above = line.above(tag, &seen.all)?;
        let version = line.version();
        Some(format!("{above} is there, which is higher than {version}"))
    }

    /// Which commit the image there was made of, if that is a later one.
    fn later(&self, moved: &Move, seen: &Seen) -> Option<String> {
        let from = moved
            .from
            .as_ref()
            .filter(|_| self.goes_by_commit(&moved.tag))?;
        let later = seen.later.iter().find(|later| later.image == *from)?;
        Some(format!(
            "the image there was made of the commit {}, which is ahead of ours",
            later.revision.short()
        ))
    }
}
