//! The runner: what it tells us, captured once, and what it is told, in its own words.

mod command;
mod defuse;
mod file_command;
mod logger;
mod publish;
mod runner;
mod signal;
mod world;

pub use logger::start_log;
pub use runner::{Group, Runner};
pub use signal::cancelled;
pub use world::capture;
