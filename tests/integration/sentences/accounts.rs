use super::*;

const WRITES: &str = "Check that the repository exists and that the account from input `registry-auth` may push to it";

fn reader() -> test_registry::Builder<'static> {
    let reader = Registry::builder().user("bot", "secret");
    reader.grant("bot", NAME, &[Right::Pull])
}

#[test]
fn no_account() {
    for registry in [
        Registry::builder().tokens(Dialect::distribution()).start(),
        Registry::builder().basic("bot", "secret").start(),
    ] {
        assert_says(
            &to(registry),
            "destination DESTINATION/owner/image: asking for tag v1: HEAD http://DESTINATION/v2/owner/image/manifests/v1 was answered with 401 Unauthorized. Give an account for DESTINATION in the input registry-auth, or in the docker config file",
        );
    }
    let mirror = Mirror::to_open(1);
    mirror.source.on(Method::HEAD, "/manifests/").status(401);
    assert_says(
        &mirror,
        "source SOURCE/owner/image: finding the image: HEAD http://SOURCE/v2/owner/image/manifests/built was answered with 401 Unauthorized. Give an account for SOURCE in the input registry-auth, or in the docker config file",
    );
}

#[test]
fn a_wrong_password() {
    let tokens = Registry::builder()
        .tokens(Dialect::distribution())
        .user("bot", "secret");
    assert_says(
        &as_bot("wrong", tokens.start()),
        "destination DESTINATION/owner/image: asking for tag v1: GET http://DESTINATION/token was answered with 401 Unauthorized: UNAUTHORIZED: incorrect username or password. Check user name and password from input `registry-auth`",
    );
    assert_says(
        &as_bot("wrong", Registry::builder().basic("bot", "secret").start()).with("TAGS", "v1"),
        "destination DESTINATION/owner/image: asking for tag v1: HEAD http://DESTINATION/v2/owner/image/manifests/v1 was answered with 401 Unauthorized. Check user name and password from input `registry-auth`",
    );
}

#[test]
fn an_account_that_may_only_read() {
    let refuses = Dialect::distribution().missing(Missing::Refuse);
    assert_says(
        &as_bot("secret", reader().tokens(refuses).start()),
        &format!(
            "destination DESTINATION/owner/image: asking for tag v1: GET http://DESTINATION/token was answered with 403 Forbidden: DENIED: requested access to the resource is denied. {WRITES}"
        ),
    );
    assert_says(
        &as_bot("secret", reader().tokens(Dialect::distribution()).start()),
        &format!(
            "destination DESTINATION/owner/image: opening an upload: POST http://DESTINATION/v2/owner/image/blobs/uploads/ was answered with 401 Unauthorized: DENIED: requested access to the resource is denied. {WRITES}"
        ),
    );
    assert_says(
        &as_bot("secret", reader().basic("bot", "secret").start()),
        &format!(
            "destination DESTINATION/owner/image: opening an upload: POST http://DESTINATION/v2/owner/image/blobs/uploads/ was answered with 403 Forbidden: DENIED: permission_denied: write_package. {WRITES}"
        ),
    );
}

#[test]
fn a_refusal_of_nobody() {
    let mirror = fault_at_source(|source| {
        let rule = source.on(Method::GET, "/blobs/").status(403);
        rule.body(complaint("DENIED", "members only"))
    });
    assert_says(
        &mirror,
        "source SOURCE/owner/image: reading blob sha256:…: GET http://SOURCE/v2/owner/image/blobs/sha256:… was answered with 403 Forbidden: DENIED: members only. Give an account for SOURCE in the input registry-auth, or in the docker config file",
    );
}
