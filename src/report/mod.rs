//! What happened, as values: rows, failures, outputs and the step summary's Markdown.

mod failure;
mod html;
pub mod human;
mod outputs;
mod page;
mod receipt;
mod rows;
mod signal;
mod summary;

use std::time::Duration;

pub use failure::{Failure, Side};
pub use signal::Signal;

use crate::oci::{Digest, Platform, Repository, Tag};

/// All there is to say about a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The image as the user named it; `None` where only tags were derived.
    pub source: Option<String>,
    /// What it was resolved to.
    pub digest: Option<Digest>,
    /// What it runs on, where an index says so.
    pub platforms: Vec<Platform>,
    /// The outputs that the tags room made, by name.
    pub tag_outputs: Vec<(String, String)>,
    /// One for each destination, in the order of the input.
    pub destinations: Vec<Destination>,
    /// What a check found that no tag shows.
    pub drift: Vec<String>,
    /// What went wrong; the run failed if there is any.
    pub failures: Vec<Failure>,
    /// What the user should know though it did not stop us.
    pub warnings: Vec<String>,
    /// The source's registry, and how many pulls it still allows us, if it counts them.
    pub pulls_left: Option<(String, u64)>,
    /// What stopped the run before its end, if something did.
    pub cancelled: Option<Signal>,
    /// From start to end.
    pub elapsed: Duration,
}

/// What became of one destination.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Where.
    pub repository: Repository,
    /// One for each tag.
    pub rows: Vec<Row>,
    /// Bytes that a dry run would have sent.
    pub to_send: Option<u64>,
    /// What it cost.
    pub traffic: Traffic,
}

/// What became of one tag at one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The tag.
    pub tag: Tag,
    /// Where it pointed before; `None` where it did not exist or was not asked for.
    pub old: Option<Digest>,
    /// Where it points now, as far as we know.
    pub new: Option<Digest>,
    /// What became of it.
    pub state: State,
}

/// What became of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It moved to the image now, and a second look confirmed it.
    Published,
    /// It pointed to the image already.
    Unchanged,
    /// It would have moved, had this not been a dry run.
    Planned,
    /// It does not point to the image, says a check.
    Drifted,
    /// A guard left it where it is.
    Kept,
    /// It was left out, because there are no credentials for its registry.
    Skipped,
    /// It points where it did, because something failed.
    Failed,
    /// It had moved to the image and was moved back, because another could not move.
    RolledBack,
    /// It points to the image, though another could not move: it could not be moved back.
    Stranded,
    /// Somebody else moved it while we were at work.
    Overtaken,
    /// It was asked to move, and nobody can say if it did.
    Unknown,
}

/// What went over the wire for one destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of blobs and manifests sent.
    pub sent: u64,
    /// Bytes of blobs that were there already.
    pub found: u64,
    /// Requests, retries included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::sha256(text.as_bytes())
    }

    fn rows(state: State, old: Option<Digest>) -> Vec<Row> {
        let row = |tag: &str, old| Row {
            tag: tag.parse().unwrap(),
            old,
            new: None,
            state,
        };
        vec![row("v1.2.3", None), row("latest", old)]
    }

    fn destination(name: &str, rows: Vec<Row>, traffic: Traffic) -> Destination {
        Destination {
            repository: name.parse().unwrap(),
            rows,
            to_send: None,
            traffic,
        }
    }

    fn platform(architecture: &str) -> Platform {
        Platform {
            os: "linux".to_owned(),
            architecture: architecture.to_owned(),
            variant: None,
        }
    }

    fn sent(sent: u64, found: u64, requests: u64, seconds: u64) -> Traffic {
        Traffic {
            sent,
            found,
            requests,
            retries: 1,
            elapsed: Duration::from_secs(seconds),
        }
    }

    /// One destination published, one that had it all, one without credentials.
    pub(super) fn published() -> Report {
        let moved = rows(State::Published, Some(digest("old")));
        let unchanged = rows(State::Unchanged, Some(digest("new")));
        Report {
            source: Some("ghcr.io/wundam/build:sha-1234567".to_owned()),
            digest: Some(digest("new")),
            platforms: vec![platform("amd64"), platform("arm64")],
            tag_outputs: vec![("version".to_owned(), "v1.2.3".to_owned())],
            destinations: vec![
                destination(
                    "ghcr.io/wundam/truxe-api",
                    moved,
                    sent(52_428_800, 1234, 31, 4),
                ),
                destination("registry.example:5000/truxe", unchanged, sent(0, 0, 2, 0)),
                destination(
                    "truxeio/truxe",
                    rows(State::Skipped, None),
                    Traffic::default(),
                ),
            ],
            warnings: vec!["docker.io/truxeio/truxe has no credentials".to_owned()],
            elapsed: Duration::from_millis(4230),
            ..Report::default()
        }
    }

    /// One destination published, one that refused.
    pub(super) fn failed() -> Report {
        let mut report = published();
        report.warnings.clear();
        report.destinations.truncate(1);
        let refused = rows(State::Failed, Some(digest("old")));
        let refused = destination("truxeio/truxe", refused, sent(0, 0, 3, 1));
        report.destinations.push(refused);
        report.failures.push(Failure {
            side: Side::Destination,
            place: "docker.io/truxeio/truxe".to_owned(),
            step: "starting an upload".to_owned(),
            cause: "401 <script>alert(1)</script>\n\u{202e}@everyone".to_owned(),
            remedy: Some("Check `dockerhub-token`: it needs Read & Write".to_owned()),
        });
        report
    }
}
