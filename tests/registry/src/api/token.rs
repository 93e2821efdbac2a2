use hyper::Method;
use serde_json::json;

use crate::access::Grant;
use crate::call::Call;
use crate::dialect::{Dialect, Missing, TokenField};
use crate::reply::{Reply, plain};
use crate::server::Server;

/// `GET /token?service=&scope=`: a token for what this user may do of what was asked.
pub(super) fn answer(server: &Server, dialect: &Dialect, call: &Call) -> Reply {
    if call.method != Method::GET {
        return plain(405);
    }
    let Ok(user) = server.gate.user(call) else {
        let (status, code) = dialect.wrong_password;
        return Reply::error(status, code, "incorrect username or password");
    };
    let scopes: Vec<_> = call.parameters("scope").collect();
    let scopes = scopes.iter().flat_map(|scope| scope.split(' '));
    let wanted: Vec<_> = scopes.filter_map(Grant::parse).collect();
    if dialect.missing == Missing::Refuse && server.gate.lacks(user.as_deref(), &wanted) {
        return Reply::error(403, "DENIED", "requested access to the resource is denied");
    }
    let token = server.gate.mint(dialect, user.as_deref(), &wanted);
    let mut body = match dialect.field {
        TokenField::Token => json!({"token": token}),
        TokenField::AccessToken => json!({"access_token": token}),
        TokenField::Both => json!({"token": token, "access_token": token}),
    };
    if let Some(seconds) = dialect.expires_in {
        body["expires_in"] = seconds.into();
    }
    Reply::new(200).json(&body)
}
