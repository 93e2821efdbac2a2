use test_registry::image::{Image, Index, Style};
use test_registry::{Digest, Registry};

use crate::client::{Client, send};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

fn empty() -> String {
    format!(r#"{{ "schemaVersion":2,"mediaType":"{OCI}","layers":[] }}"#)
}

#[tokio::test]
async fn a_manifest_is_kept_to_the_byte() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let answer = client
        .put_manifest("/v2/o/n/manifests/v1", OCI, &empty())
        .await;
    let digest = Digest::of(empty().as_bytes());
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.header("docker-content-digest").unwrap(),
        digest.as_str()
    );
    assert!(
        answer
            .header("location")
            .unwrap()
            .ends_with(digest.as_str())
    );
    for reference in ["v1", digest.as_str()] {
        let read = client.get(&format!("/v2/o/n/manifests/{reference}")).await;
        assert_eq!(&read.bytes()[..], empty().as_bytes());
        assert_eq!(read.header("content-type").unwrap(), OCI);
    }
    let head = client.head("/v2/o/n/manifests/v1").await;
    let length = head.header("content-length").unwrap();
    assert_eq!(length, empty().len().to_string());
    assert_eq!(registry.snapshot()["o/n:v1"], digest);
}

#[tokio::test]
async fn several_tags_are_set_at_once() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let digest = Digest::of(empty().as_bytes());
    let target = format!("/v2/o/n/manifests/{digest}?tag=a&tag=b");
    let answer = client.put_manifest(&target, OCI, &empty()).await;
    assert_eq!(answer.header("oci-tag").unwrap(), "a, b");
    assert_eq!(registry.tags("o/n").len(), 2);
}

#[tokio::test]
async fn too_many_tags_at_once_are_refused() {
    let registry = Registry::builder().tag_parameter_limit(1).start();
    let client = Client::of(&registry);
    let digest = Digest::of(empty().as_bytes());
    let target = format!("/v2/o/n/manifests/{digest}?tag=a&tag=b");
    assert_eq!(
        client.put_manifest(&target, OCI, &empty()).await.status,
        414
    );
    assert!(registry.tags("o/n").is_empty());
}

#[tokio::test]
async fn what_a_manifest_names_must_be_there() {
    let registry = Registry::start();
    let lenient = Registry::builder().lenient().start();
    let built = Index::of([Image::new().layers(1, 10)]).build();
    for manifest in &built.manifests {
        let text = String::from_utf8(manifest.bytes.to_vec()).unwrap();
        let media_type = &manifest.descriptor.media_type;
        let put = async |registry| {
            let client = Client::of(registry);
            client
                .put_manifest("/v2/o/n/manifests/v1", media_type, &text)
                .await
        };
        let refused = put(&registry).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "MANIFEST_BLOB_UNKNOWN")
        );
        assert_eq!(put(&lenient).await.status, 201);
    }
    assert!(registry.snapshot().is_empty());
}

#[tokio::test]
async fn every_kind_of_image_is_taken_from_its_maker() {
    let of = |image: Image| vec![Index::of([image])];
    let odd = Image::new().style(Style::Odd).layers(2, 10);
    let foreign = Image::new().layer(test_registry::image::Kind::Foreign, 5);
    let docker = vec![Index::of([Image::new().layers(1, 10)]).docker().attested()];
    let all = [
        of(odd),
        of(foreign),
        of(Image::new().sha512().layers(1, 9)),
        docker,
    ];
    for index in all.into_iter().flatten() {
        let registry = Registry::start();
        let client = Client::of(&registry);
        let built = index.build();
        for blob in &built.blobs {
            registry.put_blob_as("o/n", &blob.descriptor.digest, blob.content.clone());
        }
        for manifest in &built.manifests {
            let target = format!("/v2/o/n/manifests/{}", manifest.descriptor.digest);
            let text = String::from_utf8(manifest.bytes.to_vec()).unwrap();
            let media_type = &manifest.descriptor.media_type;
            let answer = client.put_manifest(&target, media_type, &text).await;
            assert_eq!(answer.status, 201, "{:?}", answer.body);
        }
        built.assert_in(&registry, "o/n");
    }
}

#[tokio::test]
async fn a_manifest_that_is_not_what_it_says_is_refused() {
    let registry = Registry::builder().manifest_limit(200).start();
    let client = Client::of(&registry);
    let put = async |reference: &str, media_type: &str, text: &str| {
        let target = format!("/v2/o/n/manifests/{reference}");
        client.put_manifest(&target, media_type, text).await
    };
    let other = Digest::of(b"other");
    assert_eq!(
        put("v1", "application/json", &empty()).await.code(),
        "MANIFEST_INVALID"
    );
    assert_eq!(put("v1", OCI, "{").await.code(), "MANIFEST_INVALID");
    assert_eq!(put(&other, OCI, &empty()).await.code(), "DIGEST_INVALID");
    assert_eq!(put("-v1", OCI, &empty()).await.code(), "TAG_INVALID");
    assert_eq!(put("v1", OCI, &" ".repeat(201)).await.status, 413);
}

#[tokio::test]
async fn tags_and_manifests_are_deleted() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let built = Image::new().push(&registry, "o/n", "v1");
    registry.set_tag("o/n", "v2", &built.digest());
    assert_eq!(client.delete("/v2/o/n/manifests/v1").await.status, 202);
    assert_eq!(registry.tags("o/n").len(), 1);
    let by_digest = format!("/v2/o/n/manifests/{}", built.digest());
    assert_eq!(client.delete(&by_digest).await.status, 202);
    assert!(registry.snapshot().is_empty());
    assert_eq!(
        client.get("/v2/o/n/manifests/v2").await.code(),
        "MANIFEST_UNKNOWN"
    );
}

#[tokio::test]
async fn referrers_are_filtered_and_listed_page_by_page() {
    let registry = Registry::builder().referrers_page(1).start();
    let client = Client::of(&registry);
    let subject = Image::new().push(&registry, "o/n", "v1");
    for artifact_type in ["a/signature", "a/sbom", "a/signature"] {
        let referrer = Image::referrer(&subject, artifact_type);
        let number = registry.manifests("o/n").len().to_string();
        let referrer = referrer.annotate("number", &number);
        referrer.push_untagged(&registry, "o/n");
    }
    let mut target = format!(
        "/v2/o/n/referrers/{}?artifactType=a%2Fsignature",
        subject.digest()
    );
    for last in [false, true] {
        let answer = client.get(&target).await;
        assert_eq!(
            answer.header("oci-filters-applied").unwrap(),
            "artifactType"
        );
        let listed = &answer.json()["manifests"];
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(listed[0]["artifactType"], "a/signature");
        assert!(listed[0]["annotations"]["number"].is_string());
        let link = answer.header("link");
        assert_eq!(link.is_none(), last);
        target = link
            .unwrap_or_default()
            .split(['<', '>'])
            .nth(1)
            .unwrap_or("")
            .to_owned();
    }
    let nobody = format!("/v2/o/n/referrers/{}", Digest::of(b"nobody"));
    assert_eq!(
        client.get(&nobody).await.json()["manifests"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn a_subject_that_was_understood_is_confirmed() {
    let registry = Registry::start();
    let client = Client::of(&registry);
    let subject = Image::new().build();
    let referrer = Image::referrer(&subject, "a/b").build();
    referrer.put(&registry, "o/n");
    let bytes = referrer.root().bytes.clone();
    let request = client.request(reqwest::Method::PUT, "/v2/o/n/manifests/r");
    let answer = send(request.header("content-type", OCI).body(bytes)).await;
    assert_eq!(
        answer.header("oci-subject").unwrap(),
        subject.digest().as_str()
    );
}
