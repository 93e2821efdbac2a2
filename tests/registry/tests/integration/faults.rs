use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use test_registry::image::Image;
use test_registry::{Digest, Registry};

use crate::client::{Client, closing, stands_still, try_send};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = r#"{"schemaVersion":2,"layers":[]}"#;
const TAG: &str = "/v2/o/n/manifests/v1";

/// A registry with one blob of a thousand bytes, and where it is.
fn with_blob() -> (Registry, Client, String) {
    let registry = Registry::start();
    let digest = registry.put_synthetic("o/n", 1, 1_000);
    let client = Client::of(&registry);
    (registry, client, format!("/v2/o/n/blobs/{digest}"))
}

#[tokio::test]
async fn the_second_put_is_throttled() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let rule = registry.on(Method::PUT, "/manifests/").nth(2);
    rule.clone().status(429).retry_after(1);
    let mut statuses = Vec::new();
    for tag in ["a", "b", "c"] {
        let target = format!("/v2/o/n/manifests/{tag}");
        let answer = client.put_manifest(&target, OCI, EMPTY).await;
        statuses.push((answer.status, answer.header("retry-after")));
    }
    assert_eq!(
        statuses,
        [(201, None), (429, Some("1".to_owned())), (201, None)]
    );
    assert_eq!(registry.tags("o/n").len(), 2);
    assert_eq!((rule.seen(), rule.struck()), (3, 1));
}

#[tokio::test]
async fn rules_count_for_themselves_and_the_oldest_wins() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    registry.on_any("/v2/").nth(2).times(2).status(500);
    registry.on(Method::GET, "/v2/").from(3).status(503);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(client.get("/v2/").await.status);
    }
    assert_eq!(statuses, [200, 500, 500, 503, 503]);
    registry.clear_rules();
    assert_eq!(client.get("/v2/").await.status, 200);
}

#[tokio::test]
async fn a_rule_looks_at_query_and_host() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    registry
        .on(Method::POST, "/uploads/")
        .query("mount=")
        .status(502);
    registry.on_any("/v2/").host("elsewhere").status(500);
    assert_eq!(
        client.post("/v2/o/n/blobs/uploads/?mount=x").await.status,
        502
    );
    assert_eq!(client.post("/v2/o/n/blobs/uploads/").await.status, 202);
}

#[tokio::test]
async fn bodies_and_headers_are_replaced() {
    let (registry, client, path) = with_blob();
    registry
        .on(Method::GET, "/v2/")
        .nth(1)
        .status(502)
        .body("<html>bad</html>");
    let rule = registry.on(Method::GET, "/blobs/");
    rule.header("docker-content-digest", "sha256:lie")
        .without_header("content-type");
    let html = client.get("/v2/").await;
    assert_eq!(html.header("content-type").unwrap(), "text/html");
    assert_eq!(&html.bytes()[..], b"<html>bad</html>");
    let lie = client.get(&path).await;
    assert_eq!((lie.status, lie.bytes().len()), (200, 1_000));
    assert_eq!(lie.header("docker-content-digest").unwrap(), "sha256:lie");
    assert_eq!(lie.header("content-type"), None);
}

#[tokio::test]
async fn a_401_comes_with_the_challenge() {
    let registry = Registry::builder().basic("bot", "secret").start();
    registry.on(Method::GET, TAG).status(401);
    let answer = Client::of(&registry).get(TAG).await;
    assert!(answer.header("www-authenticate").is_some());
}

#[tokio::test]
async fn an_answer_breaks_off() {
    let (registry, client, path) = with_blob();
    registry.on(Method::GET, "/blobs/").nth(1).cut_body_at(400);
    let mut broken = client.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(broken.content_length(), Some(1_000));
    let mut got = 0;
    let end = loop {
        match broken.chunk().await {
            Ok(Some(piece)) => got += piece.len(),
            end => break end,
        }
    };
    assert_eq!(got, 400);
    assert!(end.is_err());
    assert_eq!(client.get(&path).await.bytes().len(), 1_000);
}

#[tokio::test]
async fn an_answer_stands_still() {
    let (registry, client, path) = with_blob();
    registry.on(Method::GET, "/blobs/").stall();
    let mut answer = client.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap().len(), 500);
    assert!(stands_still(answer.chunk()).await);
}

#[tokio::test]
async fn an_answer_without_a_body_that_stands_still_never_comes() {
    let (registry, client, path) = with_blob();
    registry.on(Method::HEAD, "/blobs/").stall();
    assert!(stands_still(client.head(&path)).await);
}

#[tokio::test]
async fn an_answer_is_spoilt() {
    let (registry, client, path) = with_blob();
    registry.on(Method::GET, "/blobs/").nth(1).corrupt_body();
    let spoilt = client.get(&path).await;
    let whole = client.get(&path).await;
    let pairs = spoilt.bytes().iter().zip(whole.bytes());
    assert_eq!(pairs.filter(|(a, b)| a != b).count(), 1);
}

#[tokio::test]
async fn an_answer_is_slow_or_late() {
    let (registry, client, path) = with_blob();
    registry.on(Method::GET, "/blobs/").nth(1).slow(5_000);
    let delay = Duration::from_millis(150);
    registry.on(Method::GET, "/blobs/").nth(2).delay(delay);
    for _ in ["slow", "late"] {
        let start = Instant::now();
        client.get(&path).await;
        assert!(start.elapsed() >= delay);
    }
}

#[tokio::test]
async fn a_connection_is_closed_without_an_answer() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    registry.on(Method::PUT, TAG).nth(1).close();
    let request = client.request(Method::PUT, TAG).body(EMPTY);
    assert!(try_send(request.header("content-type", OCI)).await.is_err());
    assert_eq!(registry.tag("o/n", "v1"), None);
    assert_eq!(registry.journal()[0].status, None);
}

#[tokio::test]
async fn a_write_lands_though_the_answer_is_lost() {
    let lost: [fn(&Registry); 3] = [
        |it| drop(it.on(Method::PUT, TAG).apply_then_close()),
        |it| drop(it.on(Method::PUT, TAG).apply_then_status(500)),
        |it| drop(it.on(Method::PUT, TAG).apply_then_hang()),
    ];
    for lose in lost {
        let registry = Registry::start();
        lose(&registry);
        let client = Client::of(&registry);
        let request = client.request(Method::PUT, TAG).body(EMPTY);
        let request = try_send(request.header("content-type", OCI));
        let patience = Duration::from_millis(300);
        let answer = tokio::time::timeout(patience, request).await;
        let status = answer.ok().and_then(Result::ok).map(|answer| answer.status);
        assert!(matches!(status, None | Some(500)));
        assert!(registry.tag("o/n", "v1").is_some());
    }
}

#[tokio::test]
async fn an_upload_breaks_off_or_stands_still() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    registry
        .on(Method::PUT, "/uploads/")
        .nth(1)
        .cut_request_at(2);
    registry
        .on(Method::PUT, "/uploads/")
        .nth(2)
        .stall_request_at(2);
    let target = closing(&client.open("o/n").await, &Digest::of(b"hello"));
    let put = || client.request(Method::PUT, &target).body("hello").send();
    assert!(put().await.is_err());
    let target = closing(&client.open("o/n").await, &Digest::of(b"hello"));
    let put = || client.request(Method::PUT, &target).body("hello").send();
    assert!(stands_still(put()).await);
    let puts = registry
        .journal()
        .into_iter()
        .filter(|it| it.method == Method::PUT);
    let received: Vec<_> = puts.map(|it| it.request_bytes).collect();
    assert_eq!(received, [2, 2]);
    assert!(registry.blobs("o/n").is_empty());
}

#[tokio::test]
async fn an_upload_is_taken_slowly() {
    let registry = Registry::start();
    registry.on(Method::PUT, "/uploads/").slow_request(50);
    let start = Instant::now();
    let answer = Client::of(&registry).upload("o/n", b"hello world").await;
    assert_eq!(answer.status, 201);
    assert!(start.elapsed() > Duration::from_millis(200));
}

#[tokio::test]
async fn an_answer_comes_before_the_body_was_read() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    registry.on(Method::PUT, "/uploads/").status(413).unread();
    let target = closing(&client.open("o/n").await, &Digest::of(b"hello"));
    assert_eq!(client.put(&target, "hello").await.status, 413);
    let journal = registry.journal();
    assert_eq!(journal[1].request_bytes, 0);
}

#[tokio::test]
async fn a_hook_runs_when_a_request_arrives() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    Image::new().push(&registry, "o/n", "v1");
    let runs = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&runs);
    let count = move || counter.store(1, Ordering::SeqCst);
    registry.on_any("/").nth(2).run(count).hang();
    assert_eq!(client.get(TAG).await.status, 200);
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    assert!(stands_still(client.get(TAG)).await);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_rule_that_only_counts_hides_no_other() {
    let registry = Registry::start();
    let runs = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&runs);
    let counting = registry.on_any("/v2/");
    registry.on_any("/v2/").status(500);
    registry
        .on_any("/v2/")
        .status(503)
        .run(move || counter.store(1, Ordering::SeqCst));
    assert_eq!(Client::of(&registry).get("/v2/").await.status, 500);
    assert_eq!((counting.seen(), runs.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_registry_freezes_and_thaws() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    registry.freeze_after(1);
    assert_eq!(client.get("/v2/").await.status, 200);
    assert!(stands_still(client.get("/v2/")).await);
    registry.thaw();
    assert_eq!(client.get("/v2/").await.status, 200);
}

#[tokio::test]
async fn a_registry_stops() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    assert_eq!(client.get("/v2/").await.status, 200);
    registry.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(client.request(Method::GET, "/v2/").send().await.is_err());
}
