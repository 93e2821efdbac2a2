//! GitHub's runner, as far as a container action can tell: the same command line, environment, mounts and files, the same
//! reading of what the step says, the same way of stopping it (actions/runner 2.336.0).
//!
//! Two test binaries share it: `integration` starts the program by itself, `e2e` the action's image.

#![allow(dead_code, unused_imports, reason = "each of the two uses its part")]

mod commands;
mod environment;
mod finished;
mod folders;
mod masks;
mod outputs;
mod running;
mod step;

pub(crate) use environment::JOB_TOKEN;
pub(crate) use finished::Finished;
pub(crate) use running::{Running, signal};
pub(crate) use step::Step;
