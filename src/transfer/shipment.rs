use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use bytes::Bytes;

use super::failure;
use super::feed::{Feed, SourceError};
use super::lane::Lane;
use crate::oci::Descriptor;
use crate::registry::{Decision, Error, Kind, Session, decide, jitter};
use crate::report::{Failure, Side};
use crate::source::Source;

/// One blob on its way to one destination.
pub(super) struct Shipment {
    pub(super) lane: Lane,
    pub(super) source: Source,
    pub(super) blob: Descriptor,
    pub(super) source_error: SourceError,
}

impl Shipment {
    pub(super) async fn run(
        self,
        mut session: Session,
        shared: UnboundedReceiver<Bytes>,
    ) -> Result<(), Failure> {
        let remote = self.lane.remote();
        let first = self.feed(Some(shared), 0).into_chunks();
        let mut result = remote.put_blob(&mut session, &self.blob, first).await;
        let (mut attempt, mut received) = (1, 0);
        while let Err(error) = result {
            let lost = error.kind == Kind::SessionLost;
            self.wait_before_retry(attempt, error).await?;
            remote.meter().retries.add(1);
            result = self.send_again(&mut session, lost).await;
            // As long as there is more each time, a connection may break as often as it likes.
            let grew = session.received() > received;
            attempt = if grew { 1 } else { attempt + 1 };
            received = received.max(session.received());
        }
        self.lane.blob_is_there();
        remote.learn_from(&self.blob).await;
        Ok(())
    }

    fn feed(&self, shared: Option<UnboundedReceiver<Bytes>>, offset: u64) -> Feed {
        Feed::new(
            &self.source,
            &self.blob,
            &self.lane,
            shared,
            offset,
            Arc::clone(&self.source_error),
        )
    }

    /// Goes on where the upload broke, or starts over. The answer may have been lost after the blob was stored, so a
    /// registry that does not know the upload any more is asked for the blob first.
    async fn send_again(&self, session: &mut Session, lost: bool) -> Result<(), Error> {
        let remote = self.lane.remote();
        let stands = if lost {
            None
        } else {
            remote.stands(session, &self.blob).await
        };
        *session = match stands {
            Some(stands) => stands,
            None if remote.has_blob(&self.blob).await? => return Ok(()),
            None => remote.session().await?,
        };
        let rest = self.feed(None, session.received()).into_chunks();
        remote.put_blob(session, &self.blob, rest).await
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
