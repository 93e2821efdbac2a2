use reqwest::Method;
use test_registry::image::Image;
use test_registry::{Authorization, Dialect, Registry, Right, TokenField};

use crate::client::{Answer, Client, send};

const PULL: &str = "/token?service=x&scope=repository:o/n:pull";
const PUSH: &str = "/token?service=x&scope=repository:o/n:pull,push";

async fn ask(registry: &Registry, target: &str, user: &str, password: &str) -> Answer {
    let request = Client::of(registry).request(Method::GET, target);
    send(request.basic_auth(user, Some(password))).await
}

async fn token(registry: &Registry, target: &str) -> String {
    let answer = ask(registry, target, "bot", "secret").await;
    let json = answer.json();
    let token = json["token"].as_str().or(json["access_token"].as_str());
    token.expect("a token").to_owned()
}

fn speaking(dialect: Dialect) -> Registry {
    let builder = Registry::builder().tokens(dialect).user("bot", "secret");
    let registry = builder
        .user("guest", "guest")
        .grant("guest", "o/n", &[Right::Pull]);
    let registry = registry.anonymous_pull().start();
    Image::new().push(&registry, "o/n", "v1");
    registry
}

#[tokio::test]
async fn basic_wants_a_password_each_time() {
    let registry = Registry::builder().basic("bot", "secret").start();
    let client = Client::of(&registry);
    let refused = client.get("/v2/").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic ")
    );
    assert_eq!(ask(&registry, "/v2/", "bot", "wrong").await.status, 401);
    assert_eq!(ask(&registry, "/v2/", "bot", "secret").await.status, 200);
    let journal = registry.journal();
    assert_eq!(journal[0].authorization, Authorization::None);
    assert_eq!(
        journal[2].authorization,
        Authorization::Basic("bot".to_owned())
    );
}

#[tokio::test]
async fn ghcr_names_itself_and_refuses_what_is_not_allowed() {
    let registry = speaking(Dialect::ghcr());
    let host = registry.host();
    let client = Client::of(&registry);
    let challenge = client.head("/v2/o/n/manifests/v1").await;
    assert_eq!(
        challenge.header("www-authenticate").unwrap(),
        format!(
            "Bearer realm=\"http://{host}/token\",service=\"{host}\",scope=\"repository:o/n:pull\""
        )
    );
    assert_eq!(client.get(PUSH).await.status, 403, "no anonymous push");
    assert_eq!(ask(&registry, PUSH, "bot", "wrong").await.status, 403);
    assert_eq!(ask(&registry, PUSH, "guest", "guest").await.status, 403);
    let answer = ask(&registry, PUSH, "bot", "secret").await.json();
    let fields: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["token"]);
    let pull = token(&registry, PULL).await;
    let few = Client::of(&registry).bearing(&pull);
    assert_eq!(few.head("/v2/o/n/manifests/v1").await.status, 200);
    assert_eq!(few.post("/v2/o/n/blobs/uploads/").await.code(), "DENIED");
    let push = Client::of(&registry).bearing(&token(&registry, PUSH).await);
    assert_eq!(push.post("/v2/o/n/blobs/uploads/").await.status, 202);
}

#[tokio::test]
async fn docker_hub_has_another_host_and_gives_tokens_without_rights() {
    let registry = speaking(Dialect::docker_hub());
    let client = Client::of(&registry);
    let challenge = client.post("/v2/o/n/blobs/uploads/").await;
    assert_eq!(
        challenge.header("www-authenticate").unwrap(),
        "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:o/n:pull,push\""
    );
    let answer = ask(&registry, PUSH, "guest", "guest").await.json();
    assert_eq!(answer["token"], answer["access_token"]);
    assert_eq!(answer["expires_in"], 300);
    let few = Client::of(&registry).bearing(answer["token"].as_str().unwrap());
    let refused = few.post("/v2/o/n/blobs/uploads/").await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "DENIED"));
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(
        challenge.ends_with("error=\"insufficient_scope\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn docker_hub_mounts_only_what_the_token_may_pull() {
    let registry = speaking(Dialect::docker_hub());
    let digest = registry.put_blob("o/base", bytes::Bytes::from("hello"));
    let target = format!("/v2/o/n/blobs/uploads/?mount={digest}&from=o/base");
    let one = Client::of(&registry).bearing(&token(&registry, PUSH).await);
    let refused = one.post(&target).await;
    assert_eq!(refused.status, 401);
    let challenge = refused.header("www-authenticate").unwrap();
    let both = "scope=\"repository:o/n:pull,push repository:o/base:pull\"";
    assert!(challenge.contains(both), "{challenge}");
    let scopes = format!("{PUSH}&scope=repository:o/base:pull");
    let two = Client::of(&registry).bearing(&token(&registry, &scopes).await);
    assert_eq!(two.post(&target).await.status, 201);
}

#[tokio::test]
async fn ghcr_opens_a_session_for_what_may_not_be_mounted() {
    let registry = speaking(Dialect::ghcr());
    let digest = registry.put_blob("o/base", bytes::Bytes::from("hello"));
    let target = format!("/v2/o/n/blobs/uploads/?mount={digest}&from=o/base");
    let one = Client::of(&registry).bearing(&token(&registry, PUSH).await);
    assert_eq!(one.post(&target).await.status, 202);
}

#[tokio::test]
async fn distribution_answers_an_access_token_that_expires() {
    let registry = speaking(Dialect::distribution().expires_in(120).lifetime(0));
    let answer = ask(&registry, PULL, "bot", "secret").await.json();
    assert_eq!(
        (&answer["token"], &answer["expires_in"]),
        (&().into(), &120.into())
    );
    let expired = Client::of(&registry).bearing(answer["access_token"].as_str().unwrap());
    let refused = expired.get("/v2/o/n/manifests/v1").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "UNAUTHORIZED")
    );
}

#[tokio::test]
async fn anyone_may_pull_what_is_public() {
    let registry = speaking(Dialect::docker_hub().field(TokenField::Token));
    let client = Client::of(&registry);
    let answer = client.get(PULL).await.json();
    let anyone = Client::of(&registry).bearing(answer["token"].as_str().unwrap());
    assert_eq!(anyone.get("/v2/o/n/manifests/v1").await.status, 200);
    assert_eq!(anyone.post("/v2/o/n/blobs/uploads/").await.status, 401);
}

#[tokio::test]
async fn tokens_can_be_revoked_and_looked_up() {
    let registry = speaking(Dialect::ghcr());
    let text = token(&registry, PULL).await;
    assert_eq!(registry.tokens(), std::slice::from_ref(&text));
    let client = Client::of(&registry).bearing(&text);
    assert_eq!(client.get("/v2/o/n/manifests/v1").await.status, 200);
    registry.revoke_tokens();
    assert_eq!(client.get("/v2/o/n/manifests/v1").await.status, 401);
    assert_eq!(
        registry.count(Method::GET, "/token"),
        1,
        "{}",
        registry.transcript()
    );
}

#[tokio::test]
async fn the_ping_can_be_open_where_nothing_else_is() {
    let registry = Registry::builder()
        .basic("bot", "secret")
        .open_ping()
        .start();
    let client = Client::of(&registry);
    let ping = client.get("/v2/").await;
    assert_eq!((ping.status, ping.header("www-authenticate")), (200, None));
    assert_eq!(client.post("/v2/o/n/blobs/uploads/").await.status, 401);
}
