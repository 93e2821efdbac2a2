use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::docker_config::DockerConfig;
use super::{InputError, Problem, github, registry_auth};
use crate::context::World;
use crate::oci::Credential;

/// Who we are, by the canonical name of the registry.
pub(super) type Credentials = BTreeMap<String, Credential>;

/// GHCR takes any user name with a token; this one is what shows where there is no actor.
const NO_ACTOR: &str = "github-actions";
const DOCKER_HUB: &str = "docker.io";
const NO_TOKEN: &str = "input `dockerhub-token` is empty, so `dockerhub-username` is not used; the secret is not set, or this is a workflow of a fork, which gets no secrets";
/// A shorter text is in half of all words: masking it makes the log unreadable and protects nothing.
const SHORTEST_MASK: usize = 4;

/// All credentials the user gave, and what should be said about them.
pub(super) struct Found {
    pub(super) credentials: Credentials,
    pub(super) warnings: Vec<String>,
}

/// The credentials for all registries, first match wins: Docker Hub's inputs, `registry-auth`, `github-token`, the docker
/// config file. The token comes after the list because it has a default: an entry of the list is always meant.
///
/// `used` are the registries that will be spoken to: warnings are about these alone.
pub(super) fn read(world: &World, used: &[&str]) -> Result<Found, InputError> {
    let mut credentials = Credentials::new();
    let mut warnings = Vec::new();
    match docker_hub(world)? {
        Pair::Whole(credential) => {
            credentials.insert(DOCKER_HUB.to_owned(), credential);
        }
        Pair::NoToken if used.contains(&DOCKER_HUB) => warnings.push(NO_TOKEN.to_owned()),
        Pair::NoToken | Pair::None => {}
    }
    for (registry, credential) in registry_auth::read(world)? {
        if let Some(first) = credentials.get(&registry) {
            warnings.push(shadowed(&registry, first));
        } else {
            credentials.insert(registry, credential);
        }
    }
    if let Some((registry, credential)) = github(world) {
        credentials.entry(registry).or_insert(credential);
    }
    let config = DockerConfig::read(world.docker_config.as_deref());
    let config = config.unwrap_or_else(|warning| {
        warnings.push(warning);
        DockerConfig::default()
    });
    let without = used.iter().filter(|registry| {
        !credentials.contains_key(**registry) && !config.credentials.contains_key(**registry)
    });
    warnings.extend(without.filter_map(|registry| config.why_not(registry)));
    for (registry, credential) in config.credentials {
        credentials.entry(registry).or_insert(credential);
    }
    Ok(Found {
        credentials,
        warnings,
    })
}

fn shadowed(registry: &str, first: &Credential) -> String {
    let input = &first.given_by;
    format!(
        "the entry for {registry} in input `registry-auth` is not used: {input} comes first; to use the entry, set {input} to an empty text"
    )
}

/// The token goes to the container registry of the server it was issued by, and to no other.
fn github(world: &World) -> Option<(String, Credential)> {
    let token = world.input("github-token")?;
    let credential = Credential {
        username: world
            .variable("GITHUB_ACTOR")
            .unwrap_or(NO_ACTOR)
            .to_owned(),
        password: SecretString::from(token),
        given_by: "input `github-token`".to_owned(),
    };
    Some((github::container_registry(world)?, credential))
}

/// What the two inputs for Docker Hub make together.
enum Pair {
    None,
    Whole(Credential),
    NoToken,
}

/// A name alone is no mistake: the name may stand in the workflow, and a fork's workflow gets every secret empty.
fn docker_hub(world: &World) -> Result<Pair, InputError> {
    const USERNAME: &str = "dockerhub-username";
    const TOKEN: &str = "dockerhub-token";
    match (world.input(USERNAME), world.input(TOKEN)) {
        (None, None) => Ok(Pair::None),
        (Some(_), None) => Ok(Pair::NoToken),
        (None, Some(_)) => Err(Problem::Half { other: TOKEN }.of(USERNAME)),
        (Some(username), Some(token)) => Ok(Pair::Whole(Credential {
            username: username.to_owned(),
            password: SecretString::from(token),
            given_by: format!("input `{TOKEN}`"),
        })),
    }
}

/// Every text that may not appear in the log: passwords, and how they look in an `Authorization: Basic` header.
pub(super) fn secrets(credentials: &Credentials) -> Vec<SecretString> {
    let mut secrets = Vec::new();
    for credential in credentials.values() {
        let password = credential.password.expose_secret();
        if password.trim().len() >= SHORTEST_MASK {
            secrets.push(SecretString::from(password));
        }
        let pair = format!("{}:{password}", credential.username);
        secrets.push(SecretString::from(STANDARD.encode(pair)));
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::tests::world;

    fn given_by(env: &[(&str, &str)], docker_config: Option<&str>) -> Vec<(String, String)> {
        let mut world = world(env);
        world.docker_config = docker_config.map(str::to_owned);
        let found = read(&world, &[]).unwrap();
        let credentials = found.credentials.into_iter();
        credentials
            .map(|(registry, c)| (registry, c.given_by))
            .collect()
    }

    #[track_caller]
    fn assert_given(env: &[(&str, &str)], docker_config: Option<&str>, expected: &[(&str, &str)]) {
        let given = given_by(env, docker_config);
        let given: Vec<_> = given.iter().map(|(r, g)| (&**r, &**g)).collect();
        assert_eq!(given, expected);
    }

    const GITHUB_TOKEN: (&str, &str) = ("INPUT_GITHUB-TOKEN", "ghs_x");
    const USERNAME: (&str, &str) = ("INPUT_DOCKERHUB-USERNAME", "me");
    const TOKEN: (&str, &str) = ("INPUT_DOCKERHUB-TOKEN", "dckr_pat");
    const LIST: (&str, &str) = (
        "INPUT_REGISTRY-AUTH",
        "[{registry: ghcr.io, username: a, password: b}, {registry: quay.io, username: a, password: b}]",
    );
    const FILE: &str = r#"{"auths":{"quay.io":{"auth":"bWU6cHc="},"https://index.docker.io/v1/":{"auth":"bWU6cHc="},"docker.example":{"auth":"bWU6cHc="}}}"#;

    #[test]
    fn first_match_wins() {
        let file = "the docker config file";
        assert_given(
            &[GITHUB_TOKEN, USERNAME, TOKEN, LIST],
            Some(FILE),
            &[
                ("docker.example", file),
                ("docker.io", "input `dockerhub-token`"),
                ("ghcr.io", "input `registry-auth`"),
                ("quay.io", "input `registry-auth`"),
            ],
        );
        assert_given(
            &[LIST],
            Some(FILE),
            &[
                ("docker.example", file),
                ("docker.io", file),
                ("ghcr.io", "input `registry-auth`"),
                ("quay.io", "input `registry-auth`"),
            ],
        );
        assert_given(&[], None, &[]);
    }

    #[test]
    fn the_github_token_belongs_to_the_registry_of_its_own_server() {
        let server = ("GITHUB_SERVER_URL", "https://github.example.com");
        let expected = [("containers.github.example.com", "input `github-token`")];
        assert_given(&[GITHUB_TOKEN, server], None, &expected);
    }

    #[test]
    fn a_token_without_a_name_is_an_error() {
        assert_eq!(
            read(&world(&[TOKEN]), &[]).err().unwrap().to_string(),
            "input `dockerhub-username`: is empty, but `dockerhub-token` is given; both are needed, or none"
        );
    }

    #[test]
    fn a_name_without_a_token_is_no_account_and_said_where_it_matters() {
        let warnings = |used: &[&str]| read(&world(&[USERNAME]), used).unwrap().warnings;
        assert_eq!(warnings(&["docker.io"]), [NO_TOKEN]);
        assert!(warnings(&["ghcr.io"]).is_empty());
        assert_given(
            &[USERNAME],
            Some(FILE),
            &["docker.example", "docker.io", "quay.io"]
                .map(|registry| (registry, "the docker config file")),
        );
    }

    #[test]
    fn says_which_entry_is_not_used_and_which_helper_can_not_be() {
        let list = "[{username: a, password: b}]";
        let mut world = world(&[USERNAME, TOKEN, ("INPUT_REGISTRY-AUTH", list)]);
        world.docker_config = Some(r#"{"credHelpers":{"gcr.io":"gcloud","quay.io":"x"}}"#.into());
        let warnings = read(&world, &["gcr.io", "quay.io"]).unwrap().warnings;
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(warnings[0].contains(
            "entry for docker.io in input `registry-auth` is not used: input `dockerhub-token`"
        ));
        assert!(warnings[1].contains("docker-credential-gcloud` for gcr.io"));
        assert!(warnings[2].contains("docker-credential-x` for quay.io"));
    }

    #[test]
    fn secrets_are_masked_in_both_forms_but_short_ones_only_in_the_header() {
        let list = "[{registry: quay.io, username: a, password: b}]";
        let list = ("INPUT_REGISTRY-AUTH", list);
        let found = read(&world(&[GITHUB_TOKEN, ("GITHUB_ACTOR", "octo"), list]), &[]).unwrap();
        let secrets = secrets(&found.credentials);
        let texts: Vec<_> = secrets.iter().map(ExposeSecret::expose_secret).collect();
        // octo:ghs_x, then a:b
        assert_eq!(texts, ["ghs_x", "b2N0bzpnaHNfeA==", "YTpi"]);
    }
}
