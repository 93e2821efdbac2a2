use super::*;

const CHECK: &str = "Check the name, the tag and the digest of the source; it must have been pushed before this step, and a private image needs an account that may read it";

#[test]
fn a_source_that_is_not_there() {
    let mirror = Mirror::to_open(1);
    mirror.source.delete_tag(NAME, "built");
    assert_says(
        &mirror,
        &format!(
            "source SOURCE/owner/image: finding the image: there is no tag built in SOURCE/owner/image. {CHECK}"
        ),
    );
    let mirror = Mirror::to_open(1);
    let digest = Image::new().seed(99).build().digest();
    let source = format!("{}/no/such@{digest}", mirror.source.host());
    assert_says(
        &mirror.with("SOURCE", &source),
        &format!(
            "source SOURCE/no/such: finding the image: there is no manifest sha256:… in SOURCE/no/such. {CHECK}"
        ),
    );
}

#[test]
fn a_destination_that_must_be_created_first() {
    let mirror = fault_at_destination(|destination| {
        let rule = destination.on(Method::POST, "/blobs/uploads/").status(404);
        rule.body(complaint(
            "NAME_UNKNOWN",
            "repository name not known to registry",
        ))
    });
    assert_says(
        &mirror,
        "destination DESTINATION/owner/image: opening an upload: POST http://DESTINATION/v2/owner/image/blobs/uploads/ was answered with 404 Not Found: NAME_UNKNOWN: repository name not known to registry. Create the repository at DESTINATION first, or check its name",
    );
}

#[test]
fn a_host_that_is_not_there() {
    // What the resolver says differs from machine to machine.
    Mirror::to_open(1)
        .with("IMAGES", "registry.invalid/owner/image")
        .fails_saying(&[
            "destination registry.invalid/owner/image: asking for tag v1: HEAD https://registry.invalid/v2/owner/image/manifests/v1 failed: ",
            ". Check the spelling of registry.invalid; a service container of the job is reached by its own name and port",
        ]);
    let mirror = Mirror::to_open(1);
    mirror.destinations[0].stop();
    assert_says(
        &mirror,
        "destination DESTINATION/owner/image: asking for tag v1: HEAD http://DESTINATION/v2/owner/image/manifests/v1 failed: Connection refused (os error 111). Check that DESTINATION is up and can be reached from this runner (firewall, port)",
    );
}
