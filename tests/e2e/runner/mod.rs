//! GitHub's runner, as far as a container action can tell: the same command line, environment, mounts and files, the same
//! reading of what the step says, the same way of stopping it (actions/runner 2.336.0).

mod commands;
mod finished;
mod folders;
mod masks;
mod outputs;
mod running;
mod step;

pub(crate) use finished::Finished;
pub(crate) use step::Step;
