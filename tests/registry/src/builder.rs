use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use tokio_rustls::TlsAcceptor;

use crate::access::{Grant, Right, Users};
use crate::authority::Authority;
use crate::dialect::Dialect;
use crate::gate::{Gate, Scheme};
use crate::quirk::{Capability, Full, Immutable, Oddity, UploadLocation};
use crate::registry::Registry;
use crate::server::Server;
use crate::settings::Settings;

/// A registry to be: correct by default, and as odd as it is told to be.
#[must_use]
pub struct Builder<'a> {
    settings: Settings,
    scheme: Scheme,
    users: Users,
    authority: Option<&'a Authority>,
    names: Vec<String>,
    http2: bool,
}

impl Default for Builder<'_> {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            scheme: Scheme::Open,
            users: Users::default(),
            authority: None,
            names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            http2: false,
        }
    }
}

impl<'a> Builder<'a> {
    /// Starts it.
    pub fn start(self) -> Registry {
        let tls = self.acceptor();
        let server = Server::new(self.settings, Gate::new(self.scheme, self.users));
        Registry::open(server, tls.as_ref())
    }

    fn acceptor(&self) -> Option<TlsAcceptor> {
        let authority = self.authority?;
        Some(authority.acceptor(&self.names, self.http2))
    }

    /// The name that the journal calls it by.
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.settings.name);
        self
    }

    /// Speaks HTTPS, as `localhost`, `127.0.0.1` and whatever [`Builder::names`] adds.
    pub fn tls(mut self, authority: &'a Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// More names for the certificate: `ghcr.io`.
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Offers HTTP/2 beside HTTP/1.1 (by ALPN; needs TLS).
    pub fn http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// Lacks something.
    pub fn without(mut self, capability: Capability) -> Self {
        self.settings.absent.insert(capability);
        self
    }

    fn odd(mut self, oddity: Oddity) -> Self {
        self.settings.oddities.insert(oddity);
        self
    }
}

/// Who may do what.
impl Builder<'_> {
    /// Asks for user and password with every request, and knows this user.
    pub fn basic(mut self, user: &str, password: &str) -> Self {
        self.scheme = Scheme::Basic;
        self.user(user, password)
    }

    /// Asks for tokens, and gives them out itself.
    pub fn tokens(mut self, dialect: Dialect) -> Self {
        self.scheme = Scheme::Tokens(dialect);
        self
    }

    /// Knows this user, who may do everything unless [`Builder::grant`] names what.
    pub fn user(mut self, name: &str, password: &str) -> Self {
        password.clone_into(&mut self.users.get_or_add(name).password);
        self
    }

    /// Gives a user rights on a repository, and thereby none but those granted.
    pub fn grant(mut self, user: &str, repository: &str, rights: &[Right]) -> Self {
        let grants = &mut self.users.get_or_add(user).grants;
        let grants = grants.get_or_insert_default();
        grants.push(Grant::new(repository, rights));
        self
    }

    /// Answers GitHub's API only to this token.
    pub fn github_token(mut self, token: &str) -> Self {
        self.settings.github_token = Some(token.to_owned());
        self
    }

    /// Lets anyone pull.
    pub fn anonymous_pull(mut self) -> Self {
        self.users.anonymous_pull = true;
        self
    }

    /// Answers `/v2/` with 200 and no challenge, as Artifactory does.
    pub fn open_ping(self) -> Self {
        self.odd(Oddity::OpenPing)
    }
}

/// What it refuses.
impl Builder<'_> {
    /// Never lets a tag be put twice.
    pub fn immutable_tags(mut self, immutable: Immutable) -> Self {
        self.settings.immutable = Some(immutable);
        self
    }

    /// Holds so many bytes of blobs.
    pub fn quota(mut self, bytes: u64, full: Full) -> Self {
        self.settings.quota = Some((bytes, full));
        self
    }

    /// Refuses larger manifests with 413; 4 MiB by default.
    pub fn manifest_limit(mut self, bytes: u64) -> Self {
        self.settings.manifest_limit = bytes;
        self
    }

    /// Refuses blob uploads of larger bodies with an HTML 413, as proxies do.
    pub fn request_limit(mut self, bytes: u64) -> Self {
        self.settings.request_limit = Some(bytes);
        self
    }

    /// Refuses `PUT manifests/<digest>?tag=` with more tags with 414; 46 by default.
    pub fn tag_parameter_limit(mut self, tags: usize) -> Self {
        self.settings.tag_parameter_limit = tags;
        self
    }

    /// Takes manifests whose blobs or children are missing.
    pub fn lenient(self) -> Self {
        self.odd(Oddity::Lenient)
    }
}

/// How it answers.
impl Builder<'_> {
    /// Sends `OCI-Chunk-Min-Length`.
    pub fn chunk_minimum(mut self, bytes: u64) -> Self {
        self.settings.chunk_minimum = Some(bytes);
        self
    }

    /// Lists so many tags a page.
    pub fn tags_page(mut self, tags: usize) -> Self {
        self.settings.tags_page = tags;
        self
    }

    /// Lists so many referrers a page.
    pub fn referrers_page(mut self, referrers: usize) -> Self {
        self.settings.referrers_page = referrers;
        self
    }

    /// Answers relative upload locations.
    pub fn relative_locations(mut self) -> Self {
        self.settings.upload_location = UploadLocation::Relative;
        self
    }

    /// Answers upload locations on a second origin, which refuses requests with `Authorization`.
    pub fn foreign_upload_location(mut self) -> Self {
        self.settings.upload_location = UploadLocation::Foreign;
        self
    }

    /// Redirects GETs of blobs to a second origin, which refuses requests with `Authorization`.
    pub fn redirect_blobs(self) -> Self {
        self.odd(Oddity::RedirectsBlobs)
    }

    /// How locations name the second origin: `https://pkg-containers.githubusercontent.com`.
    pub fn storage_url(mut self, url: &str) -> Self {
        self.settings.storage_url = Some(url.to_owned());
        self
    }

    /// Answers 204 instead of 201 to the PUT of a blob.
    pub fn no_content_on_put(mut self) -> Self {
        self.settings.blob_put_status = 204;
        self
    }

    /// Sends `OCI-Subject` without having the referrers API (with `without(Referrers)`).
    pub fn claims_subject(self) -> Self {
        self.odd(Oddity::ClaimsSubject)
    }

    /// Sends an `ETag` with every manifest, and refuses a PUT whose `If-Match` names another one.
    pub fn entity_tags(self) -> Self {
        self.odd(Oddity::EntityTags)
    }

    /// Sends a header with every answer.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header name");
        let value = HeaderValue::try_from(value).expect("a header value");
        self.settings.headers.push((name, value));
        self
    }

    /// Sends Docker Hub's rate limit headers with every answer.
    pub fn rate_limit(self, limit: u32, remaining: u32) -> Self {
        self.header("ratelimit-limit", &format!("{limit};w=21600"))
            .header("ratelimit-remaining", &format!("{remaining};w=21600"))
    }

    /// Sends `Warning: 299 - "..."` with every answer.
    pub fn warning(self, text: &str) -> Self {
        self.header("warning", &format!("299 - \"{text}\""))
    }

    /// Waits so long before each answer.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Takes and sends so many bytes of bodies a second, each way, over all connections.
    pub fn rate(mut self, bytes_per_second: u64) -> Self {
        self.settings.rate = Some(bytes_per_second);
        self
    }

    /// Whether the bytes of uploaded blobs are kept, or hashed, counted and thrown away.
    pub fn keep_blobs(mut self, keep: bool) -> Self {
        if keep {
            self.settings.oddities.remove(&Oddity::DiscardsBlobs)
        } else {
            self.settings.oddities.insert(Oddity::DiscardsBlobs)
        };
        self
    }
}
