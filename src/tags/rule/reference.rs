use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Found};

/// `type=ref`: the name of the branch, the git tag or the pull request.
#[derive(Clone, Debug)]
pub(crate) struct Ref {
    event: Event,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Branch,
    Tag,
    PullRequest,
}

impl Ref {
    pub(super) fn read(attributes: &mut Attributes) -> Result<Self, Reason> {
        let event = match attributes.need("ref", "event")? {
            "branch" => Event::Branch,
            "tag" => Event::Tag,
            "pr" => Event::PullRequest,
            found => {
                return Err(Reason::Value {
                    attribute: "event",
                    found: found.into(),
                    allowed: "branch, tag or pr",
                });
            }
        };
        if event == Event::PullRequest {
            attributes.or_set("prefix", "pr-");
        }
        Ok(Self { event })
    }

    pub(super) fn is_tag(&self) -> bool {
        self.event == Event::Tag
    }

    pub(super) fn is_pull_request(&self) -> bool {
        self.event == Event::PullRequest
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Option<Found> {
        match self.event {
            Event::Branch => run
                .context
                .branch()
                .map(|branch| Found::plain(branch.into())),
            Event::PullRequest => run
                .context
                .pull_request()
                .map(|number| Found::plain(number.into())),
            Event::Tag => run.git_tag().map(|tag| Found {
                text: tag.into(),
                latest: true,
                floating: false,
            }),
        }
    }
}
