//! Those that depend on a name, or on TLS: the program itself, with the world's registries behind a proxy.

use super::*;

const SOURCE: &str = "ghcr.io/truxe/truxe:build";

/// What the one error annotation says below its headline.
#[track_caller]
fn assert_says(step: Step, expected: &str) {
    let step = step.run().ended_with(1);
    let errors = step.messages("error");
    let [error] = &errors[..] else {
        panic!("not one error: {errors:?}")
    };
    let (_, failures) = error.split_once('\n').unwrap();
    assert_eq!(failures, expected);
}

fn internet() -> Internet {
    let internet = Internet::new();
    Image::new()
        .layers(1, 1_000)
        .push(&internet.ghcr, "truxe/truxe", "build");
    internet
}

#[test]
fn docker_hub() {
    let internet = internet();
    let proxy = internet.proxy();
    let step = |token| {
        let step = internet.release(&proxy.url()).input("source", SOURCE);
        let step = step.input("images", "truxeio/truxe");
        step.input("dockerhub-username", "truxeio")
            .input("dockerhub-token", token)
    };
    assert_says(
        step("dckr_pat_wrong"),
        "destination docker.io/truxeio/truxe: asking for tag v1.2.3: GET https://auth.docker.io/token was answered with 401 Unauthorized: UNAUTHORIZED: incorrect username or password. Check user name and password from input `dockerhub-token` (an access token of hub.docker.com, not expired, with the name of the account it belongs to)",
    );
    let names = ["registry-1.docker.io", "auth.docker.io"];
    let hub = Registry::builder().tls(&internet.authority).names(names);
    let hub = hub.tokens(Dialect::docker_hub()).user("truxeio", HUB_TOKEN);
    let hub = hub
        .grant("truxeio", "truxeio/truxe", &[Right::Pull])
        .start();
    let proxy = Proxy::start([
        ("ghcr.io:443", internet.ghcr.address()),
        ("registry-1.docker.io:443", hub.address()),
        ("auth.docker.io:443", hub.address()),
    ]);
    let step = internet
        .with_docker_hub(&proxy.url())
        .input("source", SOURCE);
    assert_says(
        step.input("images", "truxeio/truxe"),
        "destination docker.io/truxeio/truxe: opening an upload: POST https://registry-1.docker.io/v2/truxeio/truxe/blobs/uploads/ was answered with 401 Unauthorized: DENIED: requested access to the resource is denied. Check that the repository exists, that the account from input `dockerhub-token` may push to it, and that its access token has the scope Read & Write",
    );
}

#[test]
fn ghcr_with_a_token_that_does_not_suffice() {
    let internet = internet();
    let proxy = internet.proxy();
    let step = |token| {
        let step = internet.release(&proxy.url()).input("source", SOURCE);
        step.input("github-token", token)
    };
    assert_says(
        step(""),
        "source ghcr.io/truxe/truxe: finding the image: GET https://ghcr.io/token was answered with 403 Forbidden: DENIED: requested access to the resource is denied. Give the input github-token, and the job `permissions: packages: read`",
    );
    assert_says(
        step("ghp_wrong"),
        "source ghcr.io/truxe/truxe: finding the image: GET https://ghcr.io/token was answered with 403 Forbidden: DENIED: incorrect username or password. Give the job `permissions: packages: read`, and check that the token from input `github-token` is valid. If the package was first pushed by hand or from another repository, open its Package settings, Manage Actions access, and give this repository the role Read. A workflow of a fork may only read",
    );
}

#[test]
fn ghcr_without_packages_write() {
    let remedy = "Give the job `permissions: packages: write`, and check that the token from input `github-token` is valid. If the package was first pushed by hand or from another repository, open its Package settings, Manage Actions access, and give this repository the role Write. A workflow of a fork may only read";
    for (missing, refusal) in [
        (
            Missing::Refuse,
            "asking for tag v1.2.3: GET https://ghcr.io/token was answered with 403 Forbidden: DENIED: requested access to the resource is denied",
        ),
        (
            Missing::Intersect,
            "opening an upload: POST https://ghcr.io/v2/truxe/app/blobs/uploads/ was answered with 403 Forbidden: DENIED: permission_denied: write_package",
        ),
    ] {
        let internet = internet();
        let ghcr = Registry::builder()
            .tls(&internet.authority)
            .names(["ghcr.io"]);
        let ghcr = ghcr
            .tokens(Dialect::ghcr().missing(missing))
            .user("octocat", JOB_TOKEN);
        let ghcr = ["truxe/truxe", "truxe/app"]
            .iter()
            .fold(ghcr, |ghcr, name| {
                ghcr.grant("octocat", name, &[Right::Pull])
            });
        let ghcr = ghcr.start();
        Image::new()
            .layers(1, 1_000)
            .push(&ghcr, "truxe/truxe", "build");
        let proxy = Proxy::start([("ghcr.io:443", ghcr.address())]);
        let step = internet.release(&proxy.url()).input("source", SOURCE);
        assert_says(
            step.input("images", "ghcr.io/truxe/app"),
            &format!("destination ghcr.io/truxe/app: {refusal}. {remedy}"),
        );
    }
}

#[test]
fn a_certificate_that_is_not_trusted() {
    let internet = internet();
    let proxy = internet.proxy();
    let step = internet.release(&proxy.url()).trusting_nobody_else();
    assert_says(
        step.input("source", SOURCE),
        "source ghcr.io/truxe/truxe: finding the image: HEAD https://ghcr.io/v2/truxe/truxe/manifests/build failed: invalid peer certificate: UnknownIssuer. If ghcr.io uses a certificate of your own authority, put that authority's certificate into a file and name the file in SSL_CERT_FILE under this step's env",
    );
}

#[test]
fn plain_http_where_tls_is_needed() {
    let internet = internet();
    let proxy = internet.proxy();
    let plain = Registry::start();
    let place = format!("{}/truxe/truxe", plain.host());
    let step = internet.release(&proxy.url()).env("NO_PROXY", "127.0.0.1");
    assert_says(
        step.input("source", SOURCE).input("images", &place),
        &format!(
            "destination {place}: asking for tag v1.2.3: HEAD https://{host}/v2/truxe/truxe/manifests/v1.2.3 failed: received corrupt message of type InvalidContentType. {host} does not speak TLS there. If that is meant, list it in the input insecure-registries",
            host = plain.host()
        ),
    );
    assert_eq!(plain.requests(), 0);
}
