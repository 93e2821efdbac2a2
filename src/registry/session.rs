use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RANGE};
use http::{HeaderMap, Method};
use url::Url;

use super::body::Chunks;
use super::host::Payload;
use super::portions::Portions;
use super::transport::Response;
use super::{Error, Kind, Remote};
use crate::oci::Descriptor;

const CHUNK_MINIMUM: HeaderName = HeaderName::from_static("oci-chunk-min-length");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// GHCR takes no larger ones.
const CHUNK: u64 = 4 * 1024 * 1024;
/// As large a minimum as is believed.
const LARGEST_MINIMUM: u64 = 512 * 1024 * 1024;

/// An upload that a registry has opened and that may take one blob.
#[derive(Debug)]
pub struct Session {
    location: Url,
    /// Bytes of the blob that are there.
    received: u64,
    /// All chunks but the last are this large.
    chunk: u64,
    /// Whether it goes on after it broke.
    resumed: bool,
}

impl Session {
    /// Bytes of the blob that the registry has already.
    pub fn received(&self) -> u64 {
        self.received
    }

    fn left(&self, blob: &Descriptor) -> u64 {
        blob.size.saturating_sub(self.received)
    }
}

impl Remote {
    /// An upload as an answer describes it.
    pub(super) fn session_of(&self, answer: &Response, asked: &Url) -> Result<Session, Error> {
        let headers = answer.headers();
        let minimum = text(headers, &CHUNK_MINIMUM).and_then(|text| text.parse().ok());
        Ok(Session {
            location: self.location(headers, asked)?,
            received: 0,
            chunk: CHUNK.max(minimum.unwrap_or_default()).min(LARGEST_MINIMUM),
            resumed: false,
        })
    }

    /// Where the upload goes on: taken as it is given, other host and query included, but never out of TLS.
    fn location(&self, headers: &HeaderMap, asked: &Url) -> Result<Url, Error> {
        let location = text(headers, &LOCATION);
        let url = location.and_then(|location| asked.join(location).ok());
        let url = url.ok_or_else(|| {
            Error::new(
                Kind::Protocol,
                "the registry opened an upload without saying where (no usable Location)",
            )
        })?;
        self.0.host.check_scheme(&url)?;
        Ok(url)
    }

    /// How far an upload came that broke; `None` where the registry can't say, or says something impossible.
    pub async fn stands(&self, session: &Session, blob: &Descriptor) -> Option<Session> {
        let url = session.location.clone();
        let asked = self
            .send(
                Method::GET,
                url.clone(),
                Vec::new(),
                Payload::Empty,
                &[200, 202, 204],
            )
            .await;
        let stands = asked.and_then(|answer| {
            let received = received(answer.headers());
            let session = self.session_of(&answer, &url)?;
            Ok((session, received))
        });
        match stands {
            Ok((session, Some(received))) if received <= blob.size => Some(Session {
                received,
                resumed: true,
                ..session
            }),
            Ok(_) => None,
            Err(error) => {
                log::debug!("an upload can't go on: {error}");
                None
            }
        }
    }

    /// Sends what an upload lacks of a blob: in one request of exact length, or in chunks where that was too large.
    /// Tried once: the bytes can't be sent again.
    pub async fn put_blob(
        &self,
        session: &mut Session,
        blob: &Descriptor,
        chunks: Chunks,
    ) -> Result<(), Error> {
        let (left, chunking) = (session.left(blob), &self.0.host.chunking);
        let whole = left <= session.chunk || !chunking.is_needed(left);
        let sent = if whole {
            self.close(session, blob, chunks).await
        } else {
            self.put_chunks(session, blob, chunks).await
        };
        sent.map_err(|error| {
            let too_large = whole && left > session.chunk && error.kind == Kind::TooLarge;
            if too_large {
                chunking.learn(left);
            }
            // What broke may have been noted down wrong.
            let wrong = session.resumed && error.kind == Kind::Rejected;
            if too_large || wrong {
                let kind = Kind::SessionLost;
                Error { kind, ..error }
            } else {
                error
            }
        })
    }

    async fn put_chunks(
        &self,
        session: &mut Session,
        blob: &Descriptor,
        chunks: Chunks,
    ) -> Result<(), Error> {
        let portions = Portions::of(chunks);
        while session.left(blob) > session.chunk {
            let chunk = portions.next(session.chunk);
            self.patch(session, chunk).await?;
        }
        let last = portions.next(session.left(blob));
        self.close(session, blob, last).await
    }

    /// One chunk that is not the last. What the registry says it has now is not asked: ECR's answer is behind.
    async fn patch(&self, session: &mut Session, chunk: Chunks) -> Result<(), Error> {
        let url = session.location.clone();
        let length = session.chunk;
        let headers = headers(session.received, length);
        let payload = Payload::Stream(chunk, length);
        let answer = self
            .send(
                Method::PATCH,
                url.clone(),
                headers,
                payload,
                &[200, 201, 202, 204],
            )
            .await?;
        session.location = self.location(answer.headers(), &url)?;
        session.received += length;
        Ok(())
    }

    /// The rest of a blob, and its digest.
    async fn close(&self, session: &Session, blob: &Descriptor, rest: Chunks) -> Result<(), Error> {
        let mut url = session.location.clone();
        url.query_pairs_mut()
            .append_pair("digest", blob.digest.as_str());
        let left = session.left(blob);
        let headers = headers(session.received, left);
        let payload = Payload::Stream(rest, left);
        let expected = [200, 201, 202, 204];
        self.send(Method::PUT, url, headers, payload, &expected)
            .await
            .map(drop)
    }

    /// Closes a session that is not needed.
    pub async fn cancel(&self, session: Session) {
        let closed = self
            .send(
                Method::DELETE,
                session.location,
                Vec::new(),
                Payload::Empty,
                &[200, 202, 204, 404],
            )
            .await;
        if let Err(error) = closed {
            log::debug!("an upload could not be cancelled: {error}");
        }
    }
}

/// A body that begins at the first byte and holds the blob needs no range; nor does an empty one.
fn headers(start: u64, length: u64) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![(CONTENT_TYPE, OCTETS)];
    if start > 0 && length > 0 {
        let range = HeaderValue::try_from(format!("{start}-{}", start + length - 1));
        headers.extend(range.map(|range| (CONTENT_RANGE, range)));
    }
    headers
}

/// `Range: 0-41` are 42 bytes, but `0-0` are none: there is no other way to say that.
fn received(headers: &HeaderMap) -> Option<u64> {
    let range = text(headers, &RANGE)?;
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    match range.split_once('-')? {
        ("0", "0") => Some(0),
        ("0", last) => last.parse::<u64>().ok()?.checked_add(1),
        _ => None,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
