use std::sync::Mutex;

use hyper::Method;

use crate::access::{Grant, Right};
use crate::call::Call;
use crate::digest::{Algorithm, Digest};
use crate::inflow::{Broken, Inflow};
use crate::quirk::{Capability, Oddity, UploadLocation};
use crate::reply::{Reply, plain};
use crate::server::Server;
use crate::upload::Upload;

use super::session::{continued, find, lock, receive, received, session, unknown};

/// The repository a request wants to mount from.
pub(super) fn mount_source(call: &Call) -> Option<String> {
    let mounts = call.method == Method::POST && call.parameter("mount").is_some();
    mounts.then(|| call.parameter("from")).flatten()
}

/// `POST /blobs/uploads/`: a mount, a whole blob, or a new session.
pub(super) async fn open(
    server: &Server,
    call: &Call,
    repository: &str,
    inflow: &mut Inflow,
) -> Result<Reply, Broken> {
    if call.method != Method::POST {
        return Ok(plain(405));
    }
    if let Some(digest) = mount(server, call, repository) {
        return Ok(created(server, call, repository, &digest, 201));
    }
    let algorithm = call.parameter("digest-algorithm");
    let algorithm = algorithm.and_then(|name| Algorithm::named(&name));
    let upload = Upload::new(
        repository,
        algorithm.unwrap_or(Algorithm::Sha256),
        !server.settings.is(Oddity::DiscardsBlobs),
    );
    let single = server.settings.has(Capability::SinglePost) && call.parameter("digest").is_some();
    let id = server.store().open_upload(upload);
    if single {
        put(server, call, repository, &id, inflow).await
    } else {
        Ok(session(server, call, repository, &id, 202, 0))
    }
}

/// The blob that was mounted, if it was.
fn mount(server: &Server, call: &Call, repository: &str) -> Option<Digest> {
    let digest = Digest::parse(&call.parameter("mount")?)?;
    let source = call.parameter("from")?;
    let readable = [Grant::new(&source, &[Right::Pull])];
    if !server.settings.has(Capability::Mount) {
        return None;
    }
    if source != repository && server.gate.admit(call, &readable).is_err() {
        return None;
    }
    let mut store = server.store();
    let content = store.blob(&source, &digest)?;
    store.put_blob(repository, digest.clone(), content);
    Some(digest)
}

/// What may be done with an open session.
pub(super) async fn answer(
    server: &Server,
    call: &Call,
    repository: &str,
    id: &str,
    inflow: &mut Inflow,
) -> Result<Reply, Broken> {
    let has = |capability| server.settings.has(capability);
    match call.method {
        Method::GET if has(Capability::UploadStatus) => Ok(status(server, call, repository, id)),
        Method::PATCH if has(Capability::Chunks) => {
            patch(server, call, repository, id, inflow).await
        }
        Method::PUT => put(server, call, repository, id, inflow).await,
        Method::DELETE if has(Capability::UploadCancel) => Ok(cancel(server, id)),
        _ => Ok(plain(405)),
    }
}

fn status(server: &Server, call: &Call, repository: &str, id: &str) -> Reply {
    match find(server, repository, id) {
        Ok(upload) => {
            let received = received(&upload);
            session(server, call, repository, id, 204, received)
        }
        Err(unknown) => unknown,
    }
}

fn cancel(server: &Server, id: &str) -> Reply {
    match server.store().uploads.remove(id) {
        Some(_) => Reply::new(204),
        None => unknown(),
    }
}

async fn patch(
    server: &Server,
    call: &Call,
    repository: &str,
    id: &str,
    inflow: &mut Inflow,
) -> Result<Reply, Broken> {
    let upload = match continued(server, call, repository, id) {
        Ok(upload) => upload,
        Err(refusal) => return Ok(refusal),
    };
    match receive(server, id, &upload, inflow).await? {
        None => {
            let received = received(&upload);
            Ok(session(server, call, repository, id, 202, received))
        }
        Some(refusal) => Ok(refusal),
    }
}

async fn put(
    server: &Server,
    call: &Call,
    repository: &str,
    id: &str,
    inflow: &mut Inflow,
) -> Result<Reply, Broken> {
    let upload = match continued(server, call, repository, id) {
        Ok(upload) => upload,
        Err(refusal) => return Ok(refusal),
    };
    let digest = call.parameter("digest");
    let Some(digest) = digest.and_then(|text| Digest::parse(&text)) else {
        return Ok(Reply::error(
            400,
            "DIGEST_INVALID",
            "digest parameter missing or malformed",
        ));
    };
    lock(&upload).expect(digest.algorithm());
    if let Some(refusal) = receive(server, id, &upload, inflow).await? {
        return Ok(refusal);
    }
    Ok(finish(server, call, repository, id, &upload, &digest))
}

fn finish(
    server: &Server,
    call: &Call,
    repository: &str,
    id: &str,
    upload: &Mutex<Upload>,
    digest: &Digest,
) -> Reply {
    let mut store = server.store();
    store.uploads.remove(id);
    let Some(content) = lock(upload).finish(digest) else {
        let message = "provided digest did not match uploaded content";
        return Reply::error(400, "DIGEST_INVALID", message);
    };
    if let Some((quota, full)) = server.settings.quota
        && store.size + content.len() > quota
    {
        let (status, code, message) = full.row();
        return Reply::error(status, code, message);
    }
    store.put_blob(repository, digest.clone(), content);
    drop(store);
    created(
        server,
        call,
        repository,
        digest,
        server.settings.blob_put_status,
    )
}

/// A blob is there.
fn created(server: &Server, call: &Call, repository: &str, digest: &Digest, status: u16) -> Reply {
    let path = format!("/v2/{repository}/blobs/{digest}");
    let location = match server.settings.upload_location {
        UploadLocation::Absolute | UploadLocation::Foreign => call.base() + &path,
        UploadLocation::Relative => path,
    };
    let reply = Reply::new(status).header("location", location);
    if server.settings.has(Capability::DigestHeader) {
        reply.digest(digest)
    } else {
        reply
    }
}
