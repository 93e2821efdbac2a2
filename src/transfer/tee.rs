use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::failure;
use super::feed::{Feed, SourceError};
use super::lane::Lane;
use crate::oci::Descriptor;
use crate::registry::{Decision, Error, Kind, Session, decide, jitter};
use crate::report::{Failure, Side};
use crate::source::Source;

/// Chunks that wait for one destination. With the blobs at a time this bounds the memory of the whole program.
const CHUNKS_AHEAD: usize = 4;
/// How long the shared read waits for one destination before it goes on without it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a blob once and writes it to all these destinations.
pub(super) async fn carry(
    source: &Source,
    blob: &Descriptor,
    takers: Vec<(Lane, Session)>,
) -> Result<(), Failure> {
    let source_error = SourceError::default();
    let mut senders = Vec::with_capacity(takers.len());
    let mut uploads = Vec::with_capacity(takers.len());
    for (lane, session) in takers {
        let (sender, receiver) = channel(CHUNKS_AHEAD);
        senders.push((lane.clone(), sender));
        let upload = Upload {
            lane,
            source: source.clone(),
            blob: blob.clone(),
            source_error: Arc::clone(&source_error),
        };
        uploads.push(AbortOnDropHandle::new(tokio::spawn(
            upload.run(session, receiver),
        )));
    }
    let reading = async {
        if let Err(error) = pump(source, blob, &mut senders).await {
            let _ = source_error.set(error);
        }
        drop(senders);
        Ok(())
    };
    let writing = try_join_all(uploads.into_iter().map(async |upload| match upload.await {
        Ok(result) => result,
        Err(panic) => Err(internal(source, &panic.to_string())),
    }));
    tokio::try_join!(reading, writing).map(drop)
}

/// Reads to the end, or until nobody listens.
async fn pump(
    source: &Source,
    blob: &Descriptor,
    senders: &mut Vec<(Lane, Sender<Bytes>)>,
) -> Result<(), Error> {
    let mut reader = source.read(blob, 0);
    while let Some(chunk) = reader.next().await? {
        let taken = join_all(
            senders
                .iter()
                .map(|(lane, sender)| offer(lane, sender, chunk.clone())),
        )
        .await;
        let mut taken = taken.into_iter();
        senders.retain(|_| taken.next().unwrap_or_default());
        if senders.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Gives a chunk to one destination; false where it failed or is too slow for the others.
async fn offer(lane: &Lane, sender: &Sender<Bytes>, chunk: Bytes) -> bool {
    let sent = timeout(PATIENCE, sender.send(chunk)).await;
    if sent.is_err() {
        log::debug!(
            "{} is slow: it goes on with a read of its own",
            lane.remote().repository()
        );
    }
    sent.is_ok_and(|sent| sent.is_ok())
}

/// One blob on its way to one destination.
struct Upload {
    lane: Lane,
    source: Source,
    blob: Descriptor,
    source_error: SourceError,
}

impl Upload {
    async fn run(self, session: Session, shared: Receiver<Bytes>) -> Result<(), Failure> {
        let remote = self.lane.remote();
        let first = self.feed(Some(shared));
        let mut result = remote
            .put_blob(session, &self.blob, first.into_chunks())
            .await;
        let mut attempt = 1;
        while let Err(error) = result {
            self.wait_before_retry(attempt, error).await?;
            attempt += 1;
            remote.meter().retries.add(1);
            result = self.send_again().await;
        }
        self.lane.blob_is_there();
        remote.learn_from(&self.blob).await;
        Ok(())
    }

    fn feed(&self, shared: Option<Receiver<Bytes>>) -> Feed {
        Feed::new(
            &self.source,
            &self.blob,
            &self.lane,
            shared,
            Arc::clone(&self.source_error),
        )
    }

    /// The answer may have been lost after the blob was stored, so it is asked for first.
    async fn send_again(&self) -> Result<(), Error> {
        let remote = self.lane.remote();
        if remote.has_blob(&self.blob).await? {
            return Ok(());
        }
        let session = remote.session().await?;
        remote
            .put_blob(session, &self.blob, self.feed(None).into_chunks())
            .await
    }

    async fn wait_before_retry(&self, attempt: u32, error: Error) -> Result<(), Failure> {
        if let Some(error) = self.source_error.get() {
            let step = format!("reading blob {}", self.blob.digest);
            return Err(failure(Side::Source, &self.source, step, error));
        }
        let policy = self.lane.remote().policy();
        match decide(policy, attempt, error.kind, error.retry_after, jitter()) {
            Decision::Reauthenticate => Ok(()),
            Decision::Retry(delay) | Decision::NewSession(delay) => {
                log::debug!(
                    "{error}; sending the blob again in {} ms",
                    delay.as_millis()
                );
                sleep(delay).await;
                Ok(())
            }
            Decision::GiveUp => Err(self
                .lane
                .failure(format!("uploading blob {}", self.blob.digest), &error)),
        }
    }
}

fn internal(source: &Source, what: &str) -> Failure {
    let error = Error::new(Kind::Protocol, format!("this program failed: {what}"));
    failure(Side::Source, source, "copying a blob".to_owned(), &error)
}
