//! What GitHub's API adds to the event: asked only for what the rules or the labels use and the event does not say.

use secrecy::SecretString;

use crate::context::{Context, World};
use crate::github::{Error, GitHub};
use crate::tags::{Needs, Rules};

/// What follows where a value can't be had.
const NOW: &str = "The run's own time stands for the commit's";
const NO_EDGE: &str = "The default branch is not known, so that type=edge makes no tag";
const NO_LABELS: &str = "The labels don't say the repository's name, description, page and licence";

/// Fills the context; what can't be had is a warning, as the run goes on without it.
pub(super) async fn learn(context: &mut Context, rules: &Rules, world: &World) -> Vec<String> {
    let Needs {
        commit_date,
        default_branch,
    } = rules.needs();
    let wants_date = commit_date && context.commit_date.is_none() && !context.sha.is_empty();
    let wants_branch = default_branch && context.details.default_branch.is_none();
    let wants_details = wants_branch || context.details.html_url.is_none();
    let mut warnings = Vec::new();
    if !wants_date && !wants_details {
        return warnings;
    }
    let github = match open(context, world) {
        Some(Ok(github)) => github,
        Some(Err(error)) => return vec![error.to_string()],
        None => return without_token(wants_date, wants_branch),
    };
    if wants_date {
        match github.commit_date(&context.sha).await {
            Ok(date) => context.commit_date = Some(date),
            Err(error) => warnings.push(format!("{NOW}: {error}")),
        }
    }
    if wants_details {
        match github.details().await {
            Ok(details) => context.details = std::mem::take(&mut context.details).or(details),
            Err(error) => warnings.push(missing_details(wants_branch, &error)),
        }
    }
    warnings
}

/// The API, where it is known which repository to ask about and as whom.
fn open(context: &Context, world: &World) -> Option<Result<GitHub, Error>> {
    let token: SecretString = world.input("github-token")?.into();
    let repository = context.repository.clone()?;
    Some(GitHub::new(&context.api_url, Some(&token), repository))
}

fn missing_details(wants_branch: bool, error: &Error) -> String {
    let consequence = if wants_branch { NO_EDGE } else { NO_LABELS };
    format!("{consequence}: {error}")
}

/// Nobody to ask as: only what a rule names is worth a warning.
fn without_token(wants_date: bool, wants_branch: bool) -> Vec<String> {
    let asked = [(wants_date, NOW), (wants_branch, NO_EDGE)];
    let asked = asked.into_iter().filter(|(asked, _)| *asked);
    asked
        .map(|(_, consequence)| {
            format!("{consequence}: the event does not say it, and without input `github-token` GitHub's API is not asked")
        })
        .collect()
}
