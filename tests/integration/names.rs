//! Registries under their real names: a proxy leads there, and the program knows nothing of it but its address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use test_registry::image::{Built, Image, Index};
use test_registry::{Authorization, Dialect, Proxy, Registry};

use crate::internet::{HUB_TOKEN, Internet};
use crate::runner::JOB_TOKEN;

const TAGS: [&str; 4] = ["v1.2.3", "v1.2", "v1", "latest"];

fn push(registry: &Registry, repository: &str) -> Built {
    let platforms = ["linux/amd64", "linux/arm64"];
    let images = platforms.map(|platform| Image::new().platform(platform).layers(2, 10_000));
    Index::of(images).push(registry, repository, "build")
}

#[track_caller]
fn assert_published(image: &Built, registry: &Registry, repository: &str) {
    image.assert_in(registry, repository);
    for tag in TAGS {
        assert_eq!(registry.tag(repository, tag), Some(image.digest()), "{tag}");
    }
}

/// Whose password came to which host.
fn logins(registry: &Registry) -> Vec<(String, String)> {
    let mut logins = Vec::new();
    for request in registry.journal() {
        if let Authorization::Basic(user) = request.authorization {
            let login = (request.host, user);
            if !logins.contains(&login) {
                logins.push(login);
            }
        }
    }
    logins
}

fn pair(host: &str, user: &str) -> (String, String) {
    (host.to_owned(), user.to_owned())
}

#[test]
fn a_release_goes_to_ghcr_and_docker_hub_with_the_inputs_of_the_readme() {
    let internet = Internet::new();
    let image = push(&internet.ghcr, "wundam/truxe-api");
    let proxy = internet.proxy();

    let step = internet
        .with_docker_hub(&proxy.url())
        .input("source", "ghcr.io/wundam/truxe-api:build")
        .input("images", "ghcr.io/wundam/truxe-api\ntruxeio/truxe\n")
        .run()
        .ended_with(0);

    assert_published(&image, &internet.ghcr, "wundam/truxe-api");
    assert_published(&image, &internet.hub, "truxeio/truxe");
    assert_eq!(step.list("published").len(), 8);
    // Each secret is shown to its own token server and nowhere else.
    assert_eq!(logins(&internet.ghcr), [pair("ghcr.io", "octocat")]);
    assert_eq!(logins(&internet.hub), [pair("auth.docker.io", "truxeio")]);
    for secret in [JOB_TOKEN, HUB_TOKEN] {
        step.masked(secret);
    }
    for token in internet.ghcr.tokens().iter().chain(&internet.hub.tokens()) {
        step.masked(token);
    }
}

#[test]
fn docker_hub_is_one_registry_under_all_its_names() {
    let internet = Internet::new();
    let image = push(&internet.hub, "library/truxe");
    let proxy = internet.proxy();
    let names = [
        "truxe",
        "library/truxe",
        "docker.io/truxe",
        "docker.io/library/truxe",
        "index.docker.io/library/truxe",
        "registry-1.docker.io/library/truxe",
        "docker://docker.io/truxe",
    ];
    for name in names {
        internet.hub.clear_journal();
        let destination = format!("ghcr.io/wundam/{}", name.len());
        internet
            .release(&proxy.url())
            .input("source", &format!("{name}:build"))
            .input("images", &destination)
            .run()
            .ended_with(0);
        let repository = format!("wundam/{}", name.len());
        assert_published(&image, &internet.ghcr, &repository);
        for request in internet.hub.journal() {
            let host = match request.path.as_str() {
                "/token" => "auth.docker.io",
                _ => "registry-1.docker.io",
            };
            assert_eq!(request.host, host, "{name}: {request}");
        }
    }
}

#[test]
fn as_a_destination_too_and_twice_is_once_too_often() {
    let internet = Internet::new();
    let image = push(&internet.ghcr, "wundam/truxe");
    let proxy = internet.proxy();
    for name in [
        "truxeio/truxe",
        "docker.io/truxeio/truxe",
        "index.docker.io/truxeio/truxe",
        "registry-1.docker.io/truxeio/truxe",
    ] {
        let step = internet
            .with_docker_hub(&proxy.url())
            .input("source", "ghcr.io/wundam/truxe:build")
            .input("images", name)
            .run()
            .ended_with(0);
        assert_published(&image, &internet.hub, "truxeio/truxe");
        let references = TAGS.map(|tag| format!("{name}:{tag}"));
        assert_eq!(step.list("tags").len(), references.len());
        for reference in references {
            assert!(step.list("tags").contains(&reference), "{step}");
        }
    }
    let requests = internet.hub.requests();
    let step = internet
        .with_docker_hub(&proxy.url())
        .input("source", "ghcr.io/wundam/truxe:build")
        .input("images", "truxeio/truxe\nindex.docker.io/truxeio/truxe")
        .run()
        .ended_with(2);
    step.says(&["input `images`", "are the same repository"]);
    assert_eq!(internet.hub.requests(), requests);
}

#[test]
fn the_token_of_an_enterprise_server_goes_to_its_own_registry_only() {
    let internet = Internet::new();
    let image = push(&internet.ghcr, "truxe/truxe");
    let proxy = internet.proxy();

    internet
        .release(&proxy.url())
        .server("https://github.example.com")
        .input("source", "containers.github.example.com/truxe/truxe:build")
        .run()
        .ended_with(0);

    assert_published(&image, &internet.ghcr, "truxe/truxe");
    let own = "containers.github.example.com";
    assert_eq!(logins(&internet.ghcr), [pair(own, "octocat")]);

    internet.ghcr.clear_journal();
    let step = internet
        .release(&proxy.url())
        .server("https://github.example.com")
        .input("source", "ghcr.io/truxe/truxe:build")
        .run()
        .ended_with(1);
    step.says(&["ghcr.io/truxe/truxe"]);
    assert_eq!(logins(&internet.ghcr), []);
}

#[test]
fn a_proxy_with_a_password_gets_it_and_nobody_reads_it() {
    let internet = Internet::new();
    push(&internet.ghcr, "truxe/truxe");
    let proxy = Proxy::builder()
        .lead("ghcr.io:443", internet.ghcr.address())
        .basic("ci", "p@ss word")
        .start();
    let address = proxy.address();

    internet
        .release(&format!("http://ci:p%40ss%20word@{address}"))
        .secret("p@ss word")
        .secret("p%40ss%20word")
        .input("source", "ghcr.io/truxe/truxe:build")
        .run()
        .ended_with(0);
    assert!(!proxy.journal().is_empty());
    for connect in proxy.journal() {
        assert_eq!((connect.status, connect.user.as_deref()), (200, Some("ci")));
    }

    let requests = internet.ghcr.requests();
    let step = internet
        .release(&format!("http://ci:wrong-one@{address}"))
        .secret("wrong-one")
        .input("source", "ghcr.io/truxe/truxe:build")
        .run()
        .ended_with(1);
    step.says(&[
        "source ghcr.io/truxe/truxe",
        "Check HTTPS_PROXY and NO_PROXY of the runner",
    ]);
    assert_eq!(internet.ghcr.requests(), requests);
}

#[test]
fn what_no_proxy_names_is_reached_without_the_proxy() {
    let internet = Internet::new();
    let image = push(&internet.ghcr, "truxe/truxe");
    let beside = Registry::builder().tls(&internet.authority).start();
    let proxy = internet.proxy();
    let destination = format!("{}/truxe/truxe", beside.host());
    let step = || {
        internet
            .release(&proxy.url())
            .input("source", "ghcr.io/truxe/truxe:build")
            .input("images", &destination)
    };

    step()
        .env("NO_PROXY", "localhost,127.0.0.1")
        .env("no_proxy", "localhost,127.0.0.1")
        .run()
        .ended_with(0);
    assert_published(&image, &beside, "truxe/truxe");
    let connects = proxy.journal();
    assert!(
        connects.iter().all(|it| it.target == "ghcr.io:443"),
        "{connects:?}"
    );

    // Without it the proxy is asked, which does not know that address.
    step().run().ended_with(1).says(&[
        &format!("destination {destination}"),
        "Check HTTPS_PROXY and NO_PROXY of the runner",
    ]);
}

#[test]
fn an_entry_for_ghcr_is_meant_and_comes_before_the_jobs_own_token() {
    let internet = Internet::new();
    let ghcr = Registry::builder()
        .tls(&internet.authority)
        .names(["ghcr.io"])
        .tokens(Dialect::ghcr())
        .user("robot", "ghp_ofAnotherOrganization")
        .start();
    let image = push(&ghcr, "other/truxe");
    let proxy = Proxy::start([("ghcr.io:443", ghcr.address())]);
    let entry = "- registry: ghcr.io\n  username: robot\n  password: ghp_ofAnotherOrganization\n";

    let step = internet
        .release(&proxy.url())
        .secret("ghp_ofAnotherOrganization")
        .input("source", "ghcr.io/other/truxe:build")
        .input("images", "ghcr.io/other/truxe")
        .input("registry-auth", entry)
        .run()
        .ended_with(0);

    assert_published(&image, &ghcr, "other/truxe");
    assert_eq!(logins(&ghcr), [pair("ghcr.io", "robot")]);
    assert_eq!(step.messages("warning"), [""; 0]);
}

#[test]
fn who_ran_docker_login_gets_in_with_that() {
    let internet = Internet::new();
    let image = push(&internet.ghcr, "truxe/truxe");
    let proxy = internet.proxy();
    // truxeio and the token, as `docker login` writes them.
    let auth = STANDARD.encode(format!("truxeio:{HUB_TOKEN}"));
    let config = format!(r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{auth}"}}}}}}"#);

    let step = internet
        .release(&proxy.url())
        .docker_config(&config)
        .input("source", "ghcr.io/truxe/truxe:build")
        .input("images", "truxeio/truxe")
        .run()
        .ended_with(0);

    assert_published(&image, &internet.hub, "truxeio/truxe");
    assert_eq!(logins(&internet.hub), [pair("auth.docker.io", "truxeio")]);
    step.masked(HUB_TOKEN);
    assert_eq!(step.messages("warning"), [""; 0]);
}
