//! The registry's own tests: what it promises, asked for over real connections.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail loudly"
)]

mod access;
mod capabilities;
mod client;
mod far;
mod faults;
mod images;
mod journal;
mod locations;
mod manifests;
mod protocol;
mod refusals;
mod sizes;
mod tls;
