use std::time::Instant;

use reqwest::Method;
use test_registry::{Content, Digest, Registry, Synthetic};

use crate::client::{Client, closing, send};

#[tokio::test]
async fn a_synthetic_blob_is_the_same_in_pieces_and_parts() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let size = 300_001;
    let whole = Synthetic::new(5, size).bytes();
    let digest = registry.put_synthetic("o/n", 5, size);
    assert_eq!(digest, Digest::of(&whole));
    let path = format!("/v2/o/n/blobs/{digest}");
    assert_eq!(client.get(&path).await.bytes(), &whole);
    let request = client.request(Method::GET, &path);
    let part = send(request.header("range", "bytes=65530-200000")).await;
    assert_eq!(part.bytes()[..], whole[65_530..=200_000]);
}

#[tokio::test]
async fn uploaded_bytes_can_be_thrown_away() {
    let registry = Registry::builder().keep_blobs(false).start();
    let client = Client::of(&registry);
    let content = Synthetic::new(3, 20_000_000).bytes();
    let digest = Digest::of(&content);
    let target = closing(&client.open("o/n").await, &digest);
    assert_eq!(client.put(&target, content).await.status, 201);
    let held = registry.blob("o/n", &digest).unwrap();
    assert!(matches!(held, Content::Discarded(20_000_000)));
    let path = format!("/v2/o/n/blobs/{digest}");
    let answer = client.head(&path).await;
    assert_eq!(answer.header("content-length").unwrap(), "20000000");
    assert_eq!(client.get(&path).await.status, 500);
}

#[tokio::test]
#[ignore = "moves four gigabytes; run by hand"]
async fn two_gigabytes_go_through_without_being_held() {
    let size = 2 << 30;
    let source = Registry::start();
    let target = Registry::builder().keep_blobs(false).start();
    let started = Instant::now();
    let digest = source.put_synthetic("o/n", 1, size);
    eprintln!("made in {:?}", started.elapsed());
    let started = Instant::now();
    let client = Client::of(&source);
    let request = client.request(Method::GET, &format!("/v2/o/n/blobs/{digest}"));
    let body = reqwest::Body::wrap_stream(request.send().await.unwrap().bytes_stream());
    let client = Client::of(&target);
    let location = client.open("o/n").await;
    let answer = client.put(&closing(&location, &digest), body).await;
    eprintln!("moved in {:?}", started.elapsed());
    assert_eq!(answer.status, 201);
    assert_eq!(target.blob("o/n", &digest).unwrap().len(), size);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: u64 = peak
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    assert!(peak < 100_000, "{peak} kB");
}
