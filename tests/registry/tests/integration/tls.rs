use reqwest::{Certificate, Proxy as Through, Version};
use test_registry::{Authority, Dialect, Proxy, Registry};

use crate::client::{Client, plain};

fn trusting(authority: &Authority) -> reqwest::ClientBuilder {
    let certificate = Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    plain().tls_certs_only([certificate])
}

#[tokio::test]
async fn a_registry_speaks_https() {
    let authority = Authority::new();
    let registry = Registry::builder().tls(&authority).start();
    let base = format!("https://{}", registry.host());
    let client = Client::at(&base, trusting(&authority));
    assert_eq!(client.upload("o/n", b"hello").await.status, 201);
    assert_eq!(registry.handshakes(), 1);
    let stranger = Client::at(&base, trusting(&Authority::new()));
    assert!(
        stranger
            .request(reqwest::Method::GET, "/v2/")
            .send()
            .await
            .is_err()
    );
    assert_eq!(registry.handshakes(), 1);
}

#[tokio::test]
async fn http2_is_spoken_on_request() {
    let authority = Authority::new();
    for (http2, version) in [(false, Version::HTTP_11), (true, Version::HTTP_2)] {
        let builder = Registry::builder().tls(&authority);
        let registry = if http2 {
            builder.http2().start()
        } else {
            builder.start()
        };
        let base = format!("https://{}", registry.host());
        let client = Client::at(&base, trusting(&authority));
        let answer = client.request(reqwest::Method::GET, "/v2/").send().await;
        assert_eq!(answer.unwrap().version(), version);
        assert_eq!(registry.journal()[0].host, registry.host());
    }
}

#[tokio::test]
async fn real_names_lead_to_loopback() {
    let authority = Authority::new();
    let names = ["registry-1.docker.io", "auth.docker.io"];
    let builder = Registry::builder().tls(&authority).names(names);
    let hub = builder
        .tokens(Dialect::docker_hub())
        .user("bot", "secret")
        .start();
    let proxy = Proxy::start([
        ("registry-1.docker.io:443", hub.address()),
        ("auth.docker.io:443", hub.address()),
    ]);
    let http = trusting(&authority).proxy(Through::https(proxy.url()).unwrap());
    let client = Client::at("https://registry-1.docker.io", http);
    assert_eq!(client.get("/v2/").await.status, 401);
    assert_eq!(client.get("https://auth.docker.io/token").await.status, 200);
    let nowhere = client.request(reqwest::Method::GET, "https://ghcr.io/v2/");
    assert!(nowhere.send().await.is_err());
    let journal = proxy.journal();
    let connects: Vec<_> = journal
        .iter()
        .map(|it| (it.target.as_str(), it.status))
        .collect();
    assert_eq!(
        connects,
        [
            ("registry-1.docker.io:443", 200),
            ("auth.docker.io:443", 200),
            ("ghcr.io:443", 502)
        ]
    );
    let hosts: Vec<_> = hub.journal().into_iter().map(|it| it.host).collect();
    assert_eq!(hosts, names);
}

#[tokio::test]
async fn a_proxy_can_want_a_password() {
    let authority = Authority::new();
    let builder = Registry::builder().tls(&authority).names(["ghcr.io"]);
    let registry = builder.start();
    let proxy = Proxy::builder().lead("ghcr.io:443", registry.address());
    let proxy = proxy.basic("me", "word").start();
    let through = || Through::https(proxy.url()).unwrap();
    let with = trusting(&authority).proxy(through().basic_auth("me", "word"));
    let without = trusting(&authority).proxy(through());
    assert_eq!(
        Client::at("https://ghcr.io", with).get("/v2/").await.status,
        200
    );
    let refused = Client::at("https://ghcr.io", without);
    assert!(
        refused
            .request(reqwest::Method::GET, "/v2/")
            .send()
            .await
            .is_err()
    );
    let statuses: Vec<_> = proxy.journal().into_iter().map(|it| it.status).collect();
    assert!(
        statuses.contains(&200) && statuses.contains(&407),
        "{statuses:?}"
    );
}

#[test]
fn the_authority_can_be_written_to_a_file() {
    let authority = Authority::new();
    let file = std::env::temp_dir().join(format!("authority-{}.pem", std::process::id()));
    authority.write(&file);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----"));
}
