use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION};
use http::{Method, Request, StatusCode};
use tokio::time::{Instant, sleep, sleep_until};
use url::Url;

use super::auth::{Authenticator, Scopes};
use super::body::{Body, Chunks, Pulse, UploadBody};
use super::chunking::Chunking;
use super::mounting::Mounting;
use super::retry::{Decision, decide, jitter};
use super::transport::Response;
use super::{Error, Kind, Meter, Pulls, Transport};
use crate::oci::Credential;

const MAX_REDIRECTS: usize = 5;
/// As much of an error's body as is read.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// What a token must still live for when a request is sent.
const TOKEN_LIFETIME: Duration = Duration::from_secs(5);

/// One registry: where it is, who we are there, when it may be asked again, and what it has shown it can do.
pub(super) struct Host {
    pub(super) base: Url,
    pub(super) transport: Transport,
    pub(super) mounting: Mounting,
    pub(super) chunking: Chunking,
    authenticator: Authenticator,
    cool_down: Mutex<Option<Instant>>,
    /// What is left of a quota of pulls, if there is one.
    pulls: Mutex<Option<Pulls>>,
    /// Microseconds of the quickest answer so far.
    quickest: AtomicU64,
}

/// What a request carries.
pub(super) enum Payload {
    Empty,
    Bytes(Bytes),
    /// Sent once: its sender finds out what became of it before it sends it again.
    Once(Bytes),
    /// So many bytes that come once and can't be sent again.
    Stream(Chunks, u64),
}

impl Payload {
    /// Puts itself into a request; a stream is to be watched.
    fn fill(self, request: &mut Request<Body>) -> Option<Pulse> {
        match self {
            Self::Empty if request.method() == Method::POST => {
                request.headers_mut().insert(CONTENT_LENGTH, 0.into());
                None
            }
            Self::Empty => None,
            Self::Bytes(bytes) | Self::Once(bytes) => {
                *request.body_mut() = Body::Whole(bytes);
                None
            }
            Self::Stream(chunks, size) => {
                let (body, pulse) = UploadBody::new(chunks, size);
                *request.body_mut() = Body::Upload(body);
                request.headers_mut().insert(CONTENT_LENGTH, size.into());
                Some(pulse)
            }
        }
    }

    fn is_replayable(&self) -> bool {
        !matches!(self, Self::Stream(..))
    }

    /// What the next try sends: a stream is given away.
    fn for_next_try(&mut self) -> Self {
        match self {
            Self::Empty => Self::Empty,
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::Once(bytes) => Self::Once(bytes.clone()),
            Self::Stream(..) => std::mem::replace(self, Self::Empty),
        }
    }
}

/// A request before it is sent.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) payload: Payload,
    pub(super) scopes: &'a Scopes,
    pub(super) meter: &'a Meter,
    /// The statuses that are an answer; all others are an error.
    pub(super) expected: &'a [u16],
}

impl Call<'_> {
    /// The request as messages name it; a query may hold signatures and is left out.
    pub(super) fn name(&self) -> String {
        request_name(&self.method, &self.url)
    }
}

pub(super) fn request_name(method: &Method, url: &Url) -> String {
    format!(
        "{method} {}{}",
        url.origin().ascii_serialization(),
        url.path()
    )
}

impl Host {
    pub(super) fn new(base: Url, credential: Option<Credential>, transport: Transport) -> Self {
        Self {
            authenticator: Authenticator::new(base.clone(), credential),
            base,
            transport,
            mounting: Mounting::default(),
            chunking: Chunking::default(),
            cool_down: Mutex::default(),
            pulls: Mutex::default(),
            quickest: AtomicU64::new(u64::MAX),
        }
    }

    /// Where the user gave our account here.
    pub(super) fn given_by(&self) -> Option<&str> {
        self.authenticator.given_by()
    }

    /// What is left of a quota of pulls, if there is one.
    pub(super) fn pulls(&self) -> Option<Pulls> {
        *self.pulls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_pulls(&self, response: &Response) {
        if let Some(pulls) = Pulls::read(response.headers()) {
            *self.pulls.lock().unwrap_or_else(PoisonError::into_inner) = Some(pulls);
        }
    }

    /// About one round trip, if it has answered at all.
    pub(super) fn quickest_answer(&self) -> Duration {
        match self.quickest.load(Ordering::Relaxed) {
            u64::MAX => Duration::ZERO,
            microseconds => Duration::from_micros(microseconds),
        }
    }

    /// The one function every request passes: waits its turn, logs in, sends, follows, tries again.
    /// A stream is sent once: its sender decides what comes after a failure.
    pub(super) async fn send(&self, mut call: Call<'_>) -> Result<Response, Error> {
        let once = matches!(call.payload, Payload::Stream(..) | Payload::Once(_));
        let mut attempt = 1;
        let mut logins = 0;
        loop {
            let payload = call.payload.for_next_try();
            let error = match self.attempt(&call, payload).await {
                Ok(response) => return Ok(response),
                Err(error) if once => return Err(error),
                Err(error) => error,
            };
            logins = if error.kind == Kind::LoginRequired {
                logins + 1
            } else {
                0
            };
            let tries = if logins > 0 { logins } else { attempt };
            match decide(
                &self.transport.policy,
                tries,
                error.kind,
                error.retry_after,
                jitter(),
            ) {
                Decision::GiveUp | Decision::NewSession(_) => return Err(self.last_word(error)),
                Decision::Reauthenticate => {}
                Decision::Retry(delay) => {
                    attempt += 1;
                    call.meter.retries.add(1);
                    log::debug!("{error}; trying again in {} ms", delay.as_millis());
                    self.pause(error.kind, delay).await;
                }
            }
        }
    }

    /// A registry that refuses a token which its own token server gave out for our account denies us the right.
    fn last_word(&self, error: Error) -> Error {
        let denied = error.kind == Kind::LoginRequired && self.given_by().is_some();
        if denied {
            Error {
                kind: Kind::Denied,
                ..error
            }
        } else {
            error
        }
    }

    async fn attempt(&self, call: &Call<'_>, payload: Payload) -> Result<Response, Error> {
        self.wait_for_turn().await;
        let _first = self.authenticator.first().await;
        let transport = &self.transport;
        let authorization = self
            .authenticator
            .authorization(transport, call.scopes, TOKEN_LIFETIME)
            .await?;
        let response = self.exchange(call, payload, authorization.as_ref()).await?;
        let status = response.status();
        if call.expected.contains(&status.as_u16()) {
            self.authenticator.answered();
            return Ok(response);
        }
        let headers = response.headers().clone();
        let error = Error::of_answer(
            &call.name(),
            status,
            &headers,
            &self.error_body(response).await,
        );
        if status == StatusCode::UNAUTHORIZED {
            let refusal = error.clone();
            self.authenticator
                .challenged(&headers, call.scopes, authorization.as_ref(), refusal)
                .await?;
        }
        Err(error)
    }

    /// Sends and follows redirects; our login stays with the registry's own origin.
    async fn exchange(
        &self,
        call: &Call<'_>,
        mut payload: Payload,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response, Error> {
        let mut url = call.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let login = authorization.filter(|_| url.origin() == self.base.origin());
            let replayable = payload.is_replayable();
            let response = self
                .send_once(call, &url, payload.for_next_try(), login)
                .await?;
            match redirect_target(&response, &url)? {
                None => return Ok(response),
                Some(_) if !replayable => {
                    return Err(unfollowable(&url, "an upload can't follow it"));
                }
                Some(target) => {
                    self.check_scheme(&target)?;
                    url = target;
                }
            }
        }
        Err(unfollowable(&url, "it is one of too many"))
    }

    async fn send_once(
        &self,
        call: &Call<'_>,
        url: &Url,
        payload: Payload,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response, Error> {
        let mut request = Request::new(Body::default());
        *request.method_mut() = call.method.clone();
        let headers = request.headers_mut();
        headers.extend(call.headers.iter().cloned());
        headers.extend(authorization.map(|login| (AUTHORIZATION, login.clone())));
        call.meter.requests.add(1);
        let name = request_name(&call.method, url);
        let transport = &self.transport;
        let started = Instant::now();
        let pulse = payload.fill(&mut request);
        let answer = transport.send(&name, url, request);
        let is_upload = pulse.is_some();
        let response = match pulse {
            None => transport.answer(&name, answer).await?,
            Some(pulse) => tokio::select! {
                answer = answer => answer?,
                error = pulse.stands_still(&name, &transport.policy) => return Err(error),
            },
        };
        let took = started.elapsed();
        // An upload takes as long as its bytes.
        if !is_upload {
            let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            self.quickest.fetch_min(microseconds, Ordering::Relaxed);
        }
        self.note_pulls(&response);
        let status = response.status().as_u16();
        log::debug!("{name}: {status} in {} ms", took.as_millis());
        Ok(response)
    }

    /// No address that we are sent to may give up TLS.
    pub(super) fn check_scheme(&self, target: &Url) -> Result<(), Error> {
        let legal = target.scheme() == "https"
            || (target.scheme() == "http" && self.base.scheme() == "http");
        if legal {
            Ok(())
        } else {
            Err(unfollowable(target, "it leaves TLS"))
        }
    }

    async fn error_body(&self, mut response: Response) -> Vec<u8> {
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = self
            .transport
            .chunk("reading an error", &mut response)
            .await
        {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ERROR_BODY {
                break;
            }
        }
        body
    }

    /// After a throttled request the whole registry is left alone, after any other only this request waits.
    async fn pause(&self, kind: Kind, delay: Duration) {
        if kind != Kind::Throttled {
            return sleep(delay).await;
        }
        let end = Instant::now() + delay;
        let mut cool_down = self
            .cool_down
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *cool_down = Some(cool_down.map_or(end, |earlier| earlier.max(end)));
    }

    async fn wait_for_turn(&self) {
        loop {
            let until = *self
                .cool_down
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            match until {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => return,
            }
        }
    }
}

/// Where a redirect leads; `None` for any other answer.
fn redirect_target(response: &Response, from: &Url) -> Result<Option<Url>, Error> {
    if !matches!(response.status().as_u16(), 301..=303 | 307 | 308) {
        return Ok(None);
    }
    let location = response
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok());
    target
        .map(Some)
        .ok_or_else(|| unfollowable(from, "its Location is no address"))
}

fn unfollowable(url: &Url, why: &str) -> Error {
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    Error::new(
        Kind::Protocol,
        format!("a redirect at {address} can't be followed: {why}"),
    )
}
