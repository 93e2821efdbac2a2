use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::access::user_and_password;
use crate::link::{Link, Way};
use crate::relay::serve;

/// A CONNECT that came to the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// `host:port`.
    pub target: String,
    /// The user of `Proxy-Authorization`.
    pub user: Option<String>,
    /// What was answered.
    pub status: u16,
}

/// An HTTP proxy on loopback that leads the names it knows to loopback addresses, and knows no others.
pub struct Proxy {
    address: SocketAddr,
    journal: Arc<Mutex<Vec<Connect>>>,
    task: JoinHandle<()>,
}

/// A proxy to be.
#[derive(Default)]
#[must_use]
pub struct ProxyBuilder {
    targets: HashMap<String, SocketAddr>,
    password: Option<(String, String)>,
    link: Link,
}

impl ProxyBuilder {
    /// Leads `host:port` to this address.
    pub fn lead(mut self, name: &str, address: SocketAddr) -> Self {
        self.targets.insert(name.to_owned(), address);
        self
    }

    /// Asks for `Proxy-Authorization`.
    pub fn basic(mut self, user: &str, password: &str) -> Self {
        self.password = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Makes the way through it long and narrow.
    pub fn link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// Starts it.
    pub fn start(self) -> Proxy {
        let journal = Arc::new(Mutex::default());
        let desk = Arc::new(Desk {
            way: Way::new(self.link),
            targets: self.targets,
            password: self.password,
            journal: Arc::clone(&journal),
        });
        let (address, task) = serve(move |client| desk.clone().tunnel(client));
        Proxy {
            address,
            journal,
            task,
        }
    }
}

impl Proxy {
    /// Starts a proxy that leads these names there: `("ghcr.io:443", registry.address())`.
    pub fn start<'a>(targets: impl IntoIterator<Item = (&'a str, SocketAddr)>) -> Self {
        let lead = |proxy: ProxyBuilder, (name, address)| proxy.lead(name, address);
        let builder = Self::builder();
        targets.into_iter().fold(builder, lead).start()
    }

    /// Says how the proxy shall behave.
    pub fn builder() -> ProxyBuilder {
        ProxyBuilder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, for `HTTPS_PROXY`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every CONNECT, in order.
    pub fn journal(&self) -> Vec<Connect> {
        let journal = self.journal.lock();
        journal.expect("no one panics with the lock").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What all tunnels share.
struct Desk {
    way: Way,
    targets: HashMap<String, SocketAddr>,
    password: Option<(String, String)>,
    journal: Arc<Mutex<Vec<Connect>>>,
}

impl Desk {
    async fn tunnel(self: Arc<Self>, mut client: TcpStream) {
        let Some(head) = head(&mut client).await else {
            return;
        };
        self.way.handshake().await;
        let connect = self.judge(&head);
        let target = self.targets.get(&connect.target).copied();
        let status = connect.status;
        self.note(connect);
        let server = match (status, target) {
            (200, Some(target)) => TcpStream::connect(target).await.ok(),
            _ => None,
        };
        let answer = match (&server, status) {
            (Some(_), _) => "HTTP/1.1 200 Connection established\r\n\r\n",
            (None, 407) => {
                "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"test\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            }
            (None, _) => {
                "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            }
        };
        let written = client.write_all(answer.as_bytes()).await;
        if let (Ok(()), Some(server)) = (written, server) {
            self.way.join(client, server).await;
        }
    }

    fn note(&self, connect: Connect) {
        let mut journal = self.journal.lock().expect("no one panics with the lock");
        journal.push(connect);
    }

    fn judge(&self, head: &str) -> Connect {
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next(), words.next().unwrap_or_default());
        let sent = lines
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
            .and_then(|(_, value)| user_and_password(value));
        let known = method == Some("CONNECT") && self.targets.contains_key(target);
        let status = match (self.password.is_none() || self.password == sent, known) {
            (false, _) => 407,
            (true, false) => 502,
            (true, true) => 200,
        };
        Connect {
            target: target.to_owned(),
            user: sent.map(|(user, _)| user),
            status,
        }
    }
}

/// A request's head; the client sends nothing after it before it is answered.
async fn head(client: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 16 * 1024 {
            return None;
        }
        let read = client.read_buf(&mut head).await.ok()?;
        if read == 0 {
            return None;
        }
    }
    String::from_utf8(head).ok()
}
