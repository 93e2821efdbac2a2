use serde_json::json;

use crate::access::Authorization;
use crate::call::Call;
use crate::reply::Reply;
use crate::server::Server;

/// A GET of GitHub's REST API, as far as it is known.
pub(super) fn answer(server: &Server, call: &Call) -> Reply {
    let wanted = server.settings.github_token.as_deref();
    match (&call.authorization, wanted) {
        (Authorization::Bearer(token), Some(wanted)) if token != wanted => {
            return refusal(401, "Bad credentials");
        }
        // What is private is not even there for strangers.
        (Authorization::None, Some(_)) => return refusal(404, "Not Found"),
        _ => {}
    }
    let store = server.store();
    let known = store.github.get(&call.path);
    known.map_or_else(
        || refusal(404, "Not Found"),
        |known| Reply::new(200).json(known),
    )
}

fn refusal(status: u16, message: &str) -> Reply {
    Reply::new(status).json(&json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    }))
}
