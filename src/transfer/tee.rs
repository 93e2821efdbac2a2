use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::feed::SourceError;
use super::lane::Lane;
use super::shipment::Shipment;
use super::window::Window;
use crate::oci::Descriptor;
use crate::registry::{Error, Kind, Session};
use crate::report::Failure;
use crate::source::Source;

/// How often it is noted who is being waited for.
const TICK: Duration = Duration::from_millis(50);
/// The longest that a shared read stands still for one destination at a stretch.
const PATIENCE: Duration = Duration::from_secs(2);

/// An upload that runs by itself.
pub(super) type Running = AbortOnDropHandle<Result<(), Failure>>;

/// One destination that takes part in a shared read.
struct Taker {
    lane: Lane,
    chunks: UnboundedSender<Bytes>,
    window: Window,
}

/// Reads a blob once and writes it to all these destinations.
/// A destination much slower than the others is let go: its lane keeps the upload, which goes on by a read of its own.
pub(super) async fn carry(
    source: &Source,
    blob: &Descriptor,
    destinations: Vec<(Lane, Session)>,
) -> Result<(), Failure> {
    let source_error = SourceError::default();
    let others_are_done = (destinations.len() > 1).then(AtomicBool::default);
    let (mut takers, mut uploads) = (Vec::new(), Vec::new());
    for (lane, session) in destinations {
        let (chunks, receiver) = unbounded_channel();
        let shipment = Shipment {
            lane: lane.clone(),
            source: source.clone(),
            blob: blob.clone(),
            source_error: Arc::clone(&source_error),
        };
        let upload = AbortOnDropHandle::new(tokio::spawn(shipment.run(session, receiver)));
        uploads.push(wait_for(upload, lane.clone(), others_are_done.as_ref()));
        let window = Window::new();
        takers.push(Taker {
            lane,
            chunks,
            window,
        });
    }
    let reading = async {
        if let Err(error) = pump(source, blob, &mut takers).await {
            let _ = source_error.set(error);
        }
        drop(takers);
        Ok(())
    };
    tokio::try_join!(reading, try_join_all(uploads)).map(drop)
}

/// Waits until an upload is over, or is no longer the shared read's affair.
async fn wait_for(
    mut upload: Running,
    lane: Lane,
    others_are_done: Option<&AtomicBool>,
) -> Result<(), Failure> {
    let over = loop {
        tokio::select! {
            over = &mut upload => break over,
            () = lane.falls_behind(), if others_are_done.is_some() => {
                lane.keep(upload);
                return Ok(());
            }
            () = sleep(TICK), if others_are_done.is_some() => {
                let waited = others_are_done.is_some_and(|done| done.load(Ordering::Relaxed));
                lane.account(TICK, if waited { TICK } else { Duration::ZERO });
            }
        }
    };
    if let Some(done) = others_are_done {
        done.store(true, Ordering::Relaxed);
    }
    lane.endure(outcome(over, &lane)).map(drop)
}

/// What a task that was waited for has come to.
pub(super) fn outcome(
    over: Result<Result<(), Failure>, JoinError>,
    lane: &Lane,
) -> Result<(), Failure> {
    over.unwrap_or_else(|panic| {
        let error = Error::new(Kind::Protocol, format!("this program failed: {panic}"));
        Err(lane.failure("copying a blob", &error))
    })
}

/// Reads to the end, or until nobody listens.
async fn pump(source: &Source, blob: &Descriptor, takers: &mut Vec<Taker>) -> Result<(), Error> {
    let mut reader = source.read(blob, 0);
    while let Some(chunk) = reader.next().await? {
        let alone = takers.len() == 1;
        let waited = join_all(takers.iter().map(|taker| taker.give(&chunk, alone))).await;
        let least = waited.iter().flatten().min().copied().unwrap_or_default();
        for (taker, waited) in takers.iter().zip(&waited) {
            let held_up = waited.unwrap_or(PATIENCE).saturating_sub(least);
            taker.lane.account(Duration::ZERO, held_up);
        }
        let mut waited = waited.into_iter();
        takers.retain(|taker| {
            let has_it = waited.next().flatten().is_some();
            has_it && (alone || !taker.lane.is_behind()) && !taker.chunks.is_closed()
        });
        if takers.is_empty() {
            break;
        }
    }
    Ok(())
}

impl Taker {
    /// Gives it a chunk as soon as it has room; how long that took, or `None` if it took too long.
    async fn give(&self, chunk: &Bytes, alone: bool) -> Option<Duration> {
        if let Some(held) = self.window.try_hold(chunk) {
            let _ = self.chunks.send(held);
            return Some(Duration::ZERO);
        }
        let started = Instant::now();
        let limit = if alone { Duration::MAX } else { PATIENCE };
        tokio::select! {
            held = self.window.hold(chunk) => {
                let _ = self.chunks.send(held);
                Some(started.elapsed())
            }
            () = self.lane.falls_behind(), if !alone => None,
            () = sleep(limit) => {
                self.lane.fall_behind();
                None
            }
        }
    }
}
