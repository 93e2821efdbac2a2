use test_registry::{Full, Immutable, Registry};

use crate::client::Client;

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = r#"{"schemaVersion":2,"layers":[]}"#;

#[tokio::test]
async fn a_tag_can_be_immutable() {
    for (immutable, status, code) in [
        (Immutable::DockerHub, 403, "DENIED"),
        (Immutable::Ecr, 400, "TAG_INVALID"),
        (Immutable::Harbor, 412, "PRECONDITION"),
    ] {
        let registry = Registry::builder().immutable_tags(immutable).start();
        let client = Client::of(&registry);
        let put = || client.put_manifest("/v2/o/n/manifests/v1", OCI, EMPTY);
        assert_eq!(put().await.status, 201);
        let again = put().await;
        assert_eq!((again.status, again.code().as_str()), (status, code));
    }
}

#[tokio::test]
async fn immutable_tags_are_left_out_of_many() {
    let registry = Registry::builder().immutable_tags(Immutable::Ecr).start();
    let client = Client::of(&registry);
    client.put_manifest("/v2/o/n/manifests/a", OCI, EMPTY).await;
    let digest = registry.tag("o/n", "a").unwrap();
    let target = format!("/v2/o/n/manifests/{digest}?tag=a&tag=b");
    let answer = client.put_manifest(&target, OCI, EMPTY).await;
    assert_eq!(answer.header("oci-tag").unwrap(), "b");
}

#[tokio::test]
async fn a_quota_can_be_used_up() {
    for (full, status) in [
        (Full::Harbor, 403),
        (Full::TooLarge, 413),
        (Full::DiskFull, 500),
        (Full::InsufficientStorage, 507),
    ] {
        let registry = Registry::builder().quota(8, full).start();
        let client = Client::of(&registry);
        assert_eq!(client.upload("o/n", b"hello").await.status, 201);
        assert_eq!(client.upload("o/n", b"world").await.status, status);
        assert_eq!(registry.blobs("o/n").len(), 1);
    }
}

#[tokio::test]
async fn a_request_can_be_too_large() {
    let registry = Registry::builder().request_limit(4).start();
    let client = Client::of(&registry);
    assert_eq!(client.upload("o/n", b"hello").await.status, 413);
    assert_eq!(client.upload("o/n", b"hell").await.status, 201);
}

#[tokio::test]
async fn limits_and_warnings_come_with_every_answer() {
    let registry = Registry::builder()
        .rate_limit(100, 7)
        .warning("old")
        .start();
    let answer = Client::of(&registry).get("/v2/").await;
    assert_eq!(answer.header("ratelimit-limit").unwrap(), "100;w=21600");
    assert_eq!(answer.header("ratelimit-remaining").unwrap(), "7;w=21600");
    assert_eq!(answer.header("warning").unwrap(), "299 - \"old\"");
}
