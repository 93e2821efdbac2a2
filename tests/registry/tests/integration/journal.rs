use reqwest::Method;
use test_registry::Registry;
use test_registry::image::Image;

use crate::client::{Client, send};

#[tokio::test]
async fn order_is_known_across_registries() {
    let registries = [Registry::start(), Registry::start()];
    for registry in [0, 1, 0] {
        Client::of(&registries[registry]).get("/v2/").await;
    }
    let hosts: Vec<_> = Registry::journals(&registries)
        .into_iter()
        .map(|it| it.host)
        .collect();
    let [first, second] = registries.each_ref().map(Registry::host);
    assert_eq!(hosts, [first.clone(), second, first]);
}

#[tokio::test]
async fn a_line_says_all_about_a_request() {
    let registry = Registry::builder().name("hub").start();
    let client = Client::of(&registry);
    Image::new().push(&registry, "o/n", "v1");
    let request = client.request(Method::GET, "/v2/o/n/manifests/v1?x=1");
    let answer = send(
        request
            .header("user-agent", "truxe")
            .header("accept", "a/b"),
    )
    .await;
    let line = registry.journal().remove(0);
    assert_eq!((line.registry.as_str(), line.connection), ("hub", 1));
    assert_eq!(
        (line.path.as_str(), line.query.as_str()),
        ("/v2/o/n/manifests/v1", "x=1")
    );
    assert_eq!(
        (line.host.clone(), line.status),
        (registry.host(), Some(200))
    );
    assert_eq!(
        (line.header("user-agent"), line.header("accept")),
        ("truxe", "a/b")
    );
    assert_eq!(line.response_bytes, answer.bytes().len() as u64);
    let text = registry.transcript();
    assert!(
        text.contains("hub#1 200 GET   /v2/o/n/manifests/v1?x=1"),
        "{text}"
    );
}

#[tokio::test]
async fn requests_are_counted_by_what_they_are() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = registry.put_blob("o/n", bytes::Bytes::from("hello"));
    let path = format!("/v2/o/n/blobs/{digest}");
    client.head(&path).await;
    client.get(&path).await;
    client.upload("o/n", b"world").await;
    assert_eq!(registry.requests(), 4);
    assert_eq!(registry.count(Method::GET, "/blobs/"), 1);
    assert_eq!(registry.count(Method::PUT, "digest="), 1);
    assert_eq!(registry.blob_reads(&digest), 1);
    let uploaded: u64 = registry.journal().iter().map(|it| it.request_bytes).sum();
    assert_eq!(uploaded, 5);
    assert_eq!(registry.connections(), 1);
    registry.clear_journal();
    assert_eq!(registry.requests(), 0);
}
