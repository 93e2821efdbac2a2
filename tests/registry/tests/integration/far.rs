use std::time::{Duration, Instant};

use test_registry::{Link, Registry, Relay};

use crate::client::{Client, plain};

async fn timed(client: &Client, path: &str) -> Duration {
    let start = Instant::now();
    assert_eq!(client.get(path).await.status, 200);
    start.elapsed()
}

#[tokio::test]
async fn a_relay_makes_a_registry_far_away() {
    let registry = Registry::start();
    let link = Link::new().latency(Duration::from_millis(25));
    let relay = Relay::start(registry.address(), link);
    let client = Client::at(&format!("http://{}", relay.host()), plain());
    timed(&client, "/v2/").await;
    let round_trip = timed(&client, "/v2/").await;
    assert!(round_trip >= Duration::from_millis(50), "{round_trip:?}");
    assert!(round_trip < Duration::from_millis(500), "{round_trip:?}");
}

#[tokio::test]
async fn a_far_registry_still_sends_much_at_once() {
    let registry = Registry::start();
    let digest = registry.put_synthetic("o/n", 1, 5_000_000);
    let link = Link::new().latency(Duration::from_millis(25));
    let relay = Relay::start(registry.address(), link);
    let client = Client::at(&format!("http://{}", relay.host()), plain());
    let took = timed(&client, &format!("/v2/o/n/blobs/{digest}")).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_way_and_a_registry_can_be_narrow() {
    let wide = Registry::start();
    let narrow = Registry::builder().rate(1_000_000).start();
    let link = Link::new().rate(1_000_000);
    let relay = Relay::start(wide.address(), link);
    for (registry, address) in [(&wide, relay.address()), (&narrow, narrow.address())] {
        let digest = registry.put_synthetic("o/n", 1, 300_000);
        let client = Client::at(&format!("http://{address}"), plain());
        let took = timed(&client, &format!("/v2/o/n/blobs/{digest}")).await;
        assert!(took >= Duration::from_millis(250), "{took:?}");
    }
}

#[tokio::test]
async fn a_registry_can_think_before_each_answer() {
    let latency = Duration::from_millis(40);
    let registry = Registry::builder().latency(latency).start();
    assert!(timed(&Client::of(&registry), "/v2/").await >= latency);
}
