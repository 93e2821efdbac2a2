use tokio::time::sleep;

use crate::oci::{Digest, Tag};
use crate::registry::{Content, Decision, Error, Kind, Remote, decide, jitter};

/// What became of a tag that was put.
pub(super) enum Settled {
    /// It points there.
    Done,
    /// The registry does not move it; where it points instead.
    Refused(Error, Option<Digest>),
    /// Neither the answer nor the tag itself could be read.
    Unknown(Error),
}

/// Puts a tag until it is there or never will be. Whatever is answered but success, the tag itself is read before it
/// is put again: the answer may have been lost on its way, and an immutable tag may be right already.
pub(super) async fn put(remote: &Remote, tag: &Tag, content: &Content) -> Settled {
    let (mut attempt, mut logins) = (1, 0);
    loop {
        let Err(error) = remote.put_tag(tag, content).await else {
            return Settled::Done;
        };
        let login = error.kind == Kind::LoginRequired;
        logins = if login { logins + 1 } else { 0 };
        let seen = if login && logins == 1 {
            None
        } else {
            Some(remote.resolve(tag.as_str()).await)
        };
        if matches!(&seen, Some(Ok(Some(digest))) if digest == content.digest()) {
            return Settled::Done;
        }
        let tries = if login { logins } else { attempt };
        let asked = error.retry_after;
        match decide(remote.policy(), tries, error.kind, asked, jitter()) {
            Decision::Reauthenticate => {}
            Decision::Retry(delay) | Decision::NewSession(delay) => {
                attempt += 1;
                remote.meter().retries.add(1);
                sleep(delay).await;
            }
            Decision::GiveUp => {
                return match seen {
                    Some(Ok(now)) => Settled::Refused(error, now),
                    Some(Err(_)) | None => Settled::Unknown(error),
                };
            }
        }
    }
}
