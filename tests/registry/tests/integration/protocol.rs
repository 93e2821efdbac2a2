use reqwest::Method;
use test_registry::{Digest, Registry};

use crate::client::{Client, closing, send};

#[tokio::test]
async fn a_blob_is_uploaded_by_post_and_put() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = Digest::of(b"hello");
    assert_eq!(client.upload("o/n", b"hello").await.status, 201);
    let held = registry.blob("o/n", &digest).unwrap();
    assert_eq!(&held.bytes().unwrap()[..], b"hello");
    assert_eq!(registry.open_uploads(), 0);
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    assert_eq!(client.upload("o/n", b"").await.status, 201);
    let path = format!("/v2/o/n/blobs/{}", Digest::of(b""));
    let answer = client.get(&path).await;
    assert_eq!((answer.status, answer.bytes().len()), (200, 0));
}

#[tokio::test]
async fn a_blob_is_uploaded_by_one_post() {
    let registry = Registry::start();
    let target = format!("/v2/o/n/blobs/uploads/?digest={}", Digest::of(b"hello"));
    let client = Client::of(&registry);
    let answer = send(client.request(Method::POST, &target).body("hello")).await;
    assert_eq!(answer.status, 201);
    assert!(registry.blob("o/n", &Digest::of(b"hello")).is_some());
}

#[tokio::test]
async fn a_blob_is_uploaded_in_chunks() {
    let registry = Registry::builder().chunk_minimum(3).start();
    let client = Client::of(&registry);
    let opened = client.post("/v2/o/n/blobs/uploads/").await;
    assert_eq!(opened.header("oci-chunk-min-length").unwrap(), "3");
    let first = client
        .patch(&opened.header("location").unwrap(), b"hel")
        .await;
    assert_eq!(
        (first.status, first.header("range").unwrap().as_str()),
        (202, "0-2")
    );
    let location = first.header("location").unwrap();
    let status = client.get(&location).await;
    assert_eq!(
        (status.status, status.header("range").unwrap().as_str()),
        (204, "0-2")
    );
    let last = client
        .put(&closing(&location, &Digest::of(b"hello")), "lo")
        .await;
    assert_eq!(last.status, 201);
    let held = registry.blob("o/n", &Digest::of(b"hello")).unwrap();
    assert_eq!(&held.bytes().unwrap()[..], b"hello");
}

#[tokio::test]
async fn a_chunk_out_of_order_is_refused() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let location = client.open("o/n").await;
    let request = client.request(Method::PATCH, &location).body("llo");
    let answer = send(request.header("content-range", "2-4")).await;
    assert_eq!(answer.status, 416);
}

#[tokio::test]
async fn an_old_location_is_refused() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let old = client.open("o/n").await;
    assert_eq!(client.patch(&old, b"hel").await.status, 202);
    let answer = client
        .put(&closing(&old, &Digest::of(b"hello")), "lo")
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "BLOB_UPLOAD_INVALID")
    );
}

#[tokio::test]
async fn other_bytes_than_the_digest_says_are_refused() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let location = client.open("o/n").await;
    let answer = client
        .put(&closing(&location, &Digest::of(b"hello")), "hullo")
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "DIGEST_INVALID")
    );
    assert!(registry.blobs("o/n").is_empty());
}

#[tokio::test]
async fn sha512_is_as_good() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = Digest::sha512(b"hello");
    let location = client.open("o/n").await;
    assert_eq!(
        client
            .put(&closing(&location, &digest), "hello")
            .await
            .status,
        201
    );
    let location = client.open("o/m").await;
    let chunk = client.patch(&location, b"hello").await;
    let location = chunk.header("location").unwrap();
    assert_eq!(
        client.put(&closing(&location, &digest), "").await.status,
        201
    );
    assert_eq!(registry.blobs("o/n"), registry.blobs("o/m"));
}

#[tokio::test]
async fn a_session_is_cancelled() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let location = client.open("o/n").await;
    assert_eq!(registry.open_uploads(), 1);
    assert_eq!(client.delete(&location).await.status, 204);
    assert_eq!(registry.open_uploads(), 0);
    assert_eq!(client.get(&location).await.code(), "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn a_blob_is_mounted_from_another_repository_and_from_its_own() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = registry.put_blob("o/a", bytes::Bytes::from("hello"));
    for (from, to) in [("o/a", "o/a"), ("o/a", "o/b")] {
        let target = format!("/v2/{to}/blobs/uploads/?mount={digest}&from={from}");
        assert_eq!(client.post(&target).await.status, 201);
        assert!(registry.blob(to, &digest).is_some());
    }
    let nowhere = format!("/v2/o/c/blobs/uploads/?mount={digest}&from=o/none");
    let answer = client.post(&nowhere).await;
    assert_eq!(answer.status, 202);
    assert!(answer.header("location").is_some());
}

#[tokio::test]
async fn a_part_of_a_blob_is_read() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = registry.put_blob("o/n", bytes::Bytes::from("0123456789"));
    let path = format!("/v2/o/n/blobs/{digest}");
    for (range, status, text) in [
        ("bytes=4-", 206, "456789"),
        ("bytes=2-3", 206, "23"),
        ("bytes=-2", 206, "89"),
        ("bytes=8-99", 206, "89"),
        ("lines=1-2", 200, "0123456789"),
    ] {
        let request = client.request(Method::GET, &path).header("range", range);
        let answer = send(request).await;
        assert_eq!(
            (answer.status, &answer.bytes()[..]),
            (status, text.as_bytes()),
            "{range}"
        );
    }
    let request = client
        .request(Method::GET, &path)
        .header("range", "bytes=10-");
    assert_eq!(send(request).await.status, 416);
}

#[tokio::test]
async fn tags_are_listed_page_by_page() {
    let registry = Registry::builder().tags_page(2).start();
    let client = Client::of(&registry);
    let digest = Digest::of(b"any");
    for tag in ["c", "a", "b"] {
        registry.set_tag("o/n", tag, &digest);
    }
    let first = client.get("/v2/o/n/tags/list").await;
    assert_eq!(first.json()["tags"], serde_json::json!(["a", "b"]));
    let link = first.header("link").unwrap();
    let next = link.split(['<', '>']).nth(1).unwrap();
    let second = client.get(next).await;
    assert_eq!(second.json()["tags"], serde_json::json!(["c"]));
    assert_eq!(second.header("link"), None);
    assert_eq!(
        client.get("/v2/o/none/tags/list").await.code(),
        "NAME_UNKNOWN"
    );
}

#[tokio::test]
async fn blobs_and_nonsense_are_told_apart() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = registry.put_blob("o/n", bytes::Bytes::from("hello"));
    let head = client.head(&format!("/v2/o/n/blobs/{digest}")).await;
    assert_eq!(
        (head.status, head.header("content-length").unwrap().as_str()),
        (200, "5")
    );
    assert_eq!(client.get("/v2/").await.status, 200);
    assert_eq!(
        client.get("/v2/o/n/blobs/sha256:ab").await.code(),
        "DIGEST_INVALID"
    );
    assert_eq!(client.get("/v2/O/N/tags/list").await.status, 404);
    assert_eq!(client.get("/elsewhere").await.status, 404);
    assert_eq!(
        client
            .delete(&format!("/v2/o/n/blobs/{digest}"))
            .await
            .status,
        202
    );
    assert_eq!(
        client.get(&format!("/v2/o/n/blobs/{digest}")).await.code(),
        "BLOB_UNKNOWN"
    );
}
