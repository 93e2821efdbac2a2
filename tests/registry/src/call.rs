use hyper::header::{AUTHORIZATION, HOST, PROXY_AUTHORIZATION};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method};

use crate::access::Authorization;

/// The listener a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The registry itself.
    Registry,
    /// Its second origin, where blobs are redirected to and foreign upload locations point.
    Storage,
}

/// The connection a request came on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) origin: Origin,
    pub(crate) connection: u64,
    pub(crate) encrypted: bool,
}

/// A request without its body.
pub(crate) struct Call {
    pub(crate) peer: Peer,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) host: String,
    pub(crate) authorization: Authorization,
    pub(crate) headers: HeaderMap,
}

impl Call {
    pub(crate) fn new(peer: Peer, parts: Parts) -> Self {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let authority = parts.uri.authority().map(Authority::as_str);
        Self {
            peer,
            host: host.or(authority).unwrap_or_default().to_owned(),
            authorization: Authorization::read(parts.headers.get(AUTHORIZATION)),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            method: parts.method,
            headers: parts.headers,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first query parameter of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).next()
    }

    pub(crate) fn parameters(&self, name: &str) -> impl Iterator<Item = String> {
        form_urlencoded::parse(self.query.as_bytes())
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// `http://HOST` or `https://HOST`, as the client sees this listener.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.peer.encrypted { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }

    pub(crate) fn headers_without_secrets(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.remove(AUTHORIZATION);
        headers.remove(PROXY_AUTHORIZATION);
        headers
    }
}
