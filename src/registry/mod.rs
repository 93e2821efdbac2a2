//! Speaks the distribution protocol, and is alone in that: every request to a registry passes one function.

mod auth;
mod blob;
mod body;
mod challenge;
mod chunking;
mod connector;
mod error;
mod host;
mod manifest;
mod meter;
mod mounting;
mod policy;
mod portions;
mod pulls;
mod readahead;
mod referrers;
mod remote;
mod retry;
mod session;
mod tags;
mod token;
mod transport;
mod upload;
mod way;

pub use blob::BlobReader;
pub use body::Chunks;
pub use error::{Error, Kind};
pub use manifest::Content;
pub use meter::{Count, Meter};
pub use policy::Policy;
pub use pulls::Pulls;
pub use remote::{Registries, Remote};
pub use retry::{Decision, asked_delay, decide, jitter};
pub use session::Session;
pub use transport::OnSecret;
pub use upload::Claim;

use transport::Transport;
