use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::access::{Authorization, Grant, Users, user_and_password};
use crate::call::Call;
use crate::content::mix;
use crate::dialect::Dialect;
use crate::reply::Reply;

/// How a registry wants to know who asks.
pub(crate) enum Scheme {
    Open,
    Basic,
    Tokens(Dialect),
}

/// Decides who may do what, and keeps the tokens it gave.
pub(crate) struct Gate {
    pub(crate) scheme: Scheme,
    pub(crate) users: Users,
    tokens: Mutex<Vec<(String, Token)>>,
}

/// What a token is good for.
#[derive(Clone)]
struct Token {
    grants: Vec<Grant>,
    until: Option<Instant>,
    revoked: bool,
}

/// Why a request was not let in.
enum Refusal {
    /// No credentials, or not valid any more.
    Unknown,
    /// Known, but not allowed.
    TooFew,
}

impl Gate {
    pub(crate) fn new(scheme: Scheme, users: Users) -> Self {
        Self {
            scheme,
            users,
            tokens: Mutex::default(),
        }
    }

    /// A new token with what is allowed of `wanted`.
    pub(crate) fn mint(&self, dialect: &Dialect, user: Option<&str>, wanted: &[Grant]) -> String {
        let seconds = dialect.lifetime.or(dialect.expires_in);
        let token = Token {
            grants: wanted.iter().map(|grant| self.part(user, grant)).collect(),
            until: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
            revoked: false,
        };
        let mut tokens = self.tokens.lock().expect("no one panics with the lock");
        let number = tokens.len() as u64;
        let text = format!("djE6{:016x}{:016x}", mix(number), mix(!number));
        tokens.push((text.clone(), token));
        text
    }

    /// The part of a grant that this user has.
    fn part(&self, user: Option<&str>, wanted: &Grant) -> Grant {
        let name = &wanted.repository;
        let rights = wanted.rights.iter().copied();
        let allowed = rights.filter(|right| self.users.allow(user, &Grant::new(name, &[*right])));
        Grant {
            repository: name.clone(),
            rights: allowed.collect(),
        }
    }

    /// Every token ever given.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let tokens = self.tokens.lock().expect("no one panics with the lock");
        tokens.iter().map(|(text, _)| text.clone()).collect()
    }

    /// Makes all tokens given so far worthless.
    pub(crate) fn revoke(&self) {
        let mut tokens = self.tokens.lock().expect("no one panics with the lock");
        tokens
            .iter_mut()
            .for_each(|(_, token)| token.revoked = true);
    }

    fn valid(&self, text: &str) -> Option<Token> {
        let tokens = self.tokens.lock().expect("no one panics with the lock");
        let (_, token) = tokens.iter().find(|(known, _)| known == text)?;
        let alive = token.until.is_none_or(|until| Instant::now() < until);
        (alive && !token.revoked).then(|| token.clone())
    }

    /// Lets a request in that may do all of `wanted`, or says how to ask.
    pub(crate) fn admit(&self, call: &Call, wanted: &[Grant]) -> Result<(), Reply> {
        let verdict = match &self.scheme {
            Scheme::Open => Ok(()),
            Scheme::Basic => self.judge_password(call, wanted),
            Scheme::Tokens(_) => self.judge_token(call, wanted),
        };
        verdict.map_err(|refusal| self.refuse(call, wanted, &refusal))
    }

    fn judge_password(&self, call: &Call, wanted: &[Grant]) -> Result<(), Refusal> {
        let user = self.user(call).map_err(|()| Refusal::Unknown)?;
        let allowed = |grant| self.users.allow(user.as_deref(), grant);
        match (wanted.iter().all(allowed), &user) {
            (true, None) if wanted.is_empty() => Err(Refusal::Unknown),
            (true, _) => Ok(()),
            (false, None) => Err(Refusal::Unknown),
            (false, Some(_)) => Err(Refusal::TooFew),
        }
    }

    fn judge_token(&self, call: &Call, wanted: &[Grant]) -> Result<(), Refusal> {
        let Authorization::Bearer(text) = &call.authorization else {
            return Err(Refusal::Unknown);
        };
        let token = self.valid(text).ok_or(Refusal::Unknown)?;
        let covered = |wanted| token.grants.iter().any(|grant| grant.covers(wanted));
        if wanted.iter().all(covered) {
            Ok(())
        } else {
            Err(Refusal::TooFew)
        }
    }

    /// The user whose password came along; `None` for no one, an error for a wrong password.
    pub(crate) fn user(&self, call: &Call) -> Result<Option<String>, ()> {
        let Some(header) = call.header("authorization") else {
            return Ok(None);
        };
        match user_and_password(header) {
            Some((name, password)) if self.users.knows(&name, &password) => Ok(Some(name)),
            _ => Err(()),
        }
    }

    fn refuse(&self, call: &Call, wanted: &[Grant], refusal: &Refusal) -> Reply {
        let challenged = match (&self.scheme, refusal) {
            (_, Refusal::Unknown) => true,
            (Scheme::Tokens(dialect), Refusal::TooFew) => dialect.challenges_scope,
            (Scheme::Open | Scheme::Basic, Refusal::TooFew) => false,
        };
        if !challenged {
            return Reply::error(403, "DENIED", "permission_denied: write_package");
        }
        let denied = "requested access to the resource is denied";
        let (code, message, error) = match refusal {
            Refusal::Unknown => ("UNAUTHORIZED", "authentication required", None),
            Refusal::TooFew => ("DENIED", denied, Some("insufficient_scope")),
        };
        let challenge = self.challenge(call, wanted, error);
        Reply::error(401, code, message).headers(challenge.map(|text| ("www-authenticate", text)))
    }

    /// The `WWW-Authenticate` header; none at an open registry.
    pub(crate) fn challenge(
        &self,
        call: &Call,
        wanted: &[Grant],
        error: Option<&str>,
    ) -> Option<String> {
        let dialect = match &self.scheme {
            Scheme::Open => return None,
            Scheme::Basic => return Some("Basic realm=\"test-registry\"".to_owned()),
            Scheme::Tokens(dialect) => dialect,
        };
        let own = || format!("{}{}", call.base(), dialect.path);
        let realm = dialect.realm.clone().unwrap_or_else(own);
        let service = dialect.service.as_deref().unwrap_or(&call.host);
        let mut text = format!("Bearer realm=\"{realm}\",service=\"{service}\"");
        let scopes: Vec<_> = wanted.iter().map(Grant::to_string).collect();
        let fields = [
            ("scope", Some(scopes.join(" "))),
            ("error", error.map(str::to_owned)),
        ];
        for (name, value) in fields {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let _ = write!(text, ",{name}=\"{value}\"");
            }
        }
        Some(text)
    }

    /// Who holds which rights, for the token endpoint's refusal.
    pub(crate) fn lacks(&self, user: Option<&str>, wanted: &[Grant]) -> bool {
        !wanted.iter().all(|grant| self.users.allow(user, grant))
    }
}
