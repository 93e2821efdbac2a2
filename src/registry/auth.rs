use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::header::{HeaderMap, HeaderValue};
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
    /// Whether it has taken our password yet.
    Basic {
        taken: bool,
    },
    Bearer {
        realm: Url,
        service: Option<String>,
    },
}

impl Scheme {
    fn is_settled(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Basic { taken: false })
    }
}

/// A token that is there, or being fetched: who holds the lock fetches, the others wait for it.
#[derive(Default)]
struct Slot {
    asked: Option<String>,
    token: Option<Token>,
    /// Why there is none, for good.
    refused: Option<Error>,
}

/// Logs in to one registry with one account; no other registry ever sees its secrets.
pub(super) struct Authenticator {
    registry: Url,
    credential: Option<Credential>,
    scheme: Mutex<Scheme>,
    slots: Mutex<HashMap<Scopes, Arc<AsyncMutex<Slot>>>>,
    first_request: AsyncMutex<()>,
    /// Why our account is not taken: it is not shown again, since servers count failed logins.
    refused: OnceLock<Error>,
}

impl Authenticator {
    pub(super) fn new(registry: Url, credential: Option<Credential>) -> Self {
        Self {
            registry,
            credential,
            scheme: Mutex::new(Scheme::Unknown),
            slots: Mutex::default(),
            first_request: AsyncMutex::default(),
            refused: OnceLock::new(),
        }
    }

    /// Lets one request go ahead while it is unknown how to log in, or with what success: one 401 answers for all.
    pub(super) async fn first(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if lock(&self.scheme).is_settled() {
            return None;
        }
        let guard = self.first_request.lock().await;
        let settled = lock(&self.scheme).is_settled();
        (!settled).then_some(guard)
    }

    /// Remembers that a request was answered.
    pub(super) fn answered(&self) {
        let mut scheme = lock(&self.scheme);
        match *scheme {
            Scheme::Unknown => *scheme = Scheme::Open,
            Scheme::Basic { ref mut taken } => *taken = true,
            Scheme::Open | Scheme::Bearer { .. } => {}
        }
    }

    /// The `Authorization` of a request, valid for at least `lifetime`; `None` where none is wanted yet.
    pub(super) async fn authorization(
        &self,
        transport: &Transport,
        scopes: &Scopes,
        lifetime: Duration,
    ) -> Result<Option<HeaderValue>, Error> {
        if let Some(refusal) = self.refused.get() {
            return Err(refusal.clone());
        }
        let scheme = lock(&self.scheme).clone();
        match scheme {
            Scheme::Unknown | Scheme::Open => Ok(None),
            Scheme::Basic { .. } => self.credential.as_ref().map(token::basic).transpose(),
            Scheme::Bearer { realm, service } => {
                let slot = self.slot(scopes);
                let mut slot = slot.lock().await;
                let until = Instant::now() + lifetime;
                if !slot.token.as_ref().is_some_and(|token| token.lives(until)) {
                    let request = token::Request {
                        realm,
                        service,
                        scopes: scopes.with(slot.asked.as_deref()),
                    };
                    slot.token = Some(self.fetch(&mut slot, &request, transport).await?);
                }
                slot.token.as_ref().map(Token::header).transpose()
            }
        }
    }

    /// A token; one that was refused for good is not asked for again.
    async fn fetch(
        &self,
        slot: &mut Slot,
        request: &token::Request,
        transport: &Transport,
    ) -> Result<Token, Error> {
        let refusal = self.refused.get().or(slot.refused.as_ref());
        if let Some(refusal) = refusal {
            return Err(refusal.clone());
        }
        let token = request.fetch(transport, self.credential.as_ref()).await;
        if let Err(error) = &token {
            if error.kind == Kind::CredentialsRefused {
                let _ = self.refused.set(error.clone());
            }
            let kinds = [Kind::Denied, Kind::LoginRequired, Kind::BadToken];
            slot.refused = kinds.contains(&error.kind).then(|| error.clone());
        }
        token
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
            Some(Challenge::Basic) if used.is_some() => Err(self.refuse(refusal)),
            Some(Challenge::Basic) => {
                *lock(&self.scheme) = Scheme::Basic { taken: false };
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

    /// A password that was taken before is right: then it is the right to do this that is missing.
    fn refuse(&self, refusal: Error) -> Error {
        if matches!(*lock(&self.scheme), Scheme::Basic { taken: true }) {
            let kind = Kind::Denied;
            return Error { kind, ..refusal };
        }
        let kind = Kind::CredentialsRefused;
        let refusal = Error { kind, ..refusal };
        self.refused.get_or_init(|| refusal).clone()
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
