use std::time::Duration;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use url::Url;

use super::auth::{Scopes, secret_header};
use super::body::Body;
use super::retry::{Decision, decide, jitter};
use super::{Error, Kind, Transport};
use crate::oci::Credential;

/// A token server's answer is a few kilobytes at most.
const MAX_ANSWER: usize = 64 * 1024;
/// What the specification says where `expires_in` is missing.
const DEFAULT_LIFETIME: u64 = 60;

/// A bearer token and when it ends.
pub(super) struct Token {
    value: SecretString,
    ends: Instant,
}

impl Token {
    pub(super) fn lives(&self, until: Instant) -> bool {
        until < self.ends
    }

    pub(super) fn header(&self) -> Result<HeaderValue, Error> {
        secret_header("Bearer", &self.value)
    }
}

/// Name and password as HTTP Basic has them.
pub(super) fn basic(credential: &Credential) -> Result<HeaderValue, Error> {
    use base64::Engine;
    let pair = format!(
        "{}:{}",
        credential.username,
        credential.password.expose_secret()
    );
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    secret_header("Basic", &encoded.into())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: Option<SecretString>,
    #[serde(default)]
    access_token: Option<SecretString>,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// What is asked of a token server.
pub(super) struct Request {
    pub(super) realm: Url,
    pub(super) service: Option<String>,
    pub(super) scopes: Scopes,
}

impl Request {
    /// Gets a token; tries again where the trouble may pass, never after a refusal: servers count failed logins.
    pub(super) async fn fetch(
        &self,
        transport: &Transport,
        credential: Option<&Credential>,
    ) -> Result<Token, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.ask(transport, credential).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            match decide(
                &transport.policy,
                attempt,
                error.kind,
                error.retry_after,
                jitter(),
            ) {
                Decision::Retry(delay) => sleep(delay).await,
                Decision::Reauthenticate | Decision::NewSession(_) | Decision::GiveUp => {
                    return Err(error);
                }
            }
            attempt += 1;
        }
    }

    async fn ask(
        &self,
        transport: &Transport,
        credential: Option<&Credential>,
    ) -> Result<Token, Error> {
        let name = format!("GET {}", self.realm);
        let mut request = http::Request::new(Body::default());
        if let Some(credential) = credential {
            let login = basic(credential)?;
            request.headers_mut().insert(AUTHORIZATION, login);
        }
        let started = Instant::now();
        let response = transport
            .answer(&name, transport.send(&name, &self.url(), request))
            .await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = transport.small_body(&name, response, MAX_ANSWER).await?;
        if status.is_redirection() {
            let message = format!(
                "{name} was answered with {}, and no password follows a redirect",
                status.as_u16()
            );
            return Err(Error::new(Kind::BadToken, message));
        }
        if status != StatusCode::OK {
            let error = Error::of_answer(&name, status, &headers, &body);
            return Err(refusal(error, credential.is_some()));
        }
        let token = read(&body, started)?;
        (transport.on_secret)(token.value.expose_secret());
        Ok(token)
    }

    fn url(&self) -> Url {
        let mut url = self.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = &self.service {
                query.append_pair("service", service);
            }
            for scope in self.scopes.iter() {
                query.append_pair("scope", scope);
            }
        }
        url
    }
}

/// What a token server's no means: 401 to the account itself, 403 to what it may do. Without an account both ask for one.
fn refusal(error: Error, with_credentials: bool) -> Error {
    if !matches!(error.kind, Kind::LoginRequired | Kind::Denied) {
        return error;
    }
    let kind = match (error.kind, with_credentials) {
        (_, false) => Kind::LoginRequired,
        (Kind::Denied, true) => Kind::Denied,
        (_, true) => Kind::CredentialsRefused,
    };
    Error { kind, ..error }
}

fn read(body: &[u8], started: Instant) -> Result<Token, Error> {
    let bad = |why: &str| Error::new(Kind::BadToken, format!("the token server's answer {why}"));
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| bad("is not the JSON it should be"))?;
    let given = |token: &SecretString| !token.expose_secret().is_empty();
    let value = answer
        .token
        .filter(given)
        .or(answer.access_token.filter(given));
    let lifetime = answer.expires_in.unwrap_or_default().max(DEFAULT_LIFETIME);
    // A token is not used in its last tenth: it must not end on its way.
    let usable = Duration::from_secs(lifetime.min(86_400)).mul_f64(0.9);
    Ok(Token {
        value: value.ok_or_else(|| bad("holds no token"))?,
        ends: started + usable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_either_name_for_the_token_and_passes_over_empty_ones() {
        let value = |json: &str| {
            read(json.as_bytes(), Instant::now())
                .map(|token| token.value.expose_secret().to_owned())
        };
        assert_eq!(value(r#"{"token":"a"}"#).unwrap(), "a");
        assert_eq!(
            value(r#"{"access_token":"b","expires_in":300}"#).unwrap(),
            "b"
        );
        assert_eq!(value(r#"{"token":"","access_token":"b"}"#).unwrap(), "b");
        assert_eq!(value(r#"{"token":"a","access_token":"b"}"#).unwrap(), "a");
        assert!(value("{}").is_err() && value("<html>").is_err());
    }

    #[test]
    fn lives_as_long_as_the_server_says_and_a_minute_at_least() {
        let now = Instant::now();
        let lives = |json: &str, seconds| {
            read(json.as_bytes(), now)
                .unwrap()
                .lives(now + Duration::from_secs(seconds))
        };
        assert!(lives(r#"{"token":"a"}"#, 50) && !lives(r#"{"token":"a"}"#, 55));
        assert!(
            lives(r#"{"token":"a","expires_in":300}"#, 260)
                && !lives(r#"{"token":"a","expires_in":300}"#, 280)
        );
        assert!(lives(r#"{"token":"a","expires_in":0}"#, 50));
    }
}
