//! What the registry answers when nothing is wrong: the distribution protocol, one noun a file.

mod blobs;
mod github;
mod manifests;
mod referrers;
mod route;
mod session;
mod tags;
mod token;
mod uploads;

use hyper::Method;

use crate::access::{Grant, Right};
use crate::call::{Call, Origin};
use crate::gate::Scheme;
use crate::inflow::{Broken, Inflow};
use crate::quirk::Oddity;
use crate::reply::{Reply, plain};
use crate::server::Server;
use route::Route;

/// Lets a request in and answers it.
pub(crate) async fn answer(
    server: &Server,
    call: &Call,
    inflow: &mut Inflow,
) -> Result<Reply, Broken> {
    if let Scheme::Tokens(dialect) = &server.gate.scheme
        && call.path == dialect.path
    {
        return Ok(token::answer(server, dialect, call));
    }
    let admitted = match call.peer.origin {
        Origin::Registry => admit(server, call),
        Origin::Storage => admit_to_storage(call),
    };
    if let Err(refusal) = admitted {
        return Ok(refusal);
    }
    dispatch(server, call, inflow).await
}

async fn dispatch(server: &Server, call: &Call, inflow: &mut Inflow) -> Result<Reply, Broken> {
    Ok(match Route::of(&call.path) {
        Some(Route::Ping) => {
            Reply::new(200).header("docker-distribution-api-version", "registry/2.0")
        }
        Some(Route::Tags { repository }) => tags::list(server, call, repository),
        Some(Route::Referrers { repository, digest }) => {
            referrers::list(server, call, repository, digest)
        }
        Some(Route::Blob { repository, digest }) => blobs::answer(server, call, repository, digest),
        Some(Route::Manifest {
            repository,
            reference,
        }) => manifests::answer(server, call, repository, reference, inflow).await?,
        Some(Route::Uploads { repository }) => {
            uploads::open(server, call, repository, inflow).await?
        }
        Some(Route::Upload { repository, id }) => {
            uploads::answer(server, call, repository, id, inflow).await?
        }
        None if call.path.starts_with("/repos/") => github::answer(server, call),
        None => Reply::new(404).content("text/plain", bytes::Bytes::from("404 page not found\n")),
    })
}

fn admit(server: &Server, call: &Call) -> Result<(), Reply> {
    if server.settings.is(Oddity::OpenPing) && call.path == "/v2/" {
        Ok(())
    } else {
        server.gate.admit(call, &wanted(server, call))
    }
}

/// The storage believes signed links only, and dislikes a second kind of authorization, as S3 does.
fn admit_to_storage(call: &Call) -> Result<(), Reply> {
    if call.header("authorization").is_some() {
        let body = "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>";
        return Err(Reply::new(400).content("application/xml", bytes::Bytes::from(body)));
    }
    if call.parameter("signature").is_some() {
        Ok(())
    } else {
        Err(plain(403))
    }
}

/// The rights a request needs.
pub(crate) fn wanted(server: &Server, call: &Call) -> Vec<Grant> {
    let Some(repository) = Route::of(&call.path).and_then(Route::repository) else {
        return Vec::new();
    };
    let rights: &[Right] = match call.method {
        Method::GET | Method::HEAD if !call.path.contains("/blobs/uploads/") => &[Right::Pull],
        Method::DELETE if !call.path.contains("/blobs/uploads/") => &[Right::Delete],
        _ => &[Right::Pull, Right::Push],
    };
    let source = uploads::mount_source(call).filter(|source| source != repository);
    let needs_source =
        matches!(&server.gate.scheme, Scheme::Tokens(dialect) if dialect.mount_needs_source);
    let source = source
        .filter(|_| needs_source)
        .map(|name| Grant::new(&name, &[Right::Pull]));
    let target = Grant::new(repository, rights);
    std::iter::once(target).chain(source).collect()
}
