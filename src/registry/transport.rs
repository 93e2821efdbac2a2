use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Request, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use url::Url;

use super::body::Body;
use super::connector::{Connector, READ_AT_ONCE};
use super::{Error, Kind, Policy};

/// Called with every secret that comes up during the run, before it is used.
pub type OnSecret = Arc<dyn Fn(&str) + Send + Sync>;

/// An answer whose body has not been read yet.
pub(super) type Response = http::Response<Incoming>;

const NAME: HeaderValue = HeaderValue::from_static(concat!(
    env!("CARGO_PKG_NAME"),
    "/",
    env!("CARGO_PKG_VERSION"),
    " (+",
    env!("CARGO_PKG_REPOSITORY"),
    ")"
));

/// Unused connections are closed before the registries do that.
const IDLE: Duration = Duration::from_secs(50);

/// The one HTTP client of the program: connections, TLS, the environment's proxy, time limits.
/// It follows no redirect: only the caller knows which origin may see a secret.
#[derive(Clone)]
pub(super) struct Transport {
    client: Client<Connector, Body>,
    connector: Connector,
    pub(super) policy: Policy,
    pub(super) on_secret: OnSecret,
}

impl Transport {
    /// An error if the system's certificates can't be read.
    pub(super) fn new(policy: Policy, on_secret: OnSecret) -> Result<Self, Error> {
        let connector = Connector::new(&policy)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_read_buf_exact_size(READ_AT_ONCE)
            .build(connector.clone());
        Ok(Self {
            client,
            connector,
            policy,
            on_secret,
        })
    }

    /// Sends one request; the head of the answer may take as long as it likes.
    pub(super) async fn send(
        &self,
        name: &str,
        url: &Url,
        mut request: Request<Body>,
    ) -> Result<Response, Error> {
        let uri = Uri::try_from(url.as_str()).map_err(|error| {
            let message = format!("{name} can't be sent: {error}");
            Error::new(Kind::Protocol, message)
        })?;
        let proxy = self.connector.forwarding(&uri);
        let login = proxy.as_ref().and_then(|proxy| proxy.basic_auth());
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, NAME);
        headers.extend(login.map(|login| (PROXY_AUTHORIZATION, login.clone())));
        *request.uri_mut() = uri;
        let answer = self.client.request(request).await;
        answer.map_err(|error| Error::of_transport(name, &error, ClientError::is_connect(&error)))
    }

    /// The head of an answer, within the time limit for answers.
    pub(super) async fn answer(
        &self,
        name: &str,
        answer: impl Future<Output = Result<Response, Error>>,
    ) -> Result<Response, Error> {
        let answer = timeout(self.policy.answer, answer).await;
        answer.unwrap_or_else(|_| Err(timed_out(name, "no answer", self.policy.answer)))
    }

    /// A body that is held whole, of at most `limit` bytes.
    pub(super) async fn small_body(
        &self,
        request: &str,
        mut response: Response,
        limit: usize,
    ) -> Result<Bytes, Error> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk(request, &mut response).await? {
            if body.len() + chunk.len() > limit {
                let message = format!("{request} was answered with more than {limit} bytes");
                return Err(Error::new(Kind::Protocol, message));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// The next piece of a body, within the time limit for bodies that stand still.
    pub(super) async fn chunk(
        &self,
        request: &str,
        response: &mut Response,
    ) -> Result<Option<Bytes>, Error> {
        let limit = self.policy.stall;
        match timeout(limit, data(response.body_mut())).await {
            Ok(chunk) => chunk.map_err(|error| Error::of_transport(request, &error, false)),
            Err(_) => Err(timed_out(request, "the answer stood still", limit)),
        }
    }
}

/// The next bytes of a body; trailers are none.
async fn data(body: &mut Incoming) -> hyper::Result<Option<Bytes>> {
    loop {
        let Some(frame) = body.frame().await.transpose()? else {
            return Ok(None);
        };
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

pub(super) fn timed_out(request: &str, what: &str, after: Duration) -> Error {
    let message = format!("{request}: {what} for {} s", after.as_secs_f32());
    Error::new(Kind::TimedOut, message)
}
