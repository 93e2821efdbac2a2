use super::*;

const LATER: &str = "DESTINATION did not get better in several tries: run the job again later";

#[test]
fn a_server_in_trouble() {
    let mirror = fault_at_destination(|destination| {
        destination
            .on(Method::POST, "/blobs/uploads/")
            .status(502)
            .body("<html>Bad Gateway</html>")
    });
    assert_says(
        &mirror,
        &format!(
            "destination DESTINATION/owner/image: opening an upload: POST http://DESTINATION/v2/owner/image/blobs/uploads/ was answered with 502 Bad Gateway: <html>Bad Gateway</html>. {LATER}"
        ),
    );
}

#[test]
fn a_connection_that_breaks() {
    let mirror =
        fault_at_destination(|destination| destination.on(Method::POST, "/blobs/uploads/").close());
    assert_says(
        &mirror,
        &format!(
            "destination DESTINATION/owner/image: opening an upload: POST http://DESTINATION/v2/owner/image/blobs/uploads/ failed: connection closed before message completed. {LATER}"
        ),
    );
}

#[test]
fn uploads_that_get_lost() {
    let remedy = "DESTINATION lost what was uploaded: run the job again";
    let mirror = fault_at_destination(|destination| {
        let rule = destination.on(Method::PUT, "/blobs/uploads/").status(404);
        rule.body(complaint(
            "BLOB_UPLOAD_UNKNOWN",
            "blob upload unknown to registry",
        ))
    });
    assert_says(
        &mirror,
        &format!(
            "destination DESTINATION/owner/image: uploading blob sha256:…: PUT http://DESTINATION/v2/owner/image/blobs/uploads/… was answered with 404 Not Found: BLOB_UPLOAD_UNKNOWN: blob upload unknown to registry. {remedy}"
        ),
    );
    let mirror = fault_at_destination(|destination| {
        let rule = destination.on(Method::PUT, "/manifests/").status(400);
        rule.body(complaint(
            "MANIFEST_BLOB_UNKNOWN",
            "blob unknown to registry",
        ))
    });
    assert_says(
        &mirror,
        &format!(
            "destination DESTINATION/owner/image: putting manifest sha256:…: PUT http://DESTINATION/v2/owner/image/manifests/sha256:… was answered with 400 Bad Request: MANIFEST_BLOB_UNKNOWN: blob unknown to registry. {remedy}"
        ),
    );
}

#[test]
fn an_answer_that_stands_still() {
    let mirror = fault_at_source(|source| source.on(Method::GET, "/blobs/").stall());
    assert_says(
        &mirror,
        "source SOURCE/owner/image: reading blob sha256:…: reading blob sha256:…: the answer stood still for 0.5 s. SOURCE did not get better in several tries: run the job again later",
    );
}
