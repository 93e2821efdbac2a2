use jiff::Timestamp;
use serde_json::Value;

use super::{Details, Error, Repository, World};

/// What GitHub says about this run.
///
/// Local runs, act and Forgejo set less than GitHub does: whatever is missing is empty, and who needs it says so.
#[derive(Clone, Debug)]
pub struct Context {
    /// The event's name, as in `on:`.
    pub event_name: String,
    /// The webhook's payload.
    pub event: Value,
    /// The full ref, `refs/…`; for `pull_request_target` the pull request's merge ref, as docker/metadata-action has it.
    pub reference: String,
    /// The commit; a pull request's head where `DOCKER_METADATA_PR_HEAD_SHA` asks for it.
    pub sha: String,
    /// The repository this run belongs to.
    pub repository: Option<Repository>,
    /// What the event says of the repository; more can be learnt.
    pub details: Details,
    /// When the commit was made, where the event says it; more can be learnt.
    pub commit_date: Option<Timestamp>,
    /// When the run started.
    pub now: Timestamp,
    /// Where people see GitHub.
    pub server_url: String,
    /// Where programs reach GitHub.
    pub api_url: String,
    /// Which run this is.
    pub run: Run,
    /// `DOCKER_METADATA_SHORT_SHA_LENGTH`, as given.
    pub short_sha_length: Option<String>,
    /// `DOCKER_METADATA_ANNOTATIONS_LEVELS`, split at commas.
    pub annotation_levels: Vec<String>,
}

/// Which run of which workflow this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The run's number at GitHub, the same for all attempts.
    pub id: Option<u64>,
    /// Which attempt this is, from 1.
    pub attempt: Option<u64>,
    /// The workflow's name.
    pub workflow: Option<String>,
    /// Who started it.
    pub actor: Option<String>,
}

impl Context {
    /// Makes sense of the world.
    pub fn read(world: &World) -> Result<Self, Error> {
        let text = |name: &str| world.variable(name).map(str::to_owned);
        let event_name = text("GITHUB_EVENT_NAME").unwrap_or_default();
        let sha = sha(world, &event_name);
        Ok(Self {
            reference: reference(world, &event_name),
            repository: world
                .variable("GITHUB_REPOSITORY")
                .map(str::parse)
                .transpose()?,
            details: Details::of(&world.event["repository"]),
            commit_date: commit_date(&world.event, &sha),
            now: world.now,
            server_url: text("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".into()),
            api_url: text("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".into()),
            run: run(world)?,
            short_sha_length: text("DOCKER_METADATA_SHORT_SHA_LENGTH"),
            annotation_levels: annotation_levels(world),
            event: world.event.clone(),
            event_name,
            sha,
        })
    }

    /// The branch's name, if this run is about a branch.
    pub fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/heads/")
    }

    /// The git tag's name, if this run is about a tag.
    pub fn tag(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/tags/")
    }

    /// The pull request, if this run is about one: its number, as the ref has it.
    pub fn pull_request(&self) -> Option<&str> {
        let rest = self.reference.strip_prefix("refs/pull/")?;
        Some(rest.strip_suffix("/merge").unwrap_or(rest))
    }

    /// The branch a pull request goes to, or a tag was pushed from, where the event says it.
    pub fn base_ref(&self) -> Option<&str> {
        let pushed = self.event["base_ref"]
            .as_str()
            .filter(|_| self.tag().is_some());
        let pushed = pushed.map(|base| base.strip_prefix("refs/heads/").unwrap_or(base));
        let target = self.event["pull_request"]["base"]["ref"].as_str();
        pushed.or(target.filter(|_| self.pull_request().is_some()))
    }

    /// The event says so, or it is one that always means the default branch, by docker/metadata-action's list.
    pub fn is_default_branch(&self) -> bool {
        let branch = self.branch().unwrap_or(&self.reference);
        let about_default = ["create", "discussion", "issues", "schedule"];
        let named = self.event["repository"]["default_branch"].as_str() == Some(branch);
        !branch.is_empty()
            && (named
                || about_default
                    .iter()
                    .any(|event| self.event_name.contains(event)))
    }
}

fn reference(world: &World, event_name: &str) -> String {
    if event_name.contains("pull_request_target") {
        let number = match &world.event["number"] {
            Value::Null => "undefined".into(),
            Value::String(number) => number.clone(),
            number @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                number.to_string()
            }
        };
        return format!("refs/pull/{number}/merge");
    }
    world.variable("GITHUB_REF").unwrap_or_default().into()
}

fn sha(world: &World, event_name: &str) -> String {
    let wanted = world
        .variable("DOCKER_METADATA_PR_HEAD_SHA")
        .unwrap_or_default();
    let head = world.event["pull_request"]["head"]["sha"].as_str();
    match head {
        Some(head)
            if wanted.to_lowercase().contains("true") && event_name.contains("pull_request") =>
        {
            head.into()
        }
        _ => world.variable("GITHUB_SHA").unwrap_or_default().into(),
    }
}

fn commit_date(event: &Value, sha: &str) -> Option<Timestamp> {
    let mut commits = event["commits"].as_array().into_iter().flatten();
    let same = |commit: &&Value| commit["id"].as_str() == Some(sha);
    let listed = commits.find(same);
    let head = Some(&event["head_commit"]).filter(same);
    let date = |commit: &Value| commit["timestamp"].as_str()?.parse().ok();
    listed.and_then(date).or_else(|| head.and_then(date))
}

fn run(world: &World) -> Result<Run, Error> {
    let text = |name: &str| world.variable(name).map(str::to_owned);
    let number = |name: &'static str| {
        let value = world.variable(name);
        let parse = |value: &str| {
            value.parse().map_err(|_| Error::Number {
                name,
                value: value.into(),
            })
        };
        value.map(parse).transpose()
    };
    Ok(Run {
        id: number("GITHUB_RUN_ID")?,
        attempt: number("GITHUB_RUN_ATTEMPT")?,
        workflow: text("GITHUB_WORKFLOW"),
        actor: text("GITHUB_ACTOR"),
    })
}

fn annotation_levels(world: &World) -> Vec<String> {
    let levels = world.variable("DOCKER_METADATA_ANNOTATIONS_LEVELS");
    levels
        .unwrap_or("manifest")
        .split(',')
        .map(str::to_owned)
        .collect()
}
