//! Tags, labels and annotations, held against docker/metadata-action: rows to read, runs it was recorded in, and properties.

mod environment;
mod properties;
mod recorded;
mod tables;
mod words;

use jiff::Timestamp;
use serde_json::{Value, json};
use truxe_registry_action::context::{Context, World};
use truxe_registry_action::tags::{Error, Inputs, Outputs, Rules, derive};

const SHA: &str = "90dd6032fac8bda1b6c4436a2e65de27961ed071";

/// `tag v1`, `branch main`, `pr 7`, `pr-target 7`, `schedule`, or an event's name and its ref.
fn place(place: &str) -> World {
    let (kind, rest) = place.split_once(' ').unwrap_or((place, ""));
    let (event_name, reference) = match kind {
        "tag" => ("push", format!("refs/tags/{rest}")),
        "branch" => ("push", format!("refs/heads/{rest}")),
        "pr" => ("pull_request", format!("refs/pull/{rest}/merge")),
        "pr-target" => ("pull_request_target", "refs/heads/main".to_owned()),
        "schedule" => ("schedule", "refs/heads/main".to_owned()),
        event_name => (event_name, rest.to_owned()),
    };
    let mut event = json!({
        "repository": {
            "name": "truxe",
            "description": "Trust, distributed",
            "html_url": "https://github.com/wundam/truxe",
            "license": {"spdx_id": "MIT"},
            "default_branch": "main",
        },
        "head_commit": {"id": SHA, "timestamp": "2025-03-04T05:06:07Z"},
    });
    match kind {
        "tag" => event["base_ref"] = "refs/heads/release".into(),
        "pr" | "pr-target" => {
            event["number"] = rest.parse::<u64>().unwrap().into();
            event["pull_request"] = json!({"base": {"ref": "develop"}});
        }
        _ => {}
    }
    world(
        event,
        &[
            ("GITHUB_EVENT_NAME", event_name),
            ("GITHUB_REF", &reference),
        ],
    )
}

fn world(event: Value, env: &[(&str, &str)]) -> World {
    let all = [("GITHUB_SHA", SHA), ("GITHUB_REPOSITORY", "wundam/truxe")];
    let all = all.iter().chain(env);
    World {
        env: all
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        event,
        docker_config: None,
        now: "2026-11-07T08:09:10.123Z".parse::<Timestamp>().unwrap(),
    }
}

fn follow(inputs: &Inputs, world: &World) -> Result<Outputs, Error> {
    let context = Context::read(world).unwrap();
    let rules = Rules::parse(inputs)?;
    Ok(derive(&rules, &context)?.outputs(&rules, rules.images()))
}
