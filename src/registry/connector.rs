use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::readahead::Readahead;
use super::way::Way;
use super::{Error, Kind, Policy};

/// What is read at once, from the kernel and out of TLS: four of its largest records.
pub(super) const READ_AT_ONCE: usize = 64 * 1024;

const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Bytes in both directions, whatever carries them.
pub(super) type Stream = Box<dyn Duplex>;

/// What a connection can be built on.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// Makes connections: TCP, through the environment's proxy where it names one, and TLS.
#[derive(Clone)]
pub(super) struct Connector {
    hop: Hop,
    proxies: Arc<Matcher>,
    limit: Duration,
}

impl Connector {
    /// An error if the system's certificates can't be read.
    pub(super) fn new(policy: &Policy) -> Result<Self, Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        Ok(Self {
            hop: Hop {
                tcp,
                tls: TlsConnector::from(Arc::new(tls()?)),
            },
            proxies: Arc::new(Matcher::from_env()),
            limit: policy.connect,
        })
    }

    /// The proxy that a request to this address passes without a tunnel, and must name itself to.
    pub(super) fn forwarding(&self, uri: &Uri) -> Option<Intercept> {
        let plain = uri.scheme() == Some(&Scheme::HTTP);
        self.proxies.intercept(uri).filter(|_| plain)
    }

    async fn connect(mut self, uri: Uri) -> Result<Way, Failure> {
        let Some(proxy) = self.proxies.intercept(&uri) else {
            let stream = self.hop.call(uri).await?;
            return Ok(Way::direct(stream.into_inner()));
        };
        if uri.scheme() == Some(&Scheme::HTTP) {
            let stream = self.hop.call(proxy.uri().clone()).await?;
            return Ok(Way::forwarded(stream.into_inner()));
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.hop.clone());
        if let Some(login) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(login.clone());
        }
        let tunnelled = tunnel.call(uri.clone()).await?;
        let stream = self.hop.secure(&uri, tunnelled.into_inner()).await?;
        Ok(Way::direct(stream))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Way>;
    type Error = Failure;
    type Future = Connecting<TokioIo<Way>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (limit, connecting) = (self.limit, self.clone().connect(uri));
        Box::pin(async move {
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
            let way = timeout(limit, connecting).await.map_err(late)??;
            Ok(TokioIo::new(way))
        })
    }
}

/// One hop: to the registry itself, or to a proxy.
#[derive(Clone)]
struct Hop {
    tcp: HttpConnector,
    tls: TlsConnector,
}

impl Hop {
    async fn secure(&self, uri: &Uri, stream: Stream) -> io::Result<Stream> {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let secured = self.tls.connect(name, Readahead::new(stream)).await?;
        Ok(Box::new(secured))
    }
}

impl Service<Uri> for Hop {
    type Response = TokioIo<Stream>;
    type Error = Failure;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(ready!(self.tcp.poll_ready(context)).map_err(Into::into))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (mut hop, secure) = (self.clone(), uri.scheme() == Some(&Scheme::HTTPS));
        Box::pin(async move {
            let stream: Stream = Box::new(hop.tcp.call(uri.clone()).await?.into_inner());
            let stream = if secure {
                hop.secure(&uri, stream).await?
            } else {
                stream
            };
            Ok(TokioIo::new(stream))
        })
    }
}

/// TLS that trusts whom the system trusts, or whom `SSL_CERT_FILE` names.
fn tls() -> Result<ClientConfig, Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(ToString::to_string);
        let why = why.unwrap_or_else(|| "there are none".to_owned());
        let message = format!("the system's certificates can't be read: {why}");
        return Err(Error::new(Kind::Certificate, message));
    }
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
