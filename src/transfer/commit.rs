use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::settle::{self, Settled};
use super::{Uploaded, failure, rollback};
use crate::oci::{Digest, Repository, Tag};
use crate::plan::{Delivery, Move, Publish};
use crate::registry::{Content, Decision, Error, Kind, Remote, decide, jitter};
use crate::report::{Failure, Side, State};

/// Told of every tag what has become of it, and where it points as far as we know.
pub type Told<'a> = &'a (dyn Fn(&Repository, &Tag, State, Option<&Digest>) + Sync);

/// Moves the tags, reads each of them again, and gives what went wrong. Where the registries wait for each other, a
/// move that fails for good stops the others, and what has moved goes back.
pub async fn commit(uploaded: Uploaded, stop: &CancellationToken, told: Told<'_>) -> Vec<Failure> {
    let Uploaded {
        publish,
        destinations,
        root,
    } = uploaded;
    let Some(root) = root else { return Vec::new() };
    let round = Round {
        content: Content::of(&root),
        together: publish == Publish::Together,
        halted: AtomicBool::new(false),
        stop,
        told,
    };
    round.run(&destinations).await
}

/// One move of all tags.
pub(super) struct Round<'a> {
    pub(super) content: Content,
    together: bool,
    /// Whether a move failed, and the others need not begin.
    halted: AtomicBool,
    stop: &'a CancellationToken,
    pub(super) told: Told<'a>,
}

/// One tag at one destination, and how far it has come.
pub(super) struct Attempt<'a> {
    pub(super) remote: &'a Remote,
    pub(super) tag: &'a Tag,
    /// Where it pointed when the run began.
    pub(super) from: Option<&'a Digest>,
    end: End,
}

enum End {
    /// Nobody asked to move it.
    Untouched,
    /// It was right when the run began.
    Unchanged,
    /// The registry says it moved.
    Moved,
    /// It could not be moved; true if nobody can say where it points now.
    Failed(Error, bool),
}

impl Round<'_> {
    async fn run(&self, destinations: &[(Remote, Delivery)]) -> Vec<Failure> {
        let moves = destinations
            .iter()
            .map(|(remote, delivery)| self.move_at(remote, delivery));
        let attempts: Vec<_> = join_all(moves).await.into_iter().flatten().collect();
        let mut failures: Vec<_> = attempts.iter().filter_map(Attempt::failure).collect();
        let incomplete = attempts
            .iter()
            .any(|attempt| matches!(attempt.end, End::Untouched | End::Failed(..)));
        if self.together && incomplete {
            failures.extend(self.roll_back(&attempts).await);
            return failures;
        }
        let (confirmed, not_taken) = self.confirm(&attempts).await;
        failures.extend(confirmed);
        if self.together && not_taken {
            failures.extend(self.roll_back(&attempts).await);
        }
        failures
    }

    async fn move_at<'a>(&'a self, remote: &'a Remote, delivery: &'a Delivery) -> Vec<Attempt<'a>> {
        let mut attempts = Vec::new();
        let mut may_go_on = true;
        for Move { tag, from } in &delivery.moves {
            may_go_on &= !self.stop.is_cancelled() && !self.halted.load(Ordering::SeqCst);
            let end = if may_go_on {
                self.move_tag(remote, tag, from.as_ref()).await
            } else {
                End::Untouched
            };
            may_go_on &= !matches!(end, End::Failed(..));
            let from = from.as_ref();
            attempts.push(Attempt {
                remote,
                tag,
                from,
                end,
            });
        }
        let unchanged = delivery.unchanged.iter().map(|tag| Attempt {
            remote,
            tag,
            from: Some(self.content.digest()),
            end: End::Unchanged,
        });
        attempts.extend(unchanged);
        attempts
    }

    async fn move_tag(&self, remote: &Remote, tag: &Tag, from: Option<&Digest>) -> End {
        // True at every moment: whoever stops us now can't know.
        (self.told)(remote.repository(), tag, State::Unknown, None);
        match settle::put(remote, tag, &self.content).await {
            Settled::Done => End::Moved,
            Settled::Refused(error, now) => {
                self.halt();
                let as_it_was = now.as_ref() == from;
                let state = if as_it_was {
                    State::Failed
                } else {
                    State::Overtaken
                };
                (self.told)(remote.repository(), tag, state, now.as_ref());
                End::Failed(immutable(remote, from, error), false)
            }
            Settled::Unknown(error) => {
                self.halt();
                End::Failed(error, true)
            }
        }
    }

    fn halt(&self) {
        self.halted.store(self.together, Ordering::SeqCst);
    }

    /// Reads every tag again; what went wrong, and whether a registry took a move and did not make it.
    async fn confirm(&self, attempts: &[Attempt<'_>]) -> (Vec<Failure>, bool) {
        let there = attempts
            .iter()
            .filter(|attempt| matches!(attempt.end, End::Moved | End::Unchanged));
        let read = join_all(there.map(async |attempt| {
            let seen = see(
                attempt.remote,
                attempt.tag,
                attempt.from,
                self.content.digest(),
            )
            .await;
            self.judge(attempt, seen)
        }));
        let read: Vec<_> = read.await.into_iter().flatten().collect();
        let not_taken = read.iter().any(|(_, not_taken)| *not_taken);
        let failures = read.into_iter().map(|(failure, _)| failure).collect();
        (failures, not_taken)
    }

    fn judge(
        &self,
        attempt: &Attempt<'_>,
        seen: Result<Option<Digest>, Error>,
    ) -> Option<(Failure, bool)> {
        let (tag, new) = (attempt.tag, self.content.digest());
        let unchanged = matches!(attempt.end, End::Unchanged);
        let (state, error) = match &seen {
            Ok(now) if now.as_ref() == Some(new) => {
                let state = if unchanged {
                    State::Unchanged
                } else {
                    State::Published
                };
                (self.told)(attempt.remote.repository(), tag, state, Some(new));
                return None;
            }
            Ok(now) if now.as_ref() == attempt.from && !unchanged => {
                let words = format!(
                    "the registry took the tag, but {tag} points to {} there",
                    shown(now.as_ref())
                );
                (State::Failed, Error::new(Kind::Corrupt, words))
            }
            Ok(now) => {
                let words = format!(
                    "{tag} points to {} now: somebody else moved it while we published {new}",
                    shown(now.as_ref())
                );
                (State::Overtaken, Error::new(Kind::Overtaken, words))
            }
            Err(error) => (State::Unknown, error.clone()),
        };
        let now = seen.ok().flatten();
        (self.told)(attempt.remote.repository(), tag, state, now.as_ref());
        let step = format!("reading tag {tag} again");
        let failure = failure(Side::Destination, attempt.remote, step, &error);
        Some((failure, state == State::Failed))
    }

    async fn roll_back(&self, attempts: &[Attempt<'_>]) -> Vec<Failure> {
        let moved = attempts
            .iter()
            .filter(|attempt| matches!(attempt.end, End::Moved | End::Failed(_, true)));
        let back = join_all(moved.map(|attempt| rollback::roll_back(self, attempt))).await;
        let untouched = attempts
            .iter()
            .filter(|attempt| matches!(attempt.end, End::Untouched));
        for attempt in untouched {
            (self.told)(
                attempt.remote.repository(),
                attempt.tag,
                State::Failed,
                attempt.from,
            );
        }
        back.into_iter().flatten().collect()
    }
}

impl Attempt<'_> {
    fn failure(&self) -> Option<Failure> {
        let End::Failed(error, _) = &self.end else {
            return None;
        };
        let step = format!("moving tag {}", self.tag);
        Some(failure(Side::Destination, self.remote, step, error))
    }
}

/// Where a registry took what we sent and does not let a tag move that exists, it is the tag that may not move.
fn immutable(remote: &Remote, from: Option<&Digest>, error: Error) -> Error {
    let has_taken = remote.meter().sent.get() > 0;
    let refused = error.kind == Kind::Denied && has_taken;
    if from.is_some() && (refused || error.message.contains("TAG_INVALID")) {
        let kind = Kind::ImmutableTag;
        Error { kind, ..error }
    } else {
        error
    }
}

pub(super) fn shown(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// Where a tag points. Some registries show what was written only a moment later: what was there before is not
/// believed at once.
async fn see(
    remote: &Remote,
    tag: &Tag,
    before: Option<&Digest>,
    new: &Digest,
) -> Result<Option<Digest>, Error> {
    let mut attempt = 1;
    loop {
        let found = remote.resolve(tag.as_str()).await?;
        if found.as_ref() == Some(new) || (found.is_some() && found.as_ref() != before) {
            return Ok(found);
        }
        match decide(remote.policy(), attempt, Kind::Unavailable, None, jitter()) {
            Decision::Retry(delay) => sleep(delay).await,
            Decision::Reauthenticate | Decision::NewSession(_) | Decision::GiveUp => {
                return Ok(found);
            }
        }
        attempt += 1;
    }
}
