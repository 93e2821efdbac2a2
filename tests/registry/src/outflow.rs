use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::content::{Content, to_usize};
use crate::fault::Disturbance;
use crate::inflow::Broken;
use crate::journal::Ongoing;
use crate::pace::Pace;

/// An answer's body on its way out: counted, paced and disturbed as told.
pub(crate) struct Outflow {
    source: Source,
    ongoing: Ongoing,
}

enum Source {
    Whole(Option<Bytes>),
    Pieces(mpsc::Receiver<Result<Bytes, Broken>>),
}

/// How a body is sent.
pub(crate) struct Manner {
    pub(crate) pace: Option<Arc<Pace>>,
    pub(crate) fault: Disturbance,
}

impl Outflow {
    pub(crate) fn new(content: Content, manner: Manner, ongoing: Ongoing) -> Self {
        let source = match content {
            Content::Bytes(bytes) if manner.is_plain() && bytes.len() <= 64 * 1024 => {
                Source::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
            }
            content @ (Content::Bytes(_) | Content::Synthetic(_) | Content::Discarded(_)) => {
                let (sender, receiver) = mpsc::channel(2);
                tokio::spawn(pour(content, manner, sender));
                Source::Pieces(receiver)
            }
        };
        Self { source, ongoing }
    }
}

impl Manner {
    fn is_plain(&self) -> bool {
        self.pace.is_none() && self.fault.is_none()
    }
}

/// Sends a content piece by piece until it ends, is cut, or no one listens any more.
async fn pour(
    content: Content,
    manner: Manner,
    sender: mpsc::Sender<Result<Bytes, Broken>>,
) -> Option<()> {
    let length = content.len();
    let place = |at: Option<crate::fault::At>| at.map(|at| at.of(length));
    let (cut, stall) = (place(manner.fault.cut), place(manner.fault.stall));
    let flip = place(manner.fault.flip);
    let end = cut.into_iter().chain(stall).chain([length]).min()?;
    let slow = manner.fault.rate.map(|rate| Arc::new(Pace::new(rate)));
    let paces: Vec<_> = manner.pace.into_iter().chain(slow).collect();
    let mut offset = 0;
    while offset < end {
        let mut piece = content.piece(offset);
        piece.truncate(to_usize(end - offset));
        if let Some(place) = flip.and_then(|place| place.checked_sub(offset)) {
            piece = flipped(piece, place);
        }
        for pace in &paces {
            pace.pass(piece.len()).await;
        }
        offset += piece.len() as u64;
        sender.send(Ok(piece)).await.ok()?;
    }
    match (cut, stall) {
        (Some(cut), _) if cut == end => {
            // hyper forgets what it has not flushed when a body fails: give it the time.
            sleep(Duration::from_millis(50)).await;
            sender.send(Err(Broken)).await.ok()
        }
        (_, Some(stall)) if stall == end => {
            tokio::select! {
                () = sender.closed() => None,
                nothing = pending() => nothing,
            }
        }
        _ => Some(()),
    }
}

fn flipped(piece: Bytes, place: u64) -> Bytes {
    let mut bytes = BytesMut::from(piece);
    if let Some(byte) = bytes.get_mut(usize::try_from(place).unwrap_or(usize::MAX)) {
        *byte ^= 1;
    }
    bytes.freeze()
}

impl http_body::Body for Outflow {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let next = match &mut self.source {
            Source::Whole(bytes) => Poll::Ready(bytes.take().map(Ok)),
            Source::Pieces(receiver) => receiver.poll_recv(context),
        };
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            let sent = &self.ongoing.0.sent;
            sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        next.map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Whole(None))
    }
}
