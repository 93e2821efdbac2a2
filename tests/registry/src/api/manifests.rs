use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use crate::call::Call;
use crate::digest::Digest;
use crate::inflow::{Broken, Inflow};
use crate::quirk::{Capability, Oddity};
use crate::reply::{Reply, plain};
use crate::server::Server;
use crate::store::{Manifest, Store};

use super::route::is_tag;

pub(super) async fn answer(
    server: &Server,
    call: &Call,
    repository: &str,
    reference: &str,
    inflow: &mut Inflow,
) -> Result<Reply, Broken> {
    let has = |capability| server.settings.has(capability);
    match call.method {
        Method::HEAD if !has(Capability::HeadManifest) => Ok(plain(405)),
        Method::GET | Method::HEAD => Ok(read(server, repository, reference)),
        Method::PUT => match inflow.collect(server.settings.manifest_limit).await? {
            Some(bytes) => Ok(put(server, call, repository, reference, bytes)),
            None => Ok(Reply::error(413, "SIZE_INVALID", "manifest too large")),
        },
        Method::DELETE if has(Capability::Delete) => Ok(delete(server, repository, reference)),
        _ => Ok(plain(405)),
    }
}

fn unknown() -> Reply {
    Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown")
}

fn read(server: &Server, repository: &str, reference: &str) -> Reply {
    let Some((digest, manifest)) = server.store().resolve(repository, reference) else {
        return unknown();
    };
    let entity_tag = Some(("etag", entity_tag(&digest)));
    let entity_tag = entity_tag.filter(|_| server.settings.is(Oddity::EntityTags));
    let reply = Reply::new(200).content(&manifest.media_type, manifest.bytes);
    let reply = reply.headers(entity_tag);
    if server.settings.has(Capability::DigestHeader) {
        reply.digest(&digest)
    } else {
        reply
    }
}

fn entity_tag(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

/// Whether what is there is what the request wants to replace.
fn is_matched(server: &Server, call: &Call, repository: &str, reference: &str) -> bool {
    let wanted = call.header("if-match");
    let Some(wanted) = wanted.filter(|_| server.settings.is(Oddity::EntityTags)) else {
        return true;
    };
    let there = server.store().resolve(repository, reference);
    there.is_some_and(|(digest, _)| entity_tag(&digest) == wanted)
}

fn delete(server: &Server, repository: &str, reference: &str) -> Reply {
    let mut store = server.store();
    let repository = store.repository(repository);
    let gone = match Digest::parse(reference) {
        Some(digest) => repository.delete_manifest(&digest),
        None => repository.tags.remove(reference).is_some(),
    };
    if gone { Reply::new(202) } else { unknown() }
}

fn put(server: &Server, call: &Call, repository: &str, reference: &str, bytes: Bytes) -> Reply {
    let json = match understand(call, &bytes) {
        Ok(json) => json,
        Err(refusal) => return refusal,
    };
    let (digest, tags) = match target(server, call, reference, &bytes) {
        Ok(target) => target,
        Err(refusal) => return refusal,
    };
    if !is_matched(server, call, repository, reference) {
        return Reply::error(412, "PRECONDITION", "it is another one by now");
    }
    let mut store = server.store();
    if !server.settings.is(Oddity::Lenient)
        && let Err(refusal) = complete(&store, repository, &json)
    {
        return refusal;
    }
    let taken = |tag: &String| store.tag(repository, tag).is_some();
    let (refused, set): (Vec<_>, Vec<_>) = match server.settings.immutable {
        Some(_) => tags.into_iter().partition(taken),
        None => (Vec::new(), tags),
    };
    if let Some(immutable) = server.settings.immutable
        && refused.iter().any(|tag| tag == reference)
    {
        let (status, code, message) = immutable.row();
        return Reply::error(status, code, message);
    }
    let media_type = media_type(call);
    let known = store.repository(repository);
    let tagged = set.iter().map(|tag| (tag.clone(), digest.clone()));
    known.tags.extend(tagged);
    known
        .manifests
        .insert(digest.clone(), Manifest { media_type, bytes });
    drop(store);
    created(server, call, repository, reference, &digest, &set, &json)
}

fn created(
    server: &Server,
    call: &Call,
    repository: &str,
    reference: &str,
    digest: &Digest,
    tags: &[String],
    json: &Value,
) -> Reply {
    let has = |capability| server.settings.has(capability);
    let location = format!("{}/v2/{repository}/manifests/{digest}", call.base());
    let location = Some(("location", location)).filter(|_| has(Capability::Location));
    let digest_header = Some(("docker-content-digest", digest));
    let digest_header = digest_header.filter(|_| has(Capability::DigestHeader));
    let subject = json["subject"]["digest"].as_str();
    let speaks = has(Capability::Referrers) || server.settings.is(Oddity::ClaimsSubject);
    let subject = subject.filter(|_| speaks).map(|it| ("oci-subject", it));
    let by_parameter = tags.iter().filter(|tag| *tag != reference);
    Reply::new(201)
        .headers(location)
        .headers(digest_header)
        .headers(subject)
        .headers(by_parameter.map(|tag| ("oci-tag", tag)))
}

fn media_type(call: &Call) -> String {
    let header = call.header("content-type").unwrap_or_default();
    header.split(';').next().unwrap_or("").trim().to_owned()
}

/// The manifest as JSON, if it is what its `Content-Type` says.
fn understand(call: &Call, bytes: &[u8]) -> Result<Value, Reply> {
    let invalid = |message: &str| Reply::error(400, "MANIFEST_INVALID", message);
    let json: Value = serde_json::from_slice(bytes).map_err(|error| invalid(&error.to_string()))?;
    let header = media_type(call);
    if header.is_empty() {
        return Err(invalid("no Content-Type"));
    }
    match json["mediaType"].as_str() {
        Some(inner) if inner != header => {
            Err(invalid("mediaType in manifest does not match Content-Type"))
        }
        _ => Ok(json),
    }
}

/// The digest to store a manifest under, and the tags to set.
fn target(
    server: &Server,
    call: &Call,
    reference: &str,
    bytes: &[u8],
) -> Result<(Digest, Vec<String>), Reply> {
    if !reference.contains(':') {
        return if is_tag(reference) {
            Ok((Digest::of(bytes), vec![reference.to_owned()]))
        } else {
            Err(Reply::error(
                400,
                "TAG_INVALID",
                "manifest tag did not match URI",
            ))
        };
    }
    let digest = Digest::parse(reference);
    let Some(digest) = digest.filter(|it| it.algorithm().digest(bytes) == *it) else {
        let message = "provided digest did not match uploaded content";
        return Err(Reply::error(400, "DIGEST_INVALID", message));
    };
    if !server.settings.has(Capability::TagParameter) {
        return Ok((digest, Vec::new()));
    }
    let tags: Vec<_> = call.parameters("tag").collect();
    if tags.len() > server.settings.tag_parameter_limit {
        Err(Reply::error(414, "TAG_INVALID", "too many tags"))
    } else {
        Ok((digest, tags.into_iter().filter(|tag| is_tag(tag)).collect()))
    }
}

/// Refuses a manifest whose blobs or children are missing.
fn complete(store: &Store, repository: &str, json: &Value) -> Result<(), Reply> {
    let missing = |digest: &str| {
        let message = format!("blob unknown to registry: {digest}");
        Err(Reply::error(400, "MANIFEST_BLOB_UNKNOWN", &message))
    };
    let layers = json["layers"].as_array().into_iter().flatten();
    for blob in layers
        .chain(Some(&json["config"]))
        .filter(|it| !is_foreign(it))
    {
        if let Some(digest) = blob["digest"].as_str()
            && store.blob(repository, digest).is_none()
        {
            return missing(digest);
        }
    }
    for child in json["manifests"].as_array().into_iter().flatten() {
        if let Some(digest) = child["digest"].as_str()
            && store.resolve(repository, digest).is_none()
        {
            return missing(digest);
        }
    }
    Ok(())
}

fn is_foreign(descriptor: &Value) -> bool {
    let media_type = descriptor["mediaType"].as_str().unwrap_or_default();
    media_type.contains("nondistributable") || media_type.contains("rootfs.foreign")
}
