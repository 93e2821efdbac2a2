use hyper::Method;
use serde_json::json;

use crate::call::Call;
use crate::reply::{Reply, plain};
use crate::server::Server;

/// `GET /tags/list`, in lexical order, page by page.
pub(super) fn list(server: &Server, call: &Call, repository: &str) -> Reply {
    if call.method != Method::GET {
        return plain(405);
    }
    let store = server.store();
    let Some(known) = store.repositories.get(repository) else {
        return Reply::error(404, "NAME_UNKNOWN", "repository name not known to registry");
    };
    let wanted = call.parameter("n").and_then(|n| n.parse().ok());
    let size = server.settings.tags_page.min(wanted.unwrap_or(usize::MAX));
    let last = call.parameter("last").unwrap_or_default();
    let mut names = known.tags.keys().filter(|name| **name > last);
    let page: Vec<_> = names.by_ref().take(size).collect();
    let next = page.last().filter(|_| names.next().is_some());
    let link = next.map(|last| {
        let target = format!("/v2/{repository}/tags/list?n={size}&last={last}");
        ("link", format!("<{target}>; rel=\"next\""))
    });
    Reply::new(200)
        .json(&json!({"name": repository, "tags": page}))
        .headers(link)
}
