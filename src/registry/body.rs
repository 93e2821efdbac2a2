use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, sleep};

use super::transport::timed_out;
use super::{Error, Policy};

/// The bytes of an upload, as they become ready.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + Sync>>;

/// What a body is doing, for whoever watches if it stands still.
#[derive(Clone, Copy)]
enum Phase {
    /// Waits for bytes to send: not the registry's fault.
    Waits,
    /// Gave bytes out; the connection has not asked for more yet.
    Sends,
    /// Gave the last byte out; the registry stores.
    Stored,
}

/// Watches one body from outside.
#[derive(Clone)]
pub(super) struct Pulse(Arc<Mutex<(Phase, Instant)>>);

impl Pulse {
    fn new(phase: Phase) -> Self {
        Self(Arc::new(Mutex::new((phase, Instant::now()))))
    }

    fn note(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (phase, Instant::now());
    }

    /// Returns only when the registry has left the body alone for too long.
    pub(super) async fn stands_still(&self, request: &str, policy: &Policy) -> Error {
        loop {
            let (phase, since) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (limit, what) = match phase {
                Phase::Waits => (Duration::MAX, ""),
                Phase::Sends => (policy.stall, "the registry took no bytes"),
                Phase::Stored => (policy.store, "no answer"),
            };
            if since.elapsed() >= limit {
                return timed_out(request, what, limit);
            }
            sleep(policy.stall.min(policy.store).min(Duration::from_secs(5)) / 4).await;
        }
    }
}

/// A body of exactly known length.
pub(super) struct UploadBody {
    chunks: Chunks,
    left: u64,
    pulse: Pulse,
}

impl UploadBody {
    pub(super) fn new(chunks: Chunks, size: u64) -> (Self, Pulse) {
        let pulse = Pulse::new(if size == 0 {
            Phase::Stored
        } else {
            Phase::Waits
        });
        (
            Self {
                chunks,
                left: size,
                pulse: pulse.clone(),
            },
            pulse,
        )
    }
}

/// What a request carries.
pub(super) enum Body {
    /// Bytes that are all there.
    Whole(Bytes),
    /// Bytes that come one after the other.
    Upload(UploadBody),
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Upload(upload) => Pin::new(upload).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Upload(upload) => upload.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Upload(upload) => SizeHint::with_exact(upload.left),
        }
    }
}

impl UploadBody {
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.pulse.note(Phase::Waits);
        let chunk = ready!(self.chunks.as_mut().poll_next(context));
        if let Some(Ok(bytes)) = &chunk {
            self.left = self.left.saturating_sub(bytes.len() as u64);
            self.pulse.note(if self.left == 0 {
                Phase::Stored
            } else {
                Phase::Sends
            });
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }
}
