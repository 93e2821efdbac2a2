use std::sync::{Arc, Mutex, MutexGuard};

use hyper::Method;

use crate::call::Call;
use crate::inflow::{Broken, Inflow};
use crate::quirk::{Capability, UploadLocation};
use crate::reply::Reply;
use crate::server::Server;
use crate::upload::Upload;

/// Takes the body into the session, or says that it is too large.
pub(super) async fn receive(
    server: &Server,
    id: &str,
    upload: &Mutex<Upload>,
    inflow: &mut Inflow,
) -> Result<Option<Reply>, Broken> {
    let limit = server.settings.request_limit.unwrap_or(u64::MAX);
    let mut session = Session {
        server,
        id,
        whole: false,
    };
    let mut taken = 0;
    while let Some(bytes) = inflow.next().await? {
        taken += bytes.len() as u64;
        if taken > limit {
            return Ok(Some(too_large()));
        }
        lock(upload).append(bytes);
    }
    session.whole = true;
    Ok(None)
}

/// A session in use: where sessions don't survive a broken request, it is gone with this one.
struct Session<'a> {
    server: &'a Server,
    id: &'a str,
    whole: bool,
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if !self.whole && !self.server.settings.has(Capability::Resume) {
            self.server.store().uploads.remove(self.id);
        }
    }
}

fn too_large() -> Reply {
    let page = "<html><head><title>413 Request Entity Too Large</title></head></html>";
    Reply::new(413).content("text/html", bytes::Bytes::from(page))
}

/// The session, if this request goes on where it stands.
pub(super) fn continued(
    server: &Server,
    call: &Call,
    repository: &str,
    id: &str,
) -> Result<Arc<Mutex<Upload>>, Reply> {
    let upload = find(server, repository, id)?;
    let received = received(&upload);
    let length = call.header("content-length").and_then(|it| it.parse().ok());
    if length.unwrap_or(0) > server.settings.request_limit.unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    if let Some(state) = call
        .parameter("_state")
        .filter(|_| call.method != Method::POST)
        && state != received.to_string()
    {
        return Err(Reply::error(
            400,
            "BLOB_UPLOAD_INVALID",
            "an old upload location",
        ));
    }
    let first = call
        .header("content-range")
        .and_then(|range| range.split_once('-'));
    match first {
        Some((first, _)) if first != received.to_string() => {
            Err(session(server, call, repository, id, 416, received))
        }
        _ => Ok(upload),
    }
}

/// The session of this repository.
pub(super) fn find(
    server: &Server,
    repository: &str,
    id: &str,
) -> Result<Arc<Mutex<Upload>>, Reply> {
    let upload = server.store().uploads.get(id).cloned();
    upload
        .filter(|upload| lock(upload).repository == repository)
        .ok_or_else(unknown)
}

pub(super) fn unknown() -> Reply {
    Reply::error(
        404,
        "BLOB_UPLOAD_UNKNOWN",
        "blob upload unknown to registry",
    )
}

pub(super) fn lock(upload: &Mutex<Upload>) -> MutexGuard<'_, Upload> {
    upload.lock().expect("no one panics with the lock")
}

pub(super) fn received(upload: &Mutex<Upload>) -> u64 {
    lock(upload).received
}

/// How a session stands and where it goes on.
pub(super) fn session(
    server: &Server,
    call: &Call,
    repository: &str,
    id: &str,
    status: u16,
    received: u64,
) -> Reply {
    // Like Distribution's, the location carries a state: using an old one is an error.
    let path = format!("/v2/{repository}/blobs/uploads/{id}?_state={received}");
    let location = match server.settings.upload_location {
        UploadLocation::Absolute => call.base() + &path,
        UploadLocation::Relative => path,
        UploadLocation::Foreign => server.storage_base(call) + &path + "&signature=c2lnbmVk",
    };
    let minimum = server.settings.chunk_minimum;
    Reply::new(status)
        .header("location", location)
        .header("range", format!("0-{}", received.saturating_sub(1)))
        .header("docker-upload-uuid", id)
        .headers(minimum.map(|bytes| ("oci-chunk-min-length", bytes)))
}
