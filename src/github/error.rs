use std::time::Duration;

use thiserror::Error;

/// GitHub's API did not give what it was asked for.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("GitHub's API at {api_url}: {step}: {kind}")]
pub struct Error {
    api_url: String,
    step: String,
    /// Why.
    pub kind: Kind,
}

/// Why the API did not give what it was asked for.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Kind {
    /// No answer came.
    #[error("{0}")]
    Unreachable(String),
    /// No answer came in time.
    #[error("no answer for {} s", .0.as_secs())]
    TimedOut(Duration),
    /// There is no such thing, or the token may not see it.
    #[error(
        "not found, or input `github-token` may not see it: it needs `permissions: contents: read`"
    )]
    NotFound,
    /// The API does not want to answer: its status and its words, which are not to be trusted.
    #[error("{status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// An answer that is not what the API's documentation says.
    #[error("the answer is not what GitHub documents: {0}")]
    Unreadable(String),
    /// The address of the API is none.
    #[error("GITHUB_API_URL is not an address")]
    Address,
    /// The token can't be one.
    #[error("input `github-token` holds characters that no token has")]
    Token,
}

impl Error {
    pub(super) fn new(api_url: &str, step: &str, kind: Kind) -> Self {
        Self {
            api_url: api_url.to_owned(),
            step: step.to_owned(),
            kind,
        }
    }
}

impl Kind {
    /// The innermost cause says most.
    pub(super) fn unreachable(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut innermost = error;
        while let Some(cause) = innermost.source() {
            innermost = cause;
        }
        Self::Unreachable(innermost.to_string())
    }
}

impl From<octocrab::Error> for Kind {
    fn from(error: octocrab::Error) -> Self {
        if let octocrab::Error::GitHub { source, .. } = &error {
            return match source.status_code.as_u16() {
                404 => Self::NotFound,
                status => Self::Refused {
                    status,
                    message: source.message.clone(),
                },
            };
        }
        if let octocrab::Error::Json { source, .. } = &error {
            return Self::Unreadable(source.to_string());
        }
        Self::unreachable(&error)
    }
}
