use super::commit::{Attempt, Round, shown};
use super::failure;
use super::settle::{self, Settled};
use crate::oci::{Digest, Tag};
use crate::registry::{Error, Kind, Remote};
use crate::report::{Failure, Side, State};

/// Brings a tag back to where it was when the run began; a failure where that can't be done.
pub(super) async fn roll_back(round: &Round<'_>, attempt: &Attempt<'_>) -> Option<Failure> {
    let Attempt {
        remote, tag, from, ..
    } = *attempt;
    let new = round.content.digest();
    let back = bring_back(remote, tag, from, new).await;
    let tell = |state, now| (round.told)(remote.repository(), tag, state, now);
    let error = match back {
        Back::There => {
            tell(State::RolledBack, from);
            return None;
        }
        Back::Stuck(error) => {
            tell(State::Stranded, Some(new));
            error
        }
        Back::Unknown(error) => {
            tell(State::Unknown, None);
            error
        }
        Back::Overtaken(now) => {
            tell(State::Overtaken, now.as_ref());
            let now = shown(now.as_ref());
            let words =
                format!("{tag} points to {now} now: somebody else moved it, so it is left there");
            Error::new(Kind::Overtaken, words)
        }
    };
    let step = format!("moving tag {tag} back to {}", shown(from));
    Some(failure(Side::Destination, remote, step, &error))
}

/// Where a tag is after we tried to bring it back.
enum Back {
    /// Where it was.
    There,
    /// Still where we moved it.
    Stuck(Error),
    /// Where somebody else moved it.
    Overtaken(Option<Digest>),
    /// Nobody can say.
    Unknown(Error),
}

async fn bring_back(remote: &Remote, tag: &Tag, from: Option<&Digest>, new: &Digest) -> Back {
    match remote.resolve(tag.as_str()).await {
        Ok(now) if now.as_ref() == from => return Back::There,
        Ok(now) if now.as_ref() != Some(new) => return Back::Overtaken(now),
        Ok(_) => {}
        Err(error) => return Back::Unknown(error),
    }
    match from {
        Some(old) => put_back(remote, tag, old).await,
        None => take_away(remote, tag).await,
    }
}

async fn put_back(remote: &Remote, tag: &Tag, old: &Digest) -> Back {
    let content = match remote.content(old).await {
        Ok(content) => content,
        Err(error) => return Back::Stuck(error),
    };
    match settle::put(remote, tag, &content).await {
        Settled::Done => Back::There,
        Settled::Refused(error, _) => Back::Stuck(error),
        Settled::Unknown(error) => Back::Unknown(error),
    }
}

async fn take_away(remote: &Remote, tag: &Tag) -> Back {
    let deleted = remote.delete_tag(tag).await;
    match (deleted, remote.resolve(tag.as_str()).await) {
        (_, Ok(None)) => Back::There,
        (Err(error), Ok(_)) => Back::Stuck(error),
        (Ok(()), Ok(_)) => {
            let words =
                format!("the registry says that it deleted the tag, and {tag} is still there");
            Back::Stuck(Error::new(Kind::Corrupt, words))
        }
        (_, Err(error)) => Back::Unknown(error),
    }
}
