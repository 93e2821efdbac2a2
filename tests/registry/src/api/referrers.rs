use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::call::Call;
use crate::digest::Digest;
use crate::quirk::Capability;
use crate::reply::{Reply, plain};
use crate::server::Server;
use crate::store::{Manifest, Repository};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// `GET /referrers/<digest>`: who names this manifest as its subject, page by page.
pub(super) fn list(server: &Server, call: &Call, repository: &str, digest: &str) -> Reply {
    if call.method != Method::GET {
        return plain(405);
    }
    if !server.settings.has(Capability::Referrers) {
        return Reply::new(404).content("text/plain", Bytes::from("404 page not found\n"));
    }
    let Some(subject) = Digest::parse(digest) else {
        return Reply::error(400, "DIGEST_INVALID", "invalid digest format");
    };
    let can_filter = server.settings.has(Capability::ReferrersFilter);
    let wanted = call.parameter("artifactType").filter(|_| can_filter);
    let mut found = match server.store().repositories.get(repository) {
        Some(repository) => descriptors(repository, &subject),
        None => Vec::new(),
    };
    if let Some(wanted) = &wanted {
        found.retain(|descriptor| descriptor["artifactType"] == **wanted);
    }
    page(server, call, found, wanted.as_deref())
}

fn page(server: &Server, call: &Call, found: Vec<Value>, filter: Option<&str>) -> Reply {
    let last = call.parameter("last").unwrap_or_default();
    let digest = |descriptor: &Value| descriptor["digest"].as_str().unwrap_or("").to_owned();
    let mut rest = found.into_iter().filter(|it| digest(it) > last);
    let page: Vec<_> = rest.by_ref().take(server.settings.referrers_page).collect();
    let next = page.last().filter(|_| rest.next().is_some());
    let link = next.map(|last| {
        let filter = filter.map(|it| format!("artifactType={it}&"));
        let filter = filter.unwrap_or_default();
        let target = format!("{}?{filter}last={}", call.path, digest(last));
        ("link", format!("<{target}>; rel=\"next\""))
    });
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": page});
    Reply::new(200)
        .content(INDEX, Bytes::from(index.to_string()))
        .headers(link)
        .headers(filter.map(|_| ("oci-filters-applied", "artifactType")))
}

fn descriptors(repository: &Repository, subject: &Digest) -> Vec<Value> {
    let entries = repository.manifests.iter();
    entries
        .filter_map(|(digest, manifest)| descriptor(digest, manifest, subject))
        .collect()
}

/// The descriptor of a manifest that has this subject.
fn descriptor(digest: &Digest, manifest: &Manifest, subject: &Digest) -> Option<Value> {
    let json: Value = serde_json::from_slice(&manifest.bytes).ok()?;
    if json["subject"]["digest"].as_str()? != subject.as_str() {
        return None;
    }
    let mut descriptor = json!({
        "mediaType": manifest.media_type,
        "digest": digest.as_str(),
        "size": manifest.bytes.len(),
    });
    let of_config = json["config"]["mediaType"].as_str();
    let artifact_type = json["artifactType"].as_str().or(of_config);
    if let Some(artifact_type) = artifact_type {
        descriptor["artifactType"] = artifact_type.into();
    }
    if json["annotations"].is_object() {
        descriptor["annotations"] = json["annotations"].clone();
    }
    Some(descriptor)
}
