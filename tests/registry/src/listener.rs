use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::call::{Origin, Peer};
use crate::relay::serve;
use crate::server::Server;

/// A door to a registry.
pub(crate) struct Listener {
    pub(crate) server: Arc<Server>,
    pub(crate) origin: Origin,
    pub(crate) tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Opens it; aborting the task closes it and all connections.
    pub(crate) fn open(self) -> (SocketAddr, JoinHandle<()>) {
        let this = Arc::new(self);
        serve(move |stream| this.clone().converse(stream))
    }

    async fn converse(self: Arc<Self>, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let peer = Peer {
            origin: self.origin,
            connection: self.server.connections.fetch_add(1, Ordering::SeqCst) + 1,
            encrypted: self.tls.is_some(),
        };
        match &self.tls {
            None => self.serve(peer, stream).await,
            Some(tls) => {
                if let Ok(stream) = tls.accept(stream).await {
                    self.server.handshakes.fetch_add(1, Ordering::SeqCst);
                    self.serve(peer, stream).await;
                }
            }
        }
    }

    async fn serve(
        &self,
        peer: Peer,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) {
        let server = self.server.clone();
        let service = service_fn(move |request| {
            let server = server.clone();
            async move { server.respond(peer, request).await }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        // An error here is a client that went away, or a fault that did as it was told.
        let _ = builder
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }
}
