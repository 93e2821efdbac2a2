use reqwest::Method;
use test_registry::image::Image;
use test_registry::{Capability, Digest, Registry};

use crate::client::{Client, closing, send};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = r#"{"schemaVersion":2,"layers":[]}"#;

fn without(capability: Capability) -> (Registry, Client) {
    let registry = Registry::builder().without(capability).start();
    let client = Client::of(&registry);
    (registry, client)
}

#[tokio::test]
async fn without_referrers_there_is_no_api_and_no_confirmation() {
    let (registry, client) = without(Capability::Referrers);
    let subject = Image::new().push(&registry, "o/n", "v1");
    let referrer = Image::referrer(&subject, "a/b").push_untagged(&registry, "o/n");
    let text = String::from_utf8(referrer.root().bytes.to_vec()).unwrap();
    let answer = client.put_manifest("/v2/o/n/manifests/r", OCI, &text).await;
    assert_eq!((answer.status, answer.header("oci-subject")), (201, None));
    let listed = client
        .get(&format!("/v2/o/n/referrers/{}", subject.digest()))
        .await;
    assert_eq!(listed.status, 404);
}

#[tokio::test]
async fn a_false_confirmation_is_possible() {
    let builder = Registry::builder().without(Capability::Referrers);
    let registry = builder.claims_subject().start();
    let subject = Image::new().build();
    let referrer = Image::referrer(&subject, "a/b").push_untagged(&registry, "o/n");
    let text = String::from_utf8(referrer.root().bytes.to_vec()).unwrap();
    let client = Client::of(&registry);
    let answer = client.put_manifest("/v2/o/n/manifests/r", OCI, &text).await;
    assert!(answer.header("oci-subject").is_some());
}

#[tokio::test]
async fn without_the_filter_everything_is_listed() {
    let (registry, client) = without(Capability::ReferrersFilter);
    let subject = Image::new().push(&registry, "o/n", "v1");
    Image::referrer(&subject, "a/b").push_untagged(&registry, "o/n");
    let target = format!("/v2/o/n/referrers/{}?artifactType=c/d", subject.digest());
    let answer = client.get(&target).await;
    assert_eq!(answer.header("oci-filters-applied"), None);
    assert_eq!(answer.json()["manifests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_mount_there_is_a_session_instead() {
    let (registry, client) = without(Capability::Mount);
    let digest = registry.put_blob("o/n", bytes::Bytes::from("hello"));
    let target = format!("/v2/o/n/blobs/uploads/?mount={digest}&from=o/n");
    assert_eq!(client.post(&target).await.status, 202);
    assert_eq!(registry.open_uploads(), 1);
}

#[tokio::test]
async fn headers_can_be_missing() {
    let (_location, client) = without(Capability::Location);
    let answer = client
        .put_manifest("/v2/o/n/manifests/v1", OCI, EMPTY)
        .await;
    assert_eq!((answer.status, answer.header("location")), (201, None));
    let (_digest, client) = without(Capability::DigestHeader);
    let answer = client
        .put_manifest("/v2/o/n/manifests/v1", OCI, EMPTY)
        .await;
    assert_eq!(answer.header("docker-content-digest"), None);
    let answer = client.head("/v2/o/n/manifests/v1").await;
    assert_eq!(
        (answer.status, answer.header("docker-content-digest")),
        (200, None)
    );
}

#[tokio::test]
async fn without_the_tag_parameter_it_is_ignored() {
    let (registry, client) = without(Capability::TagParameter);
    let target = format!("/v2/o/n/manifests/{}?tag=a", Digest::of(EMPTY.as_bytes()));
    let answer = client.put_manifest(&target, OCI, EMPTY).await;
    assert_eq!((answer.status, answer.header("oci-tag")), (201, None));
    assert!(registry.tags("o/n").is_empty());
}

#[tokio::test]
async fn without_ranges_the_whole_blob_comes() {
    let (registry, client) = without(Capability::Range);
    let digest = registry.put_blob("o/n", bytes::Bytes::from("hello"));
    let request = client.request(Method::GET, &format!("/v2/o/n/blobs/{digest}"));
    let answer = send(request.header("range", "bytes=2-")).await;
    assert_eq!((answer.status, &answer.bytes()[..]), (200, &b"hello"[..]));
}

#[tokio::test]
async fn methods_can_be_unsupported() {
    let session = "/v2/o/n/blobs/uploads/0";
    for (capability, method, target) in [
        (
            Capability::HeadBlob,
            Method::HEAD,
            "/v2/o/n/blobs/sha256:DIGEST",
        ),
        (
            Capability::HeadManifest,
            Method::HEAD,
            "/v2/o/n/manifests/v1",
        ),
        (Capability::Chunks, Method::PATCH, session),
        (Capability::UploadStatus, Method::GET, session),
        (Capability::UploadCancel, Method::DELETE, session),
        (Capability::Delete, Method::DELETE, "/v2/o/n/manifests/v1"),
    ] {
        let (_registry, client) = without(capability);
        let target = target.replace("DIGEST", &"a".repeat(64));
        let status = send(client.request(method, &target)).await.status;
        assert_eq!(status, 405, "{capability:?}");
    }
}

#[tokio::test]
async fn without_the_single_post_there_is_a_session_instead() {
    let (registry, client) = without(Capability::SinglePost);
    let target = format!("/v2/o/n/blobs/uploads/?digest={}", Digest::of(b"hello"));
    let answer = send(client.request(Method::POST, &target).body("hello")).await;
    assert_eq!(answer.status, 202);
    assert!(registry.blobs("o/n").is_empty());
}

#[tokio::test]
async fn a_session_outlives_a_broken_request_unless_it_can_not() {
    for (capability, status) in [(Capability::Referrers, 204), (Capability::Resume, 404)] {
        let (registry, client) = without(capability);
        registry.on(Method::PUT, "/uploads/").cut_request_at(3);
        let location = client.open("o/n").await;
        let target = closing(&location, &Digest::of(b"hello"));
        let put = client.request(Method::PUT, &target).body("hello");
        assert!(put.send().await.is_err());
        let answer = client.get(&location).await;
        assert_eq!(answer.status, status);
        if status == 204 {
            assert_eq!(answer.header("range").unwrap(), "0-2");
        }
    }
}
