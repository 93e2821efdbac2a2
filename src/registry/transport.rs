use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect;
use tokio::time::timeout;

use super::{Error, Kind, Policy};

/// Called with every secret that comes up during the run, before it is used.
pub type OnSecret = Arc<dyn Fn(&str) + Send + Sync>;

/// The one HTTP client of the program: connections, TLS, the environment's proxy, time limits.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) client: reqwest::Client,
    pub(super) policy: Policy,
    pub(super) on_secret: OnSecret,
}

impl Transport {
    /// An error if the system's certificates can't be read.
    pub(super) fn new(policy: Policy, on_secret: OnSecret) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION"),
                " (+",
                env!("CARGO_PKG_REPOSITORY"),
                ")"
            ))
            // Redirects are followed by hand: only there is it known which origin may see a secret.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(policy.connect)
            .pool_idle_timeout(Duration::from_secs(50))
            .tcp_keepalive(Duration::from_secs(30))
            .build()
            .map_err(|error| Error::of_transport("starting the HTTP client", &error))?;
        Ok(Self {
            client,
            policy,
            on_secret,
        })
    }

    /// The head of an answer, within the time limit for answers.
    pub(super) async fn answer(
        &self,
        request: &str,
        answer: impl Future<Output = reqwest::Result<reqwest::Response>>,
    ) -> Result<reqwest::Response, Error> {
        match timeout(self.policy.answer, answer).await {
            Ok(answer) => answer.map_err(|error| Error::of_transport(request, &error)),
            Err(_) => Err(timed_out(request, "no answer", self.policy.answer)),
        }
    }

    /// A body that is held whole, of at most `limit` bytes.
    pub(super) async fn small_body(
        &self,
        request: &str,
        mut response: reqwest::Response,
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
        response: &mut reqwest::Response,
    ) -> Result<Option<Bytes>, Error> {
        match timeout(self.policy.stall, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| Error::of_transport(request, &error)),
            Err(_) => Err(timed_out(
                request,
                "the answer stood still",
                self.policy.stall,
            )),
        }
    }
}

pub(super) fn timed_out(request: &str, what: &str, after: Duration) -> Error {
    let message = format!("{request}: {what} for {} s", after.as_secs_f32());
    Error::new(Kind::TimedOut, message)
}
