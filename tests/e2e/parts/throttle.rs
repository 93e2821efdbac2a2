//! A slow line: carries connections to a registry, and only so many bytes a second towards it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use super::docker::gateway;
use super::registry::RealRegistry;

const SLICE: usize = 8 * 1024;

pub(crate) struct Throttle {
    port: u16,
    carried: Arc<AtomicU64>,
}

impl Throttle {
    /// Lives as long as the test's process; each connection has this pace for itself.
    pub(crate) fn before(registry: &RealRegistry, bytes_a_second: u32) -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (carried, target) = (Arc::<AtomicU64>::default(), registry.port());
        let counter = Arc::clone(&carried);
        let pause = Duration::from_secs_f64(
            f64::from(u32::try_from(SLICE).unwrap()) / f64::from(bytes_a_second),
        );
        spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else {
                    continue;
                };
                let (client_again, server_again) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                let counter = Arc::clone(&counter);
                spawn(move || carry(client, server, pause, &counter));
                spawn(move || {
                    carry(
                        server_again,
                        client_again,
                        Duration::ZERO,
                        &AtomicU64::new(0),
                    );
                });
            }
        });
        Self { port, carried }
    }

    pub(crate) fn host(&self) -> String {
        format!("{}:{}", gateway(), self.port)
    }

    #[track_caller]
    pub(crate) fn wait_until_carried(&self, bytes: u64, limit: Duration) {
        let deadline = Instant::now() + limit;
        while self.carried.load(Ordering::Relaxed) < bytes {
            assert!(
                Instant::now() < deadline,
                "only {} bytes were carried",
                self.carried.load(Ordering::Relaxed)
            );
            sleep(Duration::from_millis(20));
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, pause: Duration, carried: &AtomicU64) {
    let mut slice = [0; SLICE];
    while let Ok(length @ 1..) = from.read(&mut slice) {
        sleep(pause);
        if to.write_all(&slice[..length]).is_err() {
            break;
        }
        carried.fetch_add(length as u64, Ordering::Relaxed);
    }
    let _ = to.shutdown(Shutdown::Write);
}
