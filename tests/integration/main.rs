//! The action from outside: its interface, its rooms, the runner it speaks to.

// Clippy knows tests by their attribute, and their helpers have none.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod branches;
mod direction;
mod github;
mod guards;
mod inputs;
mod internet;
mod killed;
mod matrix;
mod mirror;
mod modes;
mod names;
mod nasty;
mod process;
mod program;
mod publish;
mod quota;
mod receipt;
mod redirects;
mod refused;
mod requests;
#[path = "../runner/mod.rs"]
mod runner;
mod runner_commands;
mod sentences;
mod sources;
mod tags;
mod tokens;
mod uploads;
