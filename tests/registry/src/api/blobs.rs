use hyper::Method;

use crate::call::{Call, Origin};
use crate::content::Content;
use crate::digest::Digest;
use crate::quirk::{Capability, Oddity};
use crate::reply::{Reply, plain};
use crate::server::Server;

pub(super) fn answer(server: &Server, call: &Call, repository: &str, digest: &str) -> Reply {
    let Some(digest) = Digest::parse(digest) else {
        return Reply::error(400, "DIGEST_INVALID", "invalid digest format");
    };
    match call.method {
        Method::HEAD if !server.settings.has(Capability::HeadBlob) => plain(405),
        Method::GET | Method::HEAD => read(server, call, repository, &digest),
        Method::DELETE if server.settings.has(Capability::Delete) => {
            if server.store().delete_blob(repository, &digest) {
                Reply::new(202)
            } else {
                unknown()
            }
        }
        _ => plain(405),
    }
}

fn unknown() -> Reply {
    Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry")
}

fn read(server: &Server, call: &Call, repository: &str, digest: &Digest) -> Reply {
    let Some(content) = server.store().blob(repository, digest) else {
        return unknown();
    };
    if redirects(server, call) {
        let target = format!("/v2/{repository}/blobs/{digest}?signature=c2lnbmVk");
        return Reply::new(307).header("location", server.storage_base(call) + &target);
    }
    if matches!(content, Content::Discarded(_)) && call.method == Method::GET {
        return Reply::error(500, "UNKNOWN", "this registry keeps no blobs");
    }
    let reply = match range(server, call, content.len()) {
        Ok(Some((start, end))) => Reply::new(206)
            .header("content-range", content_range(start, end, content.len()))
            .content("application/octet-stream", content.window(start, end)),
        Ok(None) => Reply::new(200).content("application/octet-stream", content),
        Err(()) => Reply::error(416, "UNSUPPORTED", "the range is outside of the blob")
            .header("content-range", format!("bytes */{}", content.len())),
    };
    if server.settings.has(Capability::DigestHeader) {
        reply.digest(digest)
    } else {
        reply
    }
}

fn redirects(server: &Server, call: &Call) -> bool {
    server.settings.is(Oddity::RedirectsBlobs)
        && call.peer.origin == Origin::Registry
        && call.method == Method::GET
}

fn content_range(start: u64, end: u64, length: u64) -> String {
    format!("bytes {start}-{}/{length}", end - 1)
}

/// The part asked for; `None` for all of it.
fn range(server: &Server, call: &Call, length: u64) -> Result<Option<(u64, u64)>, ()> {
    let wanted = call
        .header("range")
        .and_then(|it| it.strip_prefix("bytes="));
    let Some((first, last)) = wanted.and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    if !server.settings.has(Capability::Range) || call.method == Method::HEAD {
        return Ok(None);
    }
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, length.min(last + 1)),
        (Ok(first), Err(_)) => (first, length),
        (Err(_), Ok(suffix)) => (length.saturating_sub(suffix), length),
        (Err(_), Err(_)) => return Ok(None),
    };
    if start < end {
        Ok(Some((start, end)))
    } else {
        Err(())
    }
}
