use test_registry::{Authorization, Dialect, Digest, Origin, Registry};

use crate::client::{Client, closing};

#[tokio::test]
async fn upload_locations_can_be_relative() {
    let registry = Registry::builder().relative_locations().start();
    let client = Client::of(&registry);
    let location = client.open("o/n").await;
    assert!(location.starts_with("/v2/o/n/blobs/uploads/"), "{location}");
    let target = closing(&location, &Digest::of(b"hello"));
    assert_eq!(client.put(&target, "hello").await.status, 201);
}

#[tokio::test]
async fn upload_locations_can_be_on_another_origin() {
    let registry = Registry::builder().foreign_upload_location().start();
    let client = Client::of(&registry);
    let location = client.open("o/n").await;
    let storage = registry.storage_address().unwrap();
    assert!(
        location.starts_with(&format!("http://{storage}/")),
        "{location}"
    );
    let target = closing(&location, &Digest::of(b"hello"));
    let bearing = Client::of(&registry).bearing("secret");
    assert_eq!(bearing.put(&target, "hello").await.status, 400);
    assert_eq!(client.put(&target, "hello").await.status, 201);
    assert!(registry.blob("o/n", &Digest::of(b"hello")).is_some());
}

#[tokio::test]
async fn blobs_can_be_redirected_to_another_origin() {
    let builder = Registry::builder().tokens(Dialect::distribution());
    let registry = builder.anonymous_pull().redirect_blobs().start();
    let digest = registry.put_blob("o/n", bytes::Bytes::from("hello"));
    let client = Client::of(&registry);
    let token = client.get("/token?scope=repository:o/n:pull").await;
    let token = token.json()["access_token"].as_str().unwrap().to_owned();
    let bearing = Client::of(&registry).bearing(&token);
    let path = format!("/v2/o/n/blobs/{digest}");
    let redirect = bearing.get(&path).await;
    assert_eq!(redirect.status, 307);
    let target = redirect.header("location").unwrap();
    assert_eq!(bearing.get(&target).await.status, 400);
    assert_eq!(&client.get(&target).await.bytes()[..], b"hello");
    let unsigned = target.split('?').next().unwrap();
    assert_eq!(client.get(unsigned).await.status, 403);
    let journal = registry.journal();
    let stored = journal.iter().filter(|it| it.origin == Origin::Storage);
    let sent: Vec<_> = stored.map(|it| it.authorization.clone()).collect();
    assert_eq!(
        sent,
        [
            Authorization::Bearer(token),
            Authorization::None,
            Authorization::None
        ]
    );
    assert_eq!(registry.blob_reads(&digest), 1);
}

#[tokio::test]
async fn a_redirect_can_name_any_host() {
    let builder = Registry::builder().redirect_blobs();
    let registry = builder.storage_url("https://cdn.example").start();
    let digest = registry.put_blob("o/n", bytes::Bytes::from("hello"));
    let client = Client::of(&registry);
    let redirect = client.get(&format!("/v2/o/n/blobs/{digest}")).await;
    let target = redirect.header("location").unwrap();
    assert!(
        target.starts_with("https://cdn.example/v2/o/n/blobs/"),
        "{target}"
    );
}

#[tokio::test]
async fn the_put_of_a_blob_can_be_answered_204() {
    let registry = Registry::builder().no_content_on_put().start();
    let client = Client::of(&registry);
    assert_eq!(client.upload("o/n", b"hello").await.status, 204);
}
