use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::pace::Pace;

/// Pieces under way in one direction: a window wide enough for 200 MB/s over 100 ms.
const WINDOW: usize = 320;
const PIECE: usize = 64 * 1024;

/// How far and how wide a way is; by default neither is felt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    latency: Duration,
    rate: Option<u64>,
}

impl Link {
    /// A way without length and limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time each direction takes: half a round trip.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The bytes a second each direction takes, over all connections.
    #[must_use]
    pub fn rate(mut self, bytes_per_second: u64) -> Self {
        self.rate = Some(bytes_per_second);
        self
    }
}

/// A link with the bandwidth that all its connections share.
#[derive(Clone)]
pub(crate) struct Way {
    latency: Duration,
    out: Option<Arc<Pace>>,
    back: Option<Arc<Pace>>,
}

impl Way {
    pub(crate) fn new(link: Link) -> Self {
        let pace = || link.rate.map(|rate| Arc::new(Pace::new(rate)));
        Self {
            latency: link.latency,
            out: pace(),
            back: pace(),
        }
    }

    /// Carries bytes between two connections until both directions have ended.
    pub(crate) async fn join(&self, client: TcpStream, server: TcpStream) {
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        tokio::join!(
            carry(client_in, server_out, self.latency, self.out.clone()),
            carry(server_in, client_out, self.latency, self.back.clone()),
        );
    }

    /// What opening a connection at the other end takes: a round trip.
    pub(crate) async fn handshake(&self) {
        tokio::time::sleep(self.latency * 2).await;
    }
}

/// Carries one direction: bytes that came in together go out together, later.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    latency: Duration,
    pace: Option<Arc<Pace>>,
) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Bytes)>(WINDOW);
    let read = async move {
        loop {
            let mut piece = bytes::BytesMut::with_capacity(PIECE);
            let Ok(1..) = from.read_buf(&mut piece).await else {
                break;
            };
            let sent = match &pace {
                Some(pace) => pace.reserve(piece.len()),
                None => Instant::now(),
            };
            if sender.send((sent + latency, piece.freeze())).await.is_err() {
                break;
            }
        }
    };
    let write = async move {
        while let Some((due, piece)) = receiver.recv().await {
            sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(read, write);
}
