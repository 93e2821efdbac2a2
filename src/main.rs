//! The program that the action's container runs.

use std::process::ExitCode;
use std::sync::Arc;

use truxe_registry_action::action::{Runner, capture, start_log};
use truxe_registry_action::run::{Policy, run};

// One thread: the work is moving bytes between sockets, and two of them would only hand those to each other.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    start_log();
    let world = capture();
    let runner = Arc::new(Runner::new(&world));
    ExitCode::from(run(&world, Policy::default(), runner).await)
}
