use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};

/// What happens to a request that a rule strikes.
#[derive(Clone, Default)]
pub(crate) struct Effect {
    /// The request is not carried out.
    pub(crate) skipped: bool,
    pub(crate) end: End,
    pub(crate) delay: Duration,
    /// Headers to set, or with `None` to remove.
    pub(crate) headers: Vec<(HeaderName, Option<HeaderValue>)>,
    pub(crate) body: Option<Bytes>,
    pub(crate) request: Disturbance,
    pub(crate) answer: Disturbance,
    /// The request's body is not read before the answer.
    pub(crate) unread: bool,
}

/// How an exchange ends.
#[derive(Clone, Copy, Default)]
pub(crate) enum End {
    /// With the answer.
    #[default]
    Answer,
    /// With another status than the real one.
    Status(u16),
    /// With a closed connection.
    Close,
    /// Not at all.
    Hang,
}

/// A place in a body.
#[derive(Clone, Copy)]
pub(crate) enum At {
    Byte(u64),
    Half,
}

impl At {
    pub(crate) fn of(self, length: u64) -> u64 {
        match self {
            Self::Byte(byte) => byte,
            Self::Half => length / 2,
        }
    }
}

/// What happens to a body on its way.
#[derive(Clone, Copy, Default)]
pub(crate) struct Disturbance {
    pub(crate) cut: Option<At>,
    pub(crate) stall: Option<At>,
    pub(crate) rate: Option<u64>,
    pub(crate) flip: Option<At>,
}

impl Disturbance {
    pub(crate) fn is_none(&self) -> bool {
        self.cut.is_none() && self.stall.is_none() && self.rate.is_none() && self.flip.is_none()
    }
}
