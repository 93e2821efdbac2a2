use super::Move;
use crate::job::{Globs, OlderVersion};
use crate::oci::{Digest, Tag};
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
    /// Tags that never move once they are there.
    pub immutable: Globs,
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

    fn goes_by_version(&self, tag: &Tag) -> bool {
        self.older_version != OlderVersion::Move
            && self.line.is_some()
            && self.floating.contains(tag)
    }

    /// Whether a tag may move, where these are all tags of the destination.
    pub(super) fn judge(&self, moved: &Move, tags: &[String]) -> Verdict {
        let Move { tag, from } = moved;
        if let Some(from) = from.as_ref().filter(|_| self.immutable.matches(tag)) {
            return Verdict::Refuse(format!(
                "{tag} points to {from}, and the input immutable-tags says that it never moves"
            ));
        }
        let above = match (&self.line, self.floating.contains(tag)) {
            (Some(line), true) => line.above(tag, tags).map(|above| (line, above)),
            _ => None,
        };
        let Some((line, above)) = above else {
            return Verdict::Go;
        };
        let why = format!("{above} is there, which is higher than {}", line.version());
        match self.older_version {
            OlderVersion::Skip => Verdict::Keep(why),
            OlderVersion::Error => Verdict::Refuse(why),
            OlderVersion::Move => Verdict::Go,
        }
    }
}
