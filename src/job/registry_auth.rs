use secrecy::SecretString;
use serde::Deserialize;

use super::credentials::Credentials;
use super::{InputError, Problem, host};
use crate::context::World;
use crate::oci::Credential;

const INPUT: &str = "registry-auth";

/// An entry as docker/login-action takes it; its `scope` and `ecr` are about things that are not here.
/// <https://github.com/docker/login-action#authenticate-to-multiple-registries>
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    registry: Option<String>,
    username: Option<String>,
    password: Option<SecretString>,
}

/// The credentials of input `registry-auth`.
pub(super) fn read(world: &World) -> Result<Credentials, InputError> {
    let Some(text) = world.input(INPUT) else {
        return Ok(Credentials::new());
    };
    let entries = parse(text).map_err(|problem| problem.of(INPUT))?;
    collect(entries).map_err(|problem| problem.of(INPUT))
}

/// The library's messages quote the text they are about, so that only the place is taken from them.
fn parse(text: &str) -> Result<Vec<Entry>, Problem> {
    serde_saphyr::from_str(text).map_err(|error| {
        Problem::Yaml(match error.location() {
            Some(location) => format!(
                "broken YAML or an unknown key near line {}, column {}",
                location.line(),
                location.column()
            ),
            None => "broken YAML or an unknown key".to_owned(),
        })
    })
}

fn collect(entries: Vec<Entry>) -> Result<Credentials, Problem> {
    let mut credentials = Credentials::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let (registry, credential) = entry.read(index + 1)?;
        if credentials.contains_key(&registry) {
            return Err(Problem::SameRegistry(registry));
        }
        credentials.insert(registry, credential);
    }
    Ok(credentials)
}

impl Entry {
    fn read(self, number: usize) -> Result<(String, Credential), Problem> {
        use secrecy::ExposeSecret;

        let written = self.registry.unwrap_or_default();
        let registry = match written.trim() {
            "" => "docker.io".to_owned(),
            address => {
                host::parse_address(address).ok_or_else(|| Problem::Host(address.to_owned()))?
            }
        };
        let lacks = |key| Problem::Incomplete {
            entry: number,
            registry: registry.clone(),
            key,
        };
        let username = self.username.filter(|username| !username.is_empty());
        let password = self
            .password
            .filter(|password| !password.expose_secret().is_empty());
        let credential = Credential {
            username: username.ok_or_else(|| lacks("username"))?,
            password: password.ok_or_else(|| lacks("password"))?,
            given_by: format!("input `{INPUT}`"),
        };
        Ok((registry, credential))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::job::tests::world;

    fn read_text(text: &str) -> Result<Credentials, InputError> {
        read(&world(&[("INPUT_REGISTRY-AUTH", text)]))
    }

    #[test]
    fn reads_what_login_action_documents() {
        let text = "- username: me\n  password: dckr\n- registry: https://GHCR.io\n  username: bot\n  password: 'a: b'\n- registry: localhost:5000\n  username: 007\n  password: 0123\n";
        let credentials = read_text(text).unwrap();
        let shown: Vec<_> = credentials
            .iter()
            .map(|(registry, c)| {
                (
                    registry.as_str(),
                    c.username.as_str(),
                    c.password.expose_secret(),
                )
            })
            .collect();
        let expected = [
            ("docker.io", "me", "dckr"),
            ("ghcr.io", "bot", "a: b"),
            ("localhost:5000", "007", "0123"),
        ];
        assert_eq!(shown, expected);
        assert!(read_text("").unwrap().is_empty());
    }

    #[track_caller]
    fn assert_said(text: &str, expected: &str) {
        let said = read_text(text).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(said.starts_with("input `registry-auth`: "), "{said}");
    }

    #[test]
    fn says_where_it_is_broken_and_never_quotes_a_secret() {
        let entry = "- registry: ghcr.io\n  username: me\n";
        assert_said(&format!("{entry}  passwort: hunter2"), "near line 3");
        assert_said(&format!("{entry}  password: [hunter2]"), "near line 3");
        assert_said(&format!("{entry}  password: \"hunter2"), "near line");
        assert_said("hunter2", "allowed is a YAML list of entries");
        assert_said("registry: ghcr.io", "allowed is a YAML list");
        assert_said(entry, "entry 1 (ghcr.io) has no `password`");
        assert_said(
            "- password: hunter2",
            "entry 1 (docker.io) has no `username`",
        );
        assert_said(
            &format!("{entry}  password: ''"),
            "entry 1 (ghcr.io) has no `password`, or an empty one",
        );
        assert_said(
            "- registry: 'gh cr.io'\n  username: a\n  password: hunter2",
            "\"gh cr.io\" is no registry host",
        );
        assert_said(
            &format!(
                "{entry}  password: hunter2\n- registry: https://ghcr.io/v2/\n  username: b\n  password: hunter2"
            ),
            "ghcr.io is given twice",
        );
        assert_said(
            &format!("{entry}  password: hunter2\n  password: hunter2"),
            "near line 4",
        );
    }
}
