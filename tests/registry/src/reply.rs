use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::json;

use crate::content::Content;
use crate::digest::Digest;

/// An answer before it is sent.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("a status has three digits"),
            headers: HeaderMap::new(),
            content: Content::Bytes(Bytes::new()),
        }
    }

    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"errors": [{"code": code, "message": message, "detail": null}]});
        Self::new(status).json(&body)
    }

    pub(crate) fn json(self, body: &serde_json::Value) -> Self {
        self.content("application/json", Bytes::from(body.to_string()))
    }

    pub(crate) fn content(self, media_type: &str, content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            ..self.header("content-type", media_type)
        }
    }

    #[allow(
        clippy::needless_pass_by_value,
        reason = "callers hold texts, numbers and digests"
    )]
    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        let value = HeaderValue::from_str(&value.to_string()).expect("a header is one line");
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn headers(
        self,
        headers: impl IntoIterator<Item = (&'static str, impl ToString)>,
    ) -> Self {
        let add = |reply: Self, (name, value)| reply.header(name, value);
        headers.into_iter().fold(self, add)
    }

    pub(crate) fn digest(self, digest: &Digest) -> Self {
        self.header("docker-content-digest", digest)
    }

    /// The same answer without its body, as HEAD wants it.
    pub(crate) fn for_method(mut self, method: &Method) -> Self {
        let bodyless = matches!(self.status.as_u16(), 204 | 304);
        if !bodyless && !self.headers.contains_key("content-length") {
            let length = self.content.len();
            self = self.header("content-length", length);
        }
        if method == Method::HEAD {
            self.content = Content::Bytes(Bytes::new());
        }
        self
    }
}

/// What OCI calls the errors that statuses stand for, where a fault names only the status.
pub(crate) fn plain(status: u16) -> Reply {
    let (code, message) = match status {
        400 => ("UNSUPPORTED", "bad request"),
        401 => ("UNAUTHORIZED", "authentication required"),
        403 => ("DENIED", "requested access to the resource is denied"),
        404 => ("NAME_UNKNOWN", "not found"),
        405 => ("UNSUPPORTED", "the operation is unsupported"),
        413 => ("SIZE_INVALID", "request entity too large"),
        416 => ("BLOB_UPLOAD_INVALID", "requested range not satisfiable"),
        429 => ("TOOMANYREQUESTS", "too many requests"),
        _ => ("UNKNOWN", "unknown error"),
    };
    match status {
        200..400 => Reply::new(status),
        _ => Reply::error(status, code, message),
    }
}
