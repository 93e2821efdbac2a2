use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_RANGE, HeaderName, HeaderValue, RANGE};
use http::{Method, StatusCode};
use tokio::time::sleep;

use super::host::{Payload, request_name};
use super::retry::{Decision, decide, jitter};
use super::transport::Response;
use super::{Error, Kind, Remote};
use crate::oci::{Descriptor, Hasher};

/// Broken connections that one blob may take, even if each brought a little.
const MAX_REOPENINGS: u32 = 1_000;

/// Reads one blob, chunk by chunk: goes on where a connection broke, and gives the last chunk out
/// only when size and digest of all were right.
pub struct BlobReader {
    remote: Remote,
    blob: Descriptor,
    offset: u64,
    /// Only a reader that started at the first byte can tell the digest.
    hasher: Option<Hasher>,
    response: Option<Response>,
    /// Bytes that a registry without ranges sends again.
    to_skip: u64,
    attempt: u32,
    reopenings: u32,
}

impl Remote {
    /// Reads a blob from an offset on.
    pub fn read_blob(&self, blob: &Descriptor, offset: u64) -> BlobReader {
        BlobReader {
            remote: self.clone(),
            blob: blob.clone(),
            offset,
            hasher: (offset == 0).then(|| blob.digest.algorithm().hasher()),
            response: None,
            to_skip: 0,
            attempt: 1,
            reopenings: 0,
        }
    }

    /// Whether a blob is there.
    pub async fn has_blob(&self, blob: &Descriptor) -> Result<bool, Error> {
        let url = self.url(&format!("blobs/{}", blob.digest));
        let response = self
            .send(Method::HEAD, url, Vec::new(), Payload::Empty, &[200, 404])
            .await?;
        Ok(response.status() == StatusCode::OK)
    }
}

impl BlobReader {
    /// The next bytes; `None` after the last, and only if all of them were right.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.offset < self.blob.size {
            let Some(chunk) = self.fetch().await? else {
                continue;
            };
            self.take_in(&chunk)?;
            if self.offset == self.blob.size {
                self.check_end().await?;
            }
            return Ok(Some(chunk));
        }
        if self.blob.size == 0 {
            self.check_end().await?;
        }
        Ok(None)
    }

    /// A chunk from the connection there is, or a new one; `None` where it broke and may be opened again.
    async fn fetch(&mut self) -> Result<Option<Bytes>, Error> {
        let result = match &mut self.response {
            None => return self.open().await.map(|()| None),
            Some(response) => {
                let name = format!("reading blob {}", self.blob.digest);
                self.remote.0.host.transport.chunk(&name, response).await
            }
        };
        match result {
            Ok(Some(chunk)) => Ok(self.not_skipped(chunk)),
            Ok(None) => self.broke(self.ended_early()).await,
            Err(error) => self.broke(error).await,
        }
    }

    fn ended_early(&self) -> Error {
        let Descriptor { digest, size, .. } = &self.blob;
        Error::new(
            Kind::Interrupted,
            format!("blob {digest} ended after {} of {size} bytes", self.offset),
        )
    }

    async fn broke(&mut self, error: Error) -> Result<Option<Bytes>, Error> {
        self.response = None;
        self.reopenings += 1;
        let remote = &self.remote;
        match decide(
            remote.policy(),
            self.attempt,
            error.kind,
            error.retry_after,
            jitter(),
        ) {
            Decision::Retry(delay) if self.reopenings <= MAX_REOPENINGS => {
                self.attempt += 1;
                remote.meter().retries.add(1);
                log::debug!(
                    "{error}; going on at byte {} in {} ms",
                    self.offset,
                    delay.as_millis()
                );
                sleep(delay).await;
                Ok(None)
            }
            Decision::Retry(_)
            | Decision::Reauthenticate
            | Decision::NewSession(_)
            | Decision::GiveUp => Err(error),
        }
    }

    async fn open(&mut self) -> Result<(), Error> {
        let url = self.remote.url(&format!("blobs/{}", self.blob.digest));
        let name = request_name(&Method::GET, &url);
        let mut headers: Vec<(HeaderName, HeaderValue)> =
            vec![(ACCEPT_ENCODING, HeaderValue::from_static("identity"))];
        if self.offset > 0 {
            let range = HeaderValue::try_from(format!("bytes={}-", self.offset));
            headers.extend(range.map(|range| (RANGE, range)));
        }
        let response = self
            .remote
            .send(Method::GET, url, headers, Payload::Empty, &[200, 206])
            .await?;
        let ranged = response.status() == StatusCode::PARTIAL_CONTENT;
        if ranged && range_start(&response) != Some(self.offset) {
            let message = format!("{name} was answered with another range than was asked for");
            return Err(Error::new(Kind::Protocol, message));
        }
        self.to_skip = if ranged { 0 } else { self.offset };
        self.response = Some(response);
        Ok(())
    }

    fn not_skipped(&mut self, mut chunk: Bytes) -> Option<Bytes> {
        let skipped = self.to_skip.min(chunk.len() as u64);
        self.to_skip -= skipped;
        let new = chunk.split_off(usize::try_from(skipped).unwrap_or(chunk.len()));
        if new.is_empty() {
            return None;
        }
        self.attempt = 1;
        Some(new)
    }

    fn take_in(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.offset += chunk.len() as u64;
        if self.offset > self.blob.size {
            return Err(self.corrupt(&format!(
                "is longer than the {} bytes its manifest says",
                self.blob.size
            )));
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(chunk);
        }
        Ok(())
    }

    async fn check_end(&mut self) -> Result<(), Error> {
        if let Some(mut response) = self.response.take() {
            let rest = self
                .remote
                .0
                .host
                .transport
                .chunk("reading the end of a blob", &mut response)
                .await;
            if rest.is_ok_and(|rest| rest.is_some_and(|rest| !rest.is_empty())) {
                return Err(self.corrupt(&format!(
                    "is longer than the {} bytes its manifest says",
                    self.blob.size
                )));
            }
        }
        if let Some(hasher) = self.hasher.take() {
            let found = hasher.finish();
            if found != self.blob.digest {
                return Err(self.corrupt(&format!("has bytes that hash to {found}")));
            }
        }
        Ok(())
    }

    fn corrupt(&self, what: &str) -> Error {
        Error::new(
            Kind::Corrupt,
            format!(
                "blob {} in {} {what}",
                self.blob.digest,
                self.remote.repository()
            ),
        )
    }
}

/// `bytes 5-9/10` starts at 5.
fn range_start(response: &Response) -> Option<u64> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    text.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}
