//! What the user asks: the inputs, read and checked before anything is touched.

mod credentials;
mod destination;
mod docker_config;
mod error;
mod github;
mod globs;
mod host;
mod inputs;
mod path;
mod platforms;
mod pull_request;
mod registry_auth;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};

pub use destination::Destination;
pub use error::{InputError, Problem};
pub use github::default_image;
pub use globs::Globs;
pub use inputs::{INPUTS, OUTPUTS};
pub use pull_request::check_pull_request;

use crate::context::World;
use crate::oci::{Credential, Origin, Platform};

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything is done.
    Mirror,
    /// Everything is looked at and planned, nothing is written.
    DryRun,
    /// Everything is compared with what it should be, nothing is written.
    Check,
}

/// Whether the registries wait for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publish {
    /// Tags move in every registry or in none.
    #[default]
    Together,
    /// Tags move in each registry as soon as it holds everything, whatever becomes of the others.
    Independently,
}

/// What becomes of a floating tag that would go back to an older version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OlderVersion {
    /// It is left where it is.
    #[default]
    Skip,
    /// That is a failure.
    Error,
    /// It moves all the same.
    Move,
}

/// What becomes of an image at Docker Hub that there are no credentials for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MissingCredentials {
    Skip,
    Error,
}

/// What one run is asked to do.
#[derive(Clone, Debug)]
pub struct Job {
    /// The image to mirror; `None` where only tags are asked for.
    pub source: Option<Origin>,
    /// What of it is wanted; all where none is named.
    pub platforms: Vec<Platform>,
    /// Whether what refers to it comes along.
    pub referrers: bool,
    /// Where it goes, in the order of the input, no repository twice.
    pub destinations: Vec<Destination>,
    /// Where it would go if there were credentials.
    pub skipped: Vec<Destination>,
    /// Who we are, by the canonical name of the registry, whichever side it is on.
    pub credentials: BTreeMap<String, Credential>,
    /// For GitHub's API, whoever we are at its registry.
    pub github_token: Option<SecretString>,
    /// Whether anything is written.
    pub mode: Mode,
    /// Whether the registries wait for each other.
    pub publish: Publish,
    /// What becomes of a floating tag that would go back to an older version.
    pub older_version: OlderVersion,
    /// Tags that never move once they are there.
    pub immutable_tags: Globs,
    /// Registries that may be spoken to in plain HTTP, by their canonical names.
    pub insecure_registries: BTreeSet<String>,
    /// What the user should know about the inputs though it does not stop us.
    pub warnings: Vec<String>,
}

/// Reads the inputs; `images` are the names from input `images` that are enabled, or the default one.
pub fn read(world: &World, images: &[String]) -> Result<Job, InputError> {
    let mode = choice(world, "mode", &MODES)?;
    let publish = choice(world, "publish", &PUBLISH)?;
    let older_version = choice(world, "older-version", &OLDER_VERSION)?;
    let immutable_tags = Globs::read(world, "immutable-tags")?;
    let missing = choice(world, "missing-credentials", &MISSING_CREDENTIALS)?;
    let insecure_registries = host::read_insecure(world)?;
    let source = source::read(world)?;
    let platforms = platforms::read(world)?;
    let referrers = choice(world, "referrers", &FLAG)?;
    let all = destination::read(images)?;
    let repository = source.as_ref().and_then(Origin::repository);
    let used = repository.iter().map(|repository| repository.registry());
    let used: BTreeSet<_> = used.chain(registries(&all)).collect();
    let found = credentials::read(world, &Vec::from_iter(used))?;
    // Without a source nothing is sent anywhere, so that no credentials are missing.
    let lacks = |destination: &Destination| {
        source.is_some()
            && destination.repository.is_docker_hub()
            && !found
                .credentials
                .contains_key(destination.repository.registry())
    };
    let (skipped, destinations): (Vec<_>, Vec<_>) = all.into_iter().partition(lacks);
    if let (Some(first), MissingCredentials::Error) = (skipped.first(), missing) {
        return Err(Problem::NoCredentials(first.image.clone()).of("images"));
    }
    Ok(Job {
        source,
        platforms,
        referrers,
        destinations,
        skipped,
        credentials: found.credentials,
        github_token: world.input("github-token").map(SecretString::from),
        mode,
        publish,
        older_version,
        immutable_tags,
        insecure_registries,
        warnings: found.warnings,
    })
}

impl Job {
    /// Every text that may not appear in the log, to be masked before the first request.
    pub fn secrets(&self) -> Vec<SecretString> {
        let mut secrets = credentials::secrets(&self.credentials);
        let text = SecretString::expose_secret;
        let known = |token: &&SecretString| secrets.iter().any(|it| text(it) == text(token));
        let token = self.github_token.iter().filter(|token| !known(token));
        let token: Vec<_> = token.cloned().collect();
        secrets.extend(token);
        secrets
    }
}

fn registries(destinations: &[Destination]) -> impl Iterator<Item = &str> {
    destinations
        .iter()
        .map(|destination| destination.repository.registry())
}

/// The words an input may hold, and what they mean; the first is the default.
struct Words<T: 'static> {
    allowed: &'static [&'static str],
    meanings: &'static [T],
}

const MODES: Words<Mode> = Words {
    allowed: &["mirror", "dry-run", "check"],
    meanings: &[Mode::Mirror, Mode::DryRun, Mode::Check],
};

const PUBLISH: Words<Publish> = Words {
    allowed: &["together", "independently"],
    meanings: &[Publish::Together, Publish::Independently],
};

const OLDER_VERSION: Words<OlderVersion> = Words {
    allowed: &["skip", "error", "move"],
    meanings: &[OlderVersion::Skip, OlderVersion::Error, OlderVersion::Move],
};

/// The words that GitHub's own toolkit takes, the first being the default of all flags here.
const FLAG: Words<bool> = Words {
    allowed: &["true", "True", "TRUE", "false", "False", "FALSE"],
    meanings: &[true, true, true, false, false, false],
};

const MISSING_CREDENTIALS: Words<MissingCredentials> = Words {
    allowed: &["skip", "error"],
    meanings: &[MissingCredentials::Skip, MissingCredentials::Error],
};

fn choice<T: Copy>(world: &World, input: &'static str, words: &Words<T>) -> Result<T, InputError> {
    let value = world.input(input).unwrap_or(words.allowed[0]);
    let mut pairs = words.allowed.iter().zip(words.meanings);
    let found = pairs.find(|(word, _)| **word == value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        Problem::Unknown {
            value: value.to_owned(),
            allowed: words.allowed,
        }
        .of(input)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A world with nothing in it but these variables.
    pub(super) fn world(env: &[(&str, &str)]) -> World {
        let pairs = env.iter().map(|&(name, value)| (name.into(), value.into()));
        World {
            env: pairs.collect(),
            event: serde_json::Value::Null,
            docker_config: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    const SOURCE: (&str, &str) = ("INPUT_SOURCE", "ghcr.io/wundam/truxe-api:v1");
    const IMAGES: [&str; 2] = ["ghcr.io/wundam/truxe-api", "truxeio/truxe"];

    fn read_job(env: &[(&str, &str)]) -> Result<Job, InputError> {
        read(&world(env), &IMAGES.map(str::to_owned))
    }

    fn images(destinations: &[Destination]) -> Vec<&str> {
        destinations.iter().map(|d| d.image.as_str()).collect()
    }

    #[test]
    fn no_inputs_at_all_ask_for_tags() {
        let job = read_job(&[]).unwrap();
        assert_eq!((job.source, job.mode), (None, Mode::Mirror));
        assert_eq!(images(&job.destinations), IMAGES);
        assert!(job.skipped.is_empty() && job.credentials.is_empty());
    }

    #[test]
    fn docker_hub_without_credentials_is_skipped_or_an_error_as_asked() {
        let job = read_job(&[SOURCE]).unwrap();
        assert_eq!(images(&job.destinations), ["ghcr.io/wundam/truxe-api"]);
        assert_eq!(images(&job.skipped), ["truxeio/truxe"]);
        let error = ("INPUT_MISSING-CREDENTIALS", "error");
        assert_eq!(
            read_job(&[SOURCE, error]).unwrap_err().to_string(),
            "input `images`: truxeio/truxe has no credentials; give `dockerhub-username` and `dockerhub-token`, or let `missing-credentials` be `skip`"
        );
        let (username, token) = (
            ("INPUT_DOCKERHUB-USERNAME", "me"),
            ("INPUT_DOCKERHUB-TOKEN", "dckr_pat"),
        );
        let job = read_job(&[SOURCE, error, username, token]).unwrap();
        assert_eq!(images(&job.destinations), IMAGES);
    }

    #[test]
    fn words_are_exact() {
        let mode = |word| read_job(&[("INPUT_MODE", word)]);
        assert_eq!(mode(" dry-run\n").unwrap().mode, Mode::DryRun);
        assert_eq!(
            mode("chek").unwrap_err().to_string(),
            r#"input `mode`: "chek" is none of: mirror, dry-run, check"#
        );
        let missing = read_job(&[("INPUT_MISSING-CREDENTIALS", "Skip")]);
        assert_eq!(
            missing.unwrap_err().to_string(),
            r#"input `missing-credentials`: "Skip" is none of: skip, error"#
        );
    }

    #[test]
    fn nothing_shows_a_secret() {
        let job = read_job(&[SOURCE, ("INPUT_GITHUB-TOKEN", "ghs_hunter2")]).unwrap();
        assert!(!format!("{job:?}").contains("hunter2"));
        assert_eq!(job.secrets().len(), 2);
    }
}
