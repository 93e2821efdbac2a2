use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::SecretString;
use serde::Deserialize;

use super::credentials::Credentials;
use super::host;
use crate::oci::Credential;

const GIVEN_BY: &str = "the docker config file";
/// How `docker login` writes Docker Hub; its other keys for Docker Hub hold tokens of another kind.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The part of Docker's `config.json` that is about logging in.
/// <https://docs.docker.com/reference/cli/docker/login/#credential-stores>
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    auths: Option<BTreeMap<String, Auth>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Auth {
    /// User name and password in Base64; it wins over the two fields, as in Docker.
    #[serde(rename = "auth")]
    basic: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

/// What a docker config file gives us, and what it would give to programs that can call its helpers.
#[derive(Default)]
pub(super) struct DockerConfig {
    /// What we can use.
    pub(super) credentials: Credentials,
    /// Why there is none for a registry that the file does speak of.
    unusable: BTreeMap<String, String>,
    store: Option<String>,
}

impl DockerConfig {
    /// Reads the file's text; a broken one is no reason to stop, as it may not even be meant for us.
    pub(super) fn read(text: Option<&str>) -> Result<Self, String> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(Self::default());
        };
        // The library's message may quote a value, and any value here may be a secret.
        let file: File = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("{GIVEN_BY} is ignored: broken at line {line}, column {column}")
        })?;
        Ok(Self::of(file))
    }

    fn of(file: File) -> Self {
        let mut config = Self {
            store: file.creds_store.filter(|store| !store.is_empty()),
            ..Self::default()
        };
        let mut auths: Vec<_> = file.auths.into_iter().flatten().collect();
        // The key Docker itself would write comes last, and so wins.
        auths.sort_by_key(|(key, _)| is_exact(key));
        for (key, auth) in auths {
            config.take(&key, auth);
        }
        for (key, helper) in file.cred_helpers.into_iter().flatten() {
            let why = format!("credential helper `docker-credential-{helper}`");
            config.refuse(&key, why);
        }
        config
    }

    fn take(&mut self, key: &str, auth: Auth) {
        let Some(registry) = host::parse_address(key) else {
            return;
        };
        let has_token = auth.identitytoken.as_ref().is_some_and(|t| !t.is_empty());
        match auth.read() {
            Some(credential) => {
                self.credentials.insert(registry, credential);
            }
            None if has_token => self.refuse(key, "an identity token".to_owned()),
            None => {}
        }
    }

    fn refuse(&mut self, key: &str, why: String) {
        if let Some(registry) = host::parse_address(key) {
            self.unusable.insert(registry, why);
        }
    }

    /// What to tell the user of a registry that ended up without credentials.
    pub(super) fn why_not(&self, registry: &str) -> Option<String> {
        let store = || {
            let store = self.store.as_ref()?;
            Some(format!("credential store `docker-credential-{store}`"))
        };
        let why = self.unusable.get(registry).cloned().or_else(store)?;
        Some(format!(
            "{GIVEN_BY} names {why} for {registry}, which can't be used in this container; give the credentials by input `registry-auth`"
        ))
    }
}

fn is_exact(key: &str) -> bool {
    key == DOCKER_HUB_KEY || !key.contains('/')
}

impl Auth {
    fn read(self) -> Option<Credential> {
        let fields = self.username.zip(self.password);
        let (username, password) = self.basic.as_deref().and_then(decode).or(fields)?;
        let usable = !username.is_empty() && !password.is_empty();
        usable.then(|| Credential {
            username,
            password: SecretString::from(password),
            given_by: GIVEN_BY.to_owned(),
        })
    }
}

/// Other tools write it without padding, and Docker once filled the password up with zeros.
fn decode(auth: &str) -> Option<(String, String)> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, config)
        .decode(auth.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (username, password) = text.split_once(':')?;
    let password = password.trim_matches('\0');
    Some((username.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn shown(text: &str) -> Vec<(String, String, String)> {
        let config = DockerConfig::read(Some(text)).unwrap();
        let credentials = config.credentials.into_iter();
        credentials
            .map(|(registry, c)| (registry, c.username, c.password.expose_secret().to_owned()))
            .collect()
    }

    #[track_caller]
    fn assert_found(text: &str, expected: &[(&str, &str, &str)]) {
        let found = shown(text);
        let found: Vec<_> = found
            .iter()
            .map(|(registry, username, password)| (&**registry, &**username, &**password))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn reads_auths_in_all_their_spellings() {
        // "me:pw" in Base64 is bWU6cHc=
        assert_found(
            r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc="}}}"#,
            &[("docker.io", "me", "pw")],
        );
        assert_found(
            r#"{"auths":{"ghcr.io":{"auth":"bWU6cHc"},"https://host.example/v2/":{"username":"a","password":"b"},"localhost:5000":{"auth":"bWU6cHcAAA=="}},"HttpHeaders":{"x":1}}"#,
            &[
                ("ghcr.io", "me", "pw"),
                ("host.example", "a", "b"),
                ("localhost:5000", "me", "pw"),
            ],
        );
        for empty in [
            "",
            "{}",
            r#"{"auths":null}"#,
            r#"{"auths":{"ghcr.io":{}}}"#,
            r#"{"auths":{"ghcr.io":{"auth":"!!!"}}}"#,
        ] {
            assert_found(empty, &[]);
        }
    }

    #[test]
    fn the_key_docker_writes_wins() {
        assert_found(
            r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc="},"https://index.docker.io/v1/refresh-token":{"username":"x","password":"y"}}}"#,
            &[("docker.io", "me", "pw")],
        );
    }

    #[track_caller]
    fn assert_why(text: &str, expected: Option<&str>) {
        let config = DockerConfig::read(Some(text)).unwrap();
        let why = config.why_not("ghcr.io");
        match expected {
            Some(expected) => assert!(why.as_ref().unwrap().contains(expected), "{why:?}"),
            None => assert_eq!(why, None),
        }
    }

    #[test]
    fn names_what_a_container_can_not_use() {
        assert_why(r#"{"auths":{"ghcr.io":{}}}"#, None);
        assert_why(r#"{"credHelpers":{"quay.io":"x"}}"#, None);
        assert_why(
            r#"{"credHelpers":{"ghcr.io":"ecr-login"},"credsStore":"pass"}"#,
            Some("credential helper `docker-credential-ecr-login` for ghcr.io"),
        );
        assert_why(
            r#"{"auths":{"ghcr.io":{}},"credsStore":"desktop"}"#,
            Some("credential store `docker-credential-desktop`"),
        );
        // An Azure login: user name, no password, and a token of another kind.
        assert_why(
            r#"{"auths":{"ghcr.io":{"auth":"MDAwMDo=","identitytoken":"hunter2"}}}"#,
            Some("an identity token"),
        );
    }

    #[test]
    fn a_broken_file_is_ignored_and_not_quoted() {
        let said = |text| DockerConfig::read(Some(text)).map(|_| ()).unwrap_err();
        for text in [
            r#"{"auths":"hunter2"}"#,
            r#"{"auths":{"a":"hunter2"}}"#,
            "hunter2",
        ] {
            let said = said(text);
            assert!(
                said.starts_with("the docker config file is ignored: broken at line 1"),
                "{said}"
            );
            assert!(!said.contains("hunter2"));
        }
    }
}
