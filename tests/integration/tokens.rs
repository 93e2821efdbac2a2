//! How we log in: the challenge of the real request, one token for each set of scopes, and no secret for strangers.

use test_registry::image::Image;
use test_registry::{Authorization, Dialect, Exchange, Method, Missing, Registry, TokenField};

use crate::mirror::{Mirror, NAME};

fn guarded(dialect: Dialect) -> Registry {
    Registry::builder()
        .tokens(dialect)
        .user("bot", "secret")
        .start()
}

/// A mirror to registries where the same account is right everywhere.
fn mirror_to(destinations: Vec<Registry>) -> Mirror {
    mirror_as("secret", destinations)
}

fn mirror_as(password: &str, destinations: Vec<Registry>) -> Mirror {
    let entry = |registry: &Registry| {
        let host = registry.host();
        format!("- registry: {host}\n  username: bot\n  password: {password}\n")
    };
    let entries: String = destinations.iter().map(entry).collect();
    Mirror::to(destinations).with("REGISTRY-AUTH", &entries)
}

/// The requests for tokens.
fn asked(registry: &Registry) -> Vec<Exchange> {
    let journal = registry.journal().into_iter();
    journal.filter(|it| it.path == "/token").collect()
}

/// The scopes that each token was asked for.
fn scopes(registry: &Registry) -> Vec<String> {
    let requests = asked(registry).into_iter();
    let decoded = requests.map(|it| {
        it.query
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%2F", "/")
    });
    let scope = |query: String| {
        let parts = query
            .split('&')
            .filter_map(|part| part.strip_prefix("scope="));
        parts.collect::<Vec<_>>().join(" ")
    };
    decoded.map(scope).collect()
}

#[test]
fn one_token_serves_a_whole_publish_in_every_dialect() {
    for dialect in [
        Dialect::ghcr(),
        Dialect::distribution(),
        Dialect::distribution().field(TokenField::Both),
        Dialect::distribution()
            .missing(Missing::Refuse)
            .expires_in(300),
    ] {
        let registry = guarded(dialect);
        let mirror = mirror_to(vec![registry.clone()]);
        mirror.succeeds();
        assert_eq!(scopes(&registry), [format!("repository:{NAME}:pull,push")]);
        // One request finds out that a token is needed; the others wait for what it brings.
        let refused = registry
            .journal()
            .into_iter()
            .filter(|it| it.status == Some(401));
        assert_eq!(refused.count(), 1, "{}", registry.transcript());
    }
}

#[test]
fn a_mirror_within_one_registry_asks_for_both_repositories_and_mounts() {
    let registry = guarded(Dialect::distribution());
    let mut mirror = mirror_to(vec![registry.clone()]);
    mirror.image = Image::new()
        .layers(3, 50_000)
        .push(&registry, "owner/build", "built");
    mirror
        .with("SOURCE", &format!("{}/owner/build:built", registry.host()))
        .succeeds();
    let mut scopes = scopes(&registry);
    scopes.sort();
    assert_eq!(
        scopes,
        [
            "repository:owner/build:pull".to_owned(),
            format!("repository:{NAME}:pull,push repository:owner/build:pull"),
        ]
    );
    assert_eq!(
        registry.count(Method::PUT, "/blobs/uploads/"),
        0,
        "{}",
        registry.transcript()
    );
}

#[test]
fn a_token_that_ends_in_the_middle_is_replaced_wherever_that_is() {
    for (method, path, nth) in [
        (Method::HEAD, "/manifests/", 2),
        (Method::POST, "/blobs/uploads/", 1),
        (Method::PUT, "/blobs/uploads/", 1),
        (Method::PUT, "/manifests/sha256", 1),
        (Method::PUT, "/manifests/v1", 1),
    ] {
        let registry = guarded(Dialect::distribution());
        let revoke = registry.clone();
        let rule = registry
            .on(method.clone(), path)
            .nth(nth)
            .run(move || revoke.revoke_tokens());
        let mirror = mirror_to(vec![registry.clone()]);
        let (code, text) = mirror.run();
        assert_eq!(
            code,
            0,
            "{method} {path}: {text}\n{}",
            registry.transcript()
        );
        mirror.image.assert_in(&registry, NAME);
        registry.clear_rules();
        drop(rule);
        let count = asked(&registry).len();
        assert!((2..=3).contains(&count), "{method} {path}: {count} tokens");
    }
}

#[test]
fn a_token_that_is_never_good_enough_ends_the_run() {
    let registry = guarded(Dialect::distribution().lifetime(0));
    let mirror = mirror_to(vec![registry.clone()]);
    mirror.fails_saying(&["destination", "401 Unauthorized"]);
    // One for each of the two tags that are asked for at once, and one more for each that is refused.
    let count = asked(&registry).len();
    assert!(count <= 4, "{count} tokens: {}", registry.transcript());
}

#[test]
fn a_wrong_password_is_tried_once_since_servers_count() {
    for dialect in [Dialect::ghcr(), Dialect::distribution()] {
        let registry = guarded(dialect);
        let mirror = mirror_as("wrong", vec![registry.clone()]);
        mirror.fails_saying(&[&format!("GET http://{}/token", registry.host())]);
        assert_eq!(asked(&registry).len(), 1, "{}", registry.transcript());
    }
    let registry = Registry::builder().basic("bot", "secret").start();
    let mirror = mirror_as("wrong", vec![registry.clone()]);
    mirror.fails_saying(&["401 Unauthorized"]);
    let tried = |it: &Exchange| matches!(it.authorization, Authorization::Basic(_));
    let count = registry.journal().into_iter().filter(tried).count();
    assert_eq!(count, 1, "{}", registry.transcript());
}

#[test]
fn a_password_for_each_request_is_asked_for_once() {
    let registry = Registry::builder().basic("bot", "secret").start();
    mirror_to(vec![registry.clone()]).succeeds();
    let anonymous = |it: &Exchange| it.authorization == Authorization::None;
    let anonymous = registry.journal().into_iter().filter(anonymous).count();
    assert_eq!(anonymous, 1, "{}", registry.transcript());
}

#[test]
fn of_several_challenges_the_one_for_tokens_is_taken() {
    let registry = guarded(Dialect::distribution());
    let bearer = format!(
        r#"Bearer realm="http://{}/token",service="test-registry""#,
        registry.host()
    );
    registry.on_any("/v2/").nth(1).status(401).header(
        "www-authenticate",
        format!(r#"Negotiate, Basic realm="x", {bearer}"#),
    );
    mirror_to(vec![registry.clone()]).succeeds();
    assert_eq!(asked(&registry).len(), 1);
}

#[test]
fn a_token_server_elsewhere_gets_nothing() {
    let stranger = Registry::start();
    let port = stranger.address().port();
    let foreign = [
        format!("http://127.0.0.2:{port}/token"),
        format!("http://localhost:{port}/token"),
        format!("http://bot@127.0.0.1:{port}/token"),
        format!("http://[::ffff:127.0.0.1]:{port}/token"),
        "http://169.254.169.254/token".to_owned(),
        "https://auth.docker.io/token".to_owned(),
        "file:///etc/passwd".to_owned(),
        "token".to_owned(),
    ];
    for realm in foreign {
        let registry = guarded(Dialect::distribution().realm(&realm));
        let mirror = mirror_to(vec![registry.clone()]);
        mirror.fails_saying(&["the registry's token server can't be trusted", &realm]);
        let told = |it: &Exchange| it.authorization != Authorization::None;
        assert!(
            !registry.journal().iter().any(told),
            "{}",
            registry.transcript()
        );
    }
    assert_eq!(stranger.requests(), 0, "{}", stranger.transcript());
}

#[test]
fn a_token_server_that_sends_us_elsewhere_is_not_followed() {
    let stranger = Registry::start();
    let registry = guarded(Dialect::distribution());
    registry
        .on(Method::GET, "/token")
        .status(307)
        .header("location", format!("http://{}/token", stranger.host()));
    let mirror = mirror_to(vec![registry.clone()]);
    mirror.fails_saying(&[&format!(
        "GET http://{}/token was answered with 307, and no password follows a redirect",
        registry.host()
    )]);
    assert_eq!(stranger.requests(), 0);
    assert_eq!(asked(&registry).len(), 1);
}

#[test]
fn a_token_server_in_trouble_is_asked_again() {
    let registry = guarded(Dialect::distribution());
    let trouble = registry.on(Method::GET, "/token").times(2).status(503);
    mirror_to(vec![registry.clone()]).succeeds();
    assert_eq!((trouble.struck(), asked(&registry).len()), (2, 3));
}

#[test]
fn an_answer_that_is_no_token_ends_the_run() {
    for body in [
        "<html>login</html>".to_owned(),
        "{}".to_owned(),
        "x".repeat(100_000),
    ] {
        let registry = guarded(Dialect::distribution());
        registry.on(Method::GET, "/token").body(body);
        let mirror = mirror_to(vec![registry.clone()]);
        mirror.fails_saying(&["token"]);
        assert_eq!(asked(&registry).len(), 1);
    }
}

/// The password was taken for another repository, so it is right.
#[test]
fn a_right_that_is_missing_at_one_repository_is_no_wrong_password_for_another() {
    let registry = Registry::builder().basic("bot", "secret").start();
    registry
        .on(Method::POST, "/owner/closed/blobs/uploads/")
        .status(401)
        .header("www-authenticate", "Basic realm=\"test-registry\"");
    let host = registry.host();
    let mirror = mirror_to(vec![registry.clone()])
        .with("IMAGES", &format!("{host}/{NAME}\n{host}/owner/closed"))
        .with("PUBLISH", "independently");
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    mirror.image.assert_in(&registry, NAME);
    assert_eq!(registry.tags(NAME).len(), 2, "{text}");
    assert!(text.contains("may push to it"), "{text}");
}
