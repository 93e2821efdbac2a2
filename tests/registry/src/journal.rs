use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::{Duration, Instant};

use hyper::{HeaderMap, Method};

use crate::access::Authorization;
use crate::call::{Call, Origin};

/// Shared by all registries of the process, so that order across registries can be asserted.
static SEQUENCE: AtomicU64 = AtomicU64::new(1);
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its place among all requests to all registries of this process.
    pub sequence: u64,
    /// The name of the registry.
    pub registry: String,
    /// Which of the registry's listeners it came to.
    pub origin: Origin,
    /// The connection it came on, counted from 1.
    pub connection: u64,
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query, as it was sent; empty without.
    pub query: String,
    /// The `Host` header or `:authority`.
    pub host: String,
    /// Who asked.
    pub authorization: Authorization,
    /// All request headers but `Authorization`.
    pub headers: HeaderMap,
    /// The status of the answer; `None` if none was given (yet).
    pub status: Option<u16>,
    /// Bytes of the request's body that arrived.
    pub request_bytes: u64,
    /// Bytes of the answer's body that were sent.
    pub response_bytes: u64,
    /// When it arrived, since the first request of the process.
    pub when: Duration,
    /// When it was over, on the same clock.
    pub ended: Option<Duration>,
}

impl Exchange {
    /// A request header as text; empty without.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Path and query.
    pub fn target(&self) -> String {
        match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or("---".to_owned(), |s| s.to_string());
        write!(
            formatter,
            "{:>5} {:>9.3}s {}#{} {} {:<5} {}  {} in, {} out, {}",
            self.sequence,
            self.when.as_secs_f64(),
            self.registry,
            self.connection,
            status,
            self.method.as_str(),
            self.target(),
            self.request_bytes,
            self.response_bytes,
            self.authorization,
        )
    }
}

/// An exchange that may still be going on.
pub(crate) struct Row {
    start: Exchange,
    status: OnceLock<u16>,
    ended: OnceLock<Duration>,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
}

impl Row {
    pub(crate) fn answered(&self, status: u16) {
        let _ = self.status.set(status);
    }

    fn snapshot(&self) -> Exchange {
        Exchange {
            status: self.status.get().copied(),
            ended: self.ended.get().copied(),
            request_bytes: self.received.load(Ordering::Relaxed),
            response_bytes: self.sent.load(Ordering::Relaxed),
            ..self.start.clone()
        }
    }
}

/// Ends its row when the last part of the exchange is dropped.
pub(crate) struct Ongoing(pub(crate) Arc<Row>);

impl Drop for Ongoing {
    fn drop(&mut self) {
        let _ = self.0.ended.set(EPOCH.elapsed());
    }
}

/// Every request that came, in order.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Vec<Arc<Row>>>);

impl Journal {
    pub(crate) fn open(&self, registry: &str, call: &Call) -> Arc<Row> {
        let mut rows = self.0.lock().expect("no one panics with the lock");
        let row = Arc::new(Row {
            start: Exchange {
                sequence: SEQUENCE.fetch_add(1, Ordering::SeqCst),
                registry: registry.to_owned(),
                origin: call.peer.origin,
                connection: call.peer.connection,
                method: call.method.clone(),
                path: call.path.clone(),
                query: call.query.clone(),
                host: call.host.clone(),
                authorization: call.authorization.clone(),
                headers: call.headers_without_secrets(),
                status: None,
                request_bytes: 0,
                response_bytes: 0,
                when: EPOCH.elapsed(),
                ended: None,
            },
            status: OnceLock::new(),
            ended: OnceLock::new(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        });
        rows.push(row.clone());
        row
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let rows = self.0.lock().expect("no one panics with the lock");
        rows.iter().map(|row| row.snapshot()).collect()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().expect("no one panics with the lock").clear();
    }
}
