use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::link::{Link, Way};
use crate::runtime::RUNTIME;

/// A TCP relay on loopback: the target, as far away as the link says.
pub struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts relaying to this address.
    pub fn start(target: SocketAddr, link: Link) -> Self {
        let way = Way::new(link);
        let (address, task) = serve(move |client| {
            let way = way.clone();
            async move {
                way.handshake().await;
                if let Ok(server) = TcpStream::connect(target).await {
                    way.join(client, server).await;
                }
            }
        });
        Self { address, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens on loopback, and does this with every connection until the task is aborted.
pub(crate) fn serve<F>(
    converse: impl Fn(TcpStream) -> F + Send + 'static,
) -> (SocketAddr, JoinHandle<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.set_nonblocking(true).expect("a socket can be so");
    let address = socket.local_addr().expect("a bound socket has an address");
    let task = RUNTIME.spawn(async move {
        let listener = TcpListener::from_std(socket).expect("the runtime takes the socket");
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(converse(stream));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    });
    (address, task)
}
