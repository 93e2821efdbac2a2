//! What only real parts can prove: the action's own image, run by the Docker Engine as GitHub's runner runs it, between
//! real registries; judged by tools that are not ours. Everything here needs those parts, so `tests/all` runs it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it needs by failing"
)]

mod parts;
#[path = "../runner/mod.rs"]
mod runner;
mod scenarios;
