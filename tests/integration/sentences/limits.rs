use super::*;

#[test]
fn too_many_requests() {
    let mirror = fault_at_destination(|destination| {
        let rule = destination.on(Method::HEAD, "/manifests/").status(429);
        rule.retry_after(3_600)
    });
    assert_says(
        &mirror,
        "destination DESTINATION/owner/image: asking for tag v1: HEAD http://DESTINATION/v2/owner/image/manifests/v1 was answered with 429 Too Many Requests (to be tried again in 3600 s). DESTINATION limits requests: run the job again later, or run fewer jobs at once",
    );
    let mirror = fault_at_destination(|destination| {
        let rule = destination.on(Method::POST, "/blobs/uploads/").status(403);
        rule.body("You have exceeded a secondary rate limit")
    });
    assert_says(
        &mirror,
        "destination DESTINATION/owner/image: opening an upload: POST http://DESTINATION/v2/owner/image/blobs/uploads/ was answered with 403 Forbidden: You have exceeded a secondary rate limit. DESTINATION limits requests: run the job again later, or run fewer jobs at once",
    );
}

#[test]
fn no_pulls_left() {
    let spent = |source: &Registry| {
        let words = "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit";
        let rule = source.on(Method::GET, "/manifests/").status(429);
        rule.body(complaint("TOOMANYREQUESTS", words))
    };
    let mirror = fault_at_source(spent);
    let said = "source SOURCE/owner/image: reading its manifests: GET http://SOURCE/v2/owner/image/manifests/sha256:… was answered with 429 Too Many Requests: TOOMANYREQUESTS: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit.";
    assert_says(
        &mirror,
        &format!(
            "{said} Pulls without an account are few: Give an account for SOURCE in the input registry-auth, or in the docker config file"
        ),
    );
    let entry = format!(
        "- {{registry: '{}', username: bot, password: secret}}",
        mirror.source.host()
    );
    assert_says(
        &mirror.with("REGISTRY-AUTH", &entry),
        &format!(
            "{said} The account from input `registry-auth` has no pulls left for now: wait until the limit resets, or use one with a higher limit"
        ),
    );
}

#[test]
fn no_room() {
    let remedy =
        "The disk or the quota at DESTINATION is full: delete old images or raise the quota";
    for (full, answer) in [
        (
            Full::Harbor,
            "403 Forbidden: DENIED: adding 1.0 MiB of storage resource, which when updated to current usage of 1.0 GiB will exceed the configured upper limit of 1.0 GiB",
        ),
        (
            Full::DiskFull,
            "500 Internal Server Error: UNKNOWN: write: no space left on device",
        ),
        (
            Full::InsufficientStorage,
            "507 Insufficient Storage: UNKNOWN: insufficient storage",
        ),
    ] {
        assert_says(
            &to(Registry::builder().quota(1_000, full).start()),
            &format!(
                "destination DESTINATION/owner/image: uploading blob sha256:…: PUT http://DESTINATION/v2/owner/image/blobs/uploads/… was answered with {answer}. {remedy}"
            ),
        );
    }
}

#[test]
fn too_large() {
    let remedy = "DESTINATION, or a proxy before it, takes no upload of this size";
    assert_says(
        &to(Registry::builder().quota(1_000, Full::TooLarge).start()),
        &format!(
            "destination DESTINATION/owner/image: uploading blob sha256:…: PUT http://DESTINATION/v2/owner/image/blobs/uploads/… was answered with 413 Payload Too Large: SIZE_INVALID: the blob is larger than what is left. {remedy}"
        ),
    );
    assert_says(
        &to(Registry::builder().manifest_limit(100).start()),
        &format!(
            "destination DESTINATION/owner/image: putting manifest sha256:…: PUT http://DESTINATION/v2/owner/image/manifests/sha256:… was answered with 413 Payload Too Large: SIZE_INVALID: manifest too large. {remedy}"
        ),
    );
}

#[test]
fn a_tag_that_may_not_move() {
    for (immutable, answer) in [
        (
            Immutable::DockerHub,
            "403 Forbidden: DENIED: this tag is immutable and can't be overwritten",
        ),
        (
            Immutable::Ecr,
            "400 Bad Request: TAG_INVALID: the tag already exists in the repository and cannot be overwritten because the repository is immutable",
        ),
        (
            Immutable::Harbor,
            "412 Precondition Failed: PRECONDITION: configured as immutable, cannot be updated",
        ),
    ] {
        let destination = Registry::builder().immutable_tags(immutable).start();
        old_image(&destination);
        assert_says(
            &to(destination),
            &format!(
                "destination DESTINATION/owner/image: moving tag v1: PUT http://DESTINATION/v2/owner/image/manifests/v1 was answered with {answer}. DESTINATION does not let this tag move to another image: publish under a new tag, or allow the tag to move there"
            ),
        );
    }
}
