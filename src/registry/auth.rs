use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;
use url::Url;

use super::challenge::{Challenge, token_server};
use super::token::{self, Token};
use super::{Error, Kind, Transport};
use crate::oci::Credential;

/// What a repository's requests may need, in the token specification's words, the most important first.
/// Some token servers read only the first one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scopes(Vec<String>);

impl Scopes {
    pub(super) fn new(scopes: impl IntoIterator<Item = String>) -> Self {
        Self(scopes.into_iter().collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// These, and what a challenge asks for besides.
    fn with(&self, asked: Option<&str>) -> Self {
        let mut all = self.clone();
        for scope in asked.unwrap_or_default().split_whitespace() {
            if !all.0.iter().any(|known| covers(known, scope)) {
                all.0.push(scope.to_owned());
            }
        }
        all
    }
}

/// Whether one scope grants another: the same resource, and all of its actions.
fn covers(known: &str, asked: &str) -> bool {
    match (known.rsplit_once(':'), asked.rsplit_once(':')) {
        (Some((resource, granted)), Some((same, actions))) => {
            resource == same
                && actions
                    .split(',')
                    .all(|action| granted.split(',').any(|g| g == action))
        }
        _ => known == asked,
    }
}

/// How a registry wants to be told who we are, as far as its answers have shown.
#[derive(Clone)]
enum Scheme {
    Unknown,
    /// It answered without asking.
    Open,
    Basic,
    Bearer {
        realm: Url,
        service: Option<String>,
    },
}

/// A token that is there, or being fetched: who holds the lock fetches, the others wait for it.
#[derive(Default)]
struct Slot {
    asked: Option<String>,
    token: Option<Token>,
}

/// Logs in to one registry with one account; no other registry ever sees its secrets.
pub(super) struct Authenticator {
    registry: Url,
    credential: Option<Credential>,
    scheme: Mutex<Scheme>,
    slots: Mutex<HashMap<Scopes, Arc<AsyncMutex<Slot>>>>,
    first_request: AsyncMutex<()>,
}

impl Authenticator {
    pub(super) fn new(registry: Url, credential: Option<Credential>) -> Self {
        Self {
            registry,
            credential,
            scheme: Mutex::new(Scheme::Unknown),
            slots: Mutex::default(),
            first_request: AsyncMutex::default(),
        }
    }

    /// Lets one request go ahead while the scheme is unknown, so that one 401 answers for all.
    pub(super) async fn first(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if !matches!(*lock(&self.scheme), Scheme::Unknown) {
            return None;
        }
        let guard = self.first_request.lock().await;
        matches!(*lock(&self.scheme), Scheme::Unknown).then_some(guard)
    }

    /// Remembers that a request without credentials was answered.
    pub(super) fn answered(&self) {
        let mut scheme = lock(&self.scheme);
        if matches!(*scheme, Scheme::Unknown) {
            *scheme = Scheme::Open;
        }
    }

    /// The `Authorization` of a request, valid for at least `lifetime`; `None` where none is wanted yet.
    pub(super) async fn authorization(
        &self,
        transport: &Transport,
        scopes: &Scopes,
        lifetime: Duration,
    ) -> Result<Option<HeaderValue>, Error> {
        let scheme = lock(&self.scheme).clone();
        match scheme {
            Scheme::Unknown | Scheme::Open => Ok(None),
            Scheme::Basic => self.credential.as_ref().map(token::basic).transpose(),
            Scheme::Bearer { realm, service } => {
                let slot = self.slot(scopes);
                let mut slot = slot.lock().await;
                if !slot
                    .token
                    .as_ref()
                    .is_some_and(|token| token.lives(Instant::now() + lifetime))
                {
                    let wanted = scopes.with(slot.asked.as_deref());
                    let request = token::Request {
                        realm,
                        service,
                        scopes: wanted,
                    };
                    slot.token = Some(request.fetch(transport, self.credential.as_ref()).await?);
                }
                slot.token.as_ref().map(Token::header).transpose()
            }
        }
    }

    /// Learns from a 401; an error where there is nothing to try again with.
    pub(super) async fn challenged(
        &self,
        headers: &HeaderMap,
        scopes: &Scopes,
        used: Option<&HeaderValue>,
        refusal: Error,
    ) -> Result<(), Error> {
        match Challenge::read(headers) {
            Some(Challenge::Basic) if self.credential.is_none() => Err(refusal),
            Some(Challenge::Basic) if used.is_some() => Err(Error {
                kind: Kind::CredentialsRefused,
                ..refusal
            }),
            Some(Challenge::Basic) => {
                *lock(&self.scheme) = Scheme::Basic;
                Ok(())
            }
            Some(Challenge::Bearer {
                realm,
                service,
                scope,
            }) => {
                let realm = token_server(&self.registry, &realm).map_err(|why| {
                    Error::new(
                        Kind::BadToken,
                        format!("the registry's token server can't be trusted: {why}"),
                    )
                })?;
                *lock(&self.scheme) = Scheme::Bearer { realm, service };
                self.forget(scopes, scope, used).await;
                Ok(())
            }
            None => Err(refusal),
        }
    }

    /// Drops the token that was refused, unless another request has replaced it already.
    async fn forget(&self, scopes: &Scopes, asked: Option<String>, used: Option<&HeaderValue>) {
        let slot = self.slot(scopes);
        let mut slot = slot.lock().await;
        slot.asked = asked;
        let current = slot.token.as_ref().and_then(|token| token.header().ok());
        if current.as_ref() == used {
            slot.token = None;
        }
    }

    fn slot(&self, scopes: &Scopes) -> Arc<AsyncMutex<Slot>> {
        Arc::clone(lock(&self.slots).entry(scopes.clone()).or_default())
    }

    /// Where the user gave the account, for messages.
    pub(super) fn given_by(&self) -> Option<&str> {
        self.credential
            .as_ref()
            .map(|credential| credential.given_by.as_str())
    }
}

/// A poisoned lock means another task panicked; what it guards here is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A header that no log shows.
pub(super) fn secret_header(scheme: &str, value: &SecretString) -> Result<HeaderValue, Error> {
    let text = format!("{scheme} {}", value.expose_secret());
    let mut header = HeaderValue::try_from(text).map_err(|_| {
        Error::new(
            Kind::BadToken,
            "the credentials hold characters that no HTTP header may have",
        )
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_grow_by_what_a_challenge_asks_for_besides() {
        let wanted = Scopes::new(["repository:a:pull,push".to_owned()]);
        let grown = |asked| wanted.with(asked).0.join(" ");
        assert_eq!(grown(None), "repository:a:pull,push");
        assert_eq!(
            grown(Some("repository:a:push,pull")),
            "repository:a:pull,push"
        );
        assert_eq!(grown(Some("repository:a:pull")), "repository:a:pull,push");
        assert_eq!(
            grown(Some("repository:a:delete")),
            "repository:a:pull,push repository:a:delete"
        );
        assert_eq!(
            grown(Some("repository:b:pull")),
            "repository:a:pull,push repository:b:pull"
        );
    }
}
