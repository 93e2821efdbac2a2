use super::*;

#[test]
fn bytes_that_are_not_what_they_should_be() {
    let remedy = "SOURCE does not keep to the protocol, or something between it and this runner changes what is sent";
    let mirror = fault_at_source(|source| source.on(Method::GET, "/blobs/").corrupt_body());
    assert_says(
        &mirror,
        &format!(
            "source SOURCE/owner/image: reading blob sha256:…: blob sha256:… in SOURCE/owner/image has bytes that hash to sha256:…. {remedy}"
        ),
    );
    let mirror = fault_at_source(|source| source.on(Method::GET, "/manifests/").corrupt_body());
    assert_says(
        &mirror,
        &format!(
            "source SOURCE/owner/image: reading its manifests: SOURCE/owner/image holds a manifest whose bytes hash to sha256:… under sha256:…. {remedy}"
        ),
    );
}

#[test]
fn a_registry_that_does_not_keep_to_the_protocol() {
    let mirror = fault_at_destination(|destination| {
        destination.on(Method::POST, "/blobs/uploads/").status(202)
    });
    assert_says(
        &mirror,
        "destination DESTINATION/owner/image: opening an upload: the registry opened an upload without saying where (no usable Location). DESTINATION does not keep to the protocol, or something between it and this runner changes what is sent",
    );
}

#[test]
fn a_manifest_of_an_unknown_kind() {
    let mirror = Mirror::to_open(1);
    let kind = "application/vnd.example.thing+json";
    let bytes = format!(r#"{{"schemaVersion":2,"mediaType":"{kind}"}}"#);
    mirror.source.put_manifest(NAME, "built", kind, bytes);
    assert_says(
        &mirror,
        r#"source SOURCE/owner/image: reading its manifests: the manifest sha256:… can't be mirrored: its media type "application/vnd.example.thing+json" is not one that can be mirrored (OCI and Docker images, indexes and artifacts are)"#,
    );
}

#[test]
fn a_manifest_that_the_registry_does_not_take() {
    let mirror = fault_at_destination(|destination| {
        let rule = destination.on(Method::PUT, "/manifests/").status(400);
        rule.body(complaint(
            "MANIFEST_INVALID",
            "unknown/unknown is no platform",
        ))
    });
    assert_says(
        &mirror,
        "destination DESTINATION/owner/image: putting manifest sha256:…: PUT http://DESTINATION/v2/owner/image/manifests/sha256:… was answered with 400 Bad Request: MANIFEST_INVALID: unknown/unknown is no platform",
    );
}
