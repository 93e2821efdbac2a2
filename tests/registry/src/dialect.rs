/// The fields in which a token server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenField {
    /// `token` only.
    Token,
    /// `access_token` only.
    AccessToken,
    /// Both.
    Both,
}

/// What a token server does about rights the user lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It refuses the token.
    Refuse,
    /// It gives a token with fewer rights; the registry refuses later.
    Intersect,
}

/// How a registry and its token server speak; the three constructors are the ones met in practice.
#[derive(Clone, Debug)]
pub struct Dialect {
    pub(crate) realm: Option<String>,
    pub(crate) path: String,
    pub(crate) service: Option<String>,
    pub(crate) field: TokenField,
    pub(crate) expires_in: Option<u64>,
    /// How long a token is really honoured; `None`: for `expires_in`, or for ever without.
    pub(crate) lifetime: Option<u64>,
    pub(crate) missing: Missing,
    /// Status and code the token server answers a wrong password with.
    pub(crate) wrong_password: (u16, &'static str),
    /// Whether too few rights are a 401 with a challenge (or a 403).
    pub(crate) challenges_scope: bool,
    /// Whether mounting needs pull on the source in the same token (or ends in a session).
    pub(crate) mount_needs_source: bool,
}

impl Dialect {
    /// GHCR: realm `https://HOST/token`, service `HOST`, an opaque `token` without lifetime, 403 for missing rights.
    pub fn ghcr() -> Self {
        Self {
            realm: None,
            path: "/token".to_owned(),
            service: None,
            field: TokenField::Token,
            expires_in: None,
            lifetime: None,
            missing: Missing::Refuse,
            wrong_password: (403, "DENIED"),
            challenges_scope: false,
            mount_needs_source: false,
        }
    }

    /// Docker Hub: realm on `auth.docker.io`, both fields, 300 seconds, a token even without rights.
    pub fn docker_hub() -> Self {
        Self {
            realm: Some("https://auth.docker.io/token".to_owned()),
            path: "/token".to_owned(),
            service: Some("registry.docker.io".to_owned()),
            field: TokenField::Both,
            expires_in: Some(300),
            lifetime: None,
            missing: Missing::Intersect,
            wrong_password: (401, "UNAUTHORIZED"),
            challenges_scope: true,
            mount_needs_source: true,
        }
    }

    /// Distribution with a token server on the same host: `access_token` only, 60 seconds.
    pub fn distribution() -> Self {
        Self {
            realm: None,
            service: Some("test-registry".to_owned()),
            field: TokenField::AccessToken,
            expires_in: Some(60),
            wrong_password: (401, "UNAUTHORIZED"),
            ..Self::docker_hub()
        }
    }

    /// Names another token endpoint in the challenge.
    #[must_use]
    pub fn realm(mut self, url: &str) -> Self {
        self.realm = Some(url.to_owned());
        self
    }

    /// The path on which this registry's own token server answers.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Names another service in the challenge.
    #[must_use]
    pub fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Answers in other fields.
    #[must_use]
    pub fn field(mut self, field: TokenField) -> Self {
        self.field = field;
        self
    }

    /// The seconds that tokens are said to last, and last.
    #[must_use]
    pub fn expires_in(mut self, seconds: u64) -> Self {
        self.expires_in = Some(seconds);
        self
    }

    /// The seconds that tokens really last, whatever is said.
    #[must_use]
    pub fn lifetime(mut self, seconds: u64) -> Self {
        self.lifetime = Some(seconds);
        self
    }

    /// What happens to rights the user lacks.
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }
}
