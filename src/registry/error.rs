use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use http::StatusCode;
use http::header::HeaderMap;
use oci_client::errors::{OciEnvelope, OciErrorCode};
use thiserror::Error;

use super::retry::asked_delay;

/// What a failure means, whatever it looked like on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A token server's answer could not be used.
    BadToken,
    /// A manifest names a blob that the registry says it does not have.
    BlobMissing,
    /// The server's certificate is not trusted.
    Certificate,
    /// Bytes are not what their digest or size says.
    Corrupt,
    /// The registry knows the credentials and does not take them.
    CredentialsRefused,
    /// The account may not do this.
    Denied,
    /// The tag exists and may not move.
    ImmutableTag,
    /// A manifest that can't be copied.
    InvalidManifest,
    /// The connection broke.
    Interrupted,
    /// No credentials, or they don't suffice.
    LoginRequired,
    /// No such manifest or blob.
    NotFound,
    /// Somebody else moved the tag in the meantime.
    Overtaken,
    /// Plain HTTP where TLS was expected.
    PlainHttp,
    /// An answer that the distribution specification does not allow, or one that is unsafe to follow.
    Protocol,
    /// The proxy of the environment did not let us through.
    Proxy,
    /// A quota of pulls is used up, for hours.
    QuotaSpent,
    /// Any other refusal.
    Rejected,
    /// No such repository.
    RepositoryNotFound,
    /// The upload session is gone.
    SessionLost,
    /// The registry's disk or the account's storage quota is full.
    StorageFull,
    /// Too many requests in a short time.
    Throttled,
    /// Nothing came in time.
    TimedOut,
    /// More than the registry takes in one request.
    TooLarge,
    /// The server has trouble of its own.
    Unavailable,
    /// The host's name has no address.
    UnknownHost,
    /// No connection to the host.
    Unreachable,
}

/// A request to a registry that failed.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// What it means.
    pub kind: Kind,
    /// The HTTP status, where there was an answer.
    pub status: Option<StatusCode>,
    /// What happened, in words; quotes the registry.
    pub message: String,
    /// The delay that the registry asks for.
    pub retry_after: Option<Duration>,
}

/// How much of a registry's own words is quoted.
const MAX_QUOTE: usize = 400;

impl Error {
    /// A failure without an answer.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            message: message.into(),
            retry_after: None,
        }
    }

    /// What an answer of a status that was not hoped for means.
    pub(super) fn of_answer(
        request: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let complaint = Complaint::read(body);
        let kind = complaint.kind(status);
        let quote = if complaint.text.is_empty() {
            String::new()
        } else {
            format!(": {}", complaint.text)
        };
        let retry_after = asked_delay(headers, &complaint.text);
        let wait = retry_after
            .filter(|delay| delay.as_secs() > 0)
            .map(|delay| format!(" (to be tried again in {} s)", delay.as_secs()))
            .unwrap_or_default();
        let code = status.as_u16();
        let name = status
            .canonical_reason()
            .map(|name| format!(" {name}"))
            .unwrap_or_default();
        Self {
            kind,
            status: Some(status),
            message: format!("{request} was answered with {code}{name}{wait}{quote}"),
            retry_after,
        }
    }

    /// What it means that there was no answer.
    pub(super) fn of_transport(
        request: &str,
        error: &(dyn StdError + 'static),
        is_connect: bool,
    ) -> Self {
        let causes = chain(error);
        if let Some(own) = causes.iter().find_map(|cause| cause.downcast_ref::<Self>()) {
            return own.clone();
        }
        let kind = transport_kind(is_connect, &causes);
        let root = causes
            .last()
            .map_or_else(|| error.to_string(), ToString::to_string);
        Self::new(kind, format!("{request} failed: {}", clip(&root)))
    }
}

/// An error and all its sources; the innermost says most.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An io::Error that wraps another error gives that one's source as its own: look inside first.
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        inner
            .map(|inner| inner as &(dyn StdError + 'static))
            .or_else(|| error.source())
    })
    .collect()
}

fn transport_kind(is_connect: bool, causes: &[&(dyn StdError + 'static)]) -> Kind {
    let says = |words: &str| causes.iter().any(|cause| cause.to_string().contains(words));
    if let Some(tls) = causes
        .iter()
        .find_map(|cause| cause.downcast_ref::<rustls::Error>())
    {
        return tls_kind(tls);
    }
    let io = causes
        .iter()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .next_back();
    if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
        Kind::TimedOut
    } else if says("tunnel") || says("proxy") {
        Kind::Proxy
    } else if says("dns error") {
        Kind::UnknownHost
    } else if is_connect {
        Kind::Unreachable
    } else {
        Kind::Interrupted
    }
}

fn tls_kind(error: &rustls::Error) -> Kind {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of some forty TLS errors, two mean something to the user"
    )]
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Kind::Certificate
        }
        rustls::Error::InvalidMessage(_) => Kind::PlainHttp,
        _ => Kind::Unreachable,
    }
}

/// What a registry says in the body of an error.
struct Complaint {
    codes: Vec<OciErrorCode>,
    text: String,
}

impl Complaint {
    /// The distribution specification's JSON, or whatever text there is.
    fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<OciEnvelope>(body) {
            Ok(envelope) if !envelope.errors.is_empty() => Self::of_envelope(envelope),
            _ => Self {
                codes: Vec::new(),
                text: clip(&String::from_utf8_lossy(body)),
            },
        }
    }

    fn of_envelope(envelope: OciEnvelope) -> Self {
        let words = envelope.errors.iter().map(|error| {
            let code = code_name(&error.code);
            let detail = error
                .detail
                .as_str()
                .map(|detail| format!(" ({detail})"))
                .unwrap_or_default();
            format!("{code}: {}{detail}", error.message)
        });
        let text = clip(&words.collect::<Vec<_>>().join("; "));
        Self {
            codes: envelope
                .errors
                .into_iter()
                .map(|error| error.code)
                .collect(),
            text,
        }
    }

    fn has(&self, code: &OciErrorCode) -> bool {
        self.codes.contains(code)
    }

    fn says(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    /// Words come before codes and codes before the status, because registries disagree on the latter.
    fn kind(&self, status: StatusCode) -> Kind {
        self.kind_by_words(status)
            .or_else(|| self.kind_by_code(status))
            .unwrap_or_else(|| kind_by_status(status))
    }

    fn kind_by_words(&self, status: StatusCode) -> Option<Kind> {
        if self.says(&["pull rate limit", "increase-rate-limit"]) {
            Some(Kind::QuotaSpent)
        } else if self.says(&["secondary rate limit"]) {
            Some(Kind::Throttled)
        } else if self.says(&[
            "no space left",
            "disk full",
            "quota",
            // Harbor's words for it.
            "configured upper limit",
            "insufficient storage",
            "storage limit",
        ]) && !status.is_success()
        {
            Some(Kind::StorageFull)
        } else if self.says(&["immutable"]) {
            Some(Kind::ImmutableTag)
        } else {
            None
        }
    }

    fn kind_by_code(&self, status: StatusCode) -> Option<Kind> {
        let rows = [
            (OciErrorCode::Toomanyrequests, Kind::Throttled),
            (OciErrorCode::NameUnknown, Kind::RepositoryNotFound),
            (OciErrorCode::BlobUploadUnknown, Kind::SessionLost),
            (OciErrorCode::BlobUploadInvalid, Kind::SessionLost),
            (OciErrorCode::ManifestBlobUnknown, Kind::BlobMissing),
        ];
        let known = rows
            .into_iter()
            .find(|(code, _)| status.is_client_error() && self.has(code));
        known.map(|(_, kind)| kind)
    }
}

fn kind_by_status(status: StatusCode) -> Kind {
    match status.as_u16() {
        401 => Kind::LoginRequired,
        403 => Kind::Denied,
        404 => Kind::NotFound,
        408 | 499 | 500 | 502..=504 | 522 => Kind::Unavailable,
        412 => Kind::ImmutableTag,
        413 => Kind::TooLarge,
        416 => Kind::SessionLost,
        429 => Kind::Throttled,
        507 => Kind::StorageFull,
        _ => Kind::Rejected,
    }
}

fn code_name(code: &OciErrorCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "error".to_owned(),
    }
}

/// A stranger's text in one line of bounded length.
fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> Kind {
        let status = StatusCode::from_u16(status).unwrap();
        Error::of_answer("GET /v2/", status, &HeaderMap::new(), body.as_bytes()).kind
    }

    fn envelope(code: &str, message: &str) -> String {
        format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#)
    }

    #[test]
    fn an_answer_means_what_words_code_and_status_say_in_this_order() {
        for (status, body, meaning) in [
            (401, String::new(), Kind::LoginRequired),
            (
                403,
                envelope("DENIED", "requested access to the resource is denied"),
                Kind::Denied,
            ),
            (
                403,
                "You have exceeded a secondary rate limit".to_owned(),
                Kind::Throttled,
            ),
            (
                403,
                envelope("DENIED", "adding 10 MiB would exceed the storage quota"),
                Kind::StorageFull,
            ),
            (
                404,
                envelope("NAME_UNKNOWN", "repository name not known"),
                Kind::RepositoryNotFound,
            ),
            (
                404,
                envelope("MANIFEST_UNKNOWN", "manifest unknown"),
                Kind::NotFound,
            ),
            (
                404,
                envelope("BLOB_UPLOAD_UNKNOWN", "gone"),
                Kind::SessionLost,
            ),
            (
                400,
                envelope(
                    "TAG_INVALID",
                    "tag v1 exists and the repository is immutable",
                ),
                Kind::ImmutableTag,
            ),
            (
                400,
                envelope("MANIFEST_BLOB_UNKNOWN", "blob unknown"),
                Kind::BlobMissing,
            ),
            (412, String::new(), Kind::ImmutableTag),
            (413, "<html>too large</html>".to_owned(), Kind::TooLarge),
            (
                429,
                envelope(
                    "TOOMANYREQUESTS",
                    "You have reached your pull rate limit. https://www.docker.com/increase-rate-limit",
                ),
                Kind::QuotaSpent,
            ),
            (
                429,
                "Too Many Requests (HAP429).".to_owned(),
                Kind::Throttled,
            ),
            (
                500,
                envelope("UNKNOWN", "write /blobs: no space left on device"),
                Kind::StorageFull,
            ),
            (
                502,
                "<html>Bad Gateway</html>".to_owned(),
                Kind::Unavailable,
            ),
            (507, String::new(), Kind::StorageFull),
            (418, "{}".to_owned(), Kind::Rejected),
        ] {
            assert_eq!(kind(status, &body), meaning, "{status} {body}");
        }
    }

    #[test]
    fn a_registrys_words_are_one_bounded_line() {
        let status = StatusCode::BAD_REQUEST;
        let body = format!("a\n\nb\r::error::{}", "x".repeat(1000));
        let error = Error::of_answer("PUT /v2/a", status, &HeaderMap::new(), body.as_bytes());
        assert!(
            error
                .message
                .starts_with("PUT /v2/a was answered with 400 Bad Request: a b ::error::xxx")
        );
        assert!(error.message.chars().count() < 500 && !error.message.contains('\n'));
    }
}
