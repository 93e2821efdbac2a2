use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::Method;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::builder::Builder;
use crate::call::Origin;
use crate::listener::Listener;
use crate::rule::Rule;
use crate::server::Server;

/// A container registry on loopback; it stops when the last clone is dropped.
#[derive(Clone)]
pub struct Registry(Arc<Doors>);

struct Doors {
    server: Arc<Server>,
    address: SocketAddr,
    storage: Option<SocketAddr>,
    listeners: Vec<JoinHandle<()>>,
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.listeners.iter().for_each(JoinHandle::abort);
    }
}

impl Registry {
    /// Starts a correct, open registry on plain HTTP.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Says how the registry shall behave.
    pub fn builder<'a>() -> Builder<'a> {
        Builder::default()
    }

    pub(crate) fn open(server: Server, tls: Option<&TlsAcceptor>) -> Self {
        let server = Arc::new(server);
        let listen = |origin| {
            let listener = Listener {
                server: server.clone(),
                origin,
                tls: tls.cloned(),
            };
            listener.open()
        };
        let (address, registry) = listen(Origin::Registry);
        let storage = server.settings.needs_storage();
        let storage = storage.then(|| listen(Origin::Storage));
        let (storage, second) = storage.unzip();
        if let Some(storage) = storage {
            let _ = server.storage.set(storage);
        }
        Self(Arc::new(Doors {
            address,
            storage,
            listeners: std::iter::once(registry).chain(second).collect(),
            server,
        }))
    }

    pub(crate) fn server(&self) -> &Server {
        &self.0.server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// `127.0.0.1:PORT`, as the host of image references.
    pub fn host(&self) -> String {
        self.0.address.to_string()
    }

    /// Where its second origin listens, if it was asked for one.
    pub fn storage_address(&self) -> Option<SocketAddr> {
        self.0.storage
    }

    /// Closes all connections and takes no more.
    pub fn stop(&self) {
        self.0.listeners.iter().for_each(JoinHandle::abort);
    }

    /// Makes a rule for requests of this method whose path contains `path`.
    pub fn on(&self, method: Method, path: &str) -> Rule {
        self.add(Rule::new(Some(method), path))
    }

    /// Makes a rule for requests of any method whose path contains `path`.
    pub fn on_any(&self, path: &str) -> Rule {
        self.add(Rule::new(None, path))
    }

    fn add(&self, rule: Rule) -> Rule {
        self.server().rules.add(rule.clone());
        rule
    }

    /// Forgets all rules.
    pub fn clear_rules(&self) {
        self.server().rules.clear();
    }

    /// Answers `n` more requests, and after that none.
    pub fn freeze_after(&self, n: u64) {
        let arrived = self.server().arrived.load(Ordering::SeqCst);
        self.server()
            .last_answered
            .store(arrived + n, Ordering::SeqCst);
    }

    /// Answers new requests again after [`Registry::freeze_after`].
    pub fn thaw(&self) {
        let forever = u64::MAX;
        self.server().last_answered.store(forever, Ordering::SeqCst);
    }

    /// Every token given so far, to look for in logs.
    pub fn tokens(&self) -> Vec<String> {
        self.server().gate.tokens()
    }

    /// Makes all tokens given so far worthless.
    pub fn revoke_tokens(&self) {
        self.server().gate.revoke();
    }
}
