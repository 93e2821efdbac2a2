//! The program that the action's container runs.

use std::process::ExitCode;
use std::sync::Arc;

use truxe_registry_action::action::{Runner, capture, start_log};
use truxe_registry_action::run::{Policy, run};

#[tokio::main]
async fn main() -> ExitCode {
    start_log();
    let world = capture();
    let runner = Arc::new(Runner::new(&world));
    ExitCode::from(run(&world, Policy::default(), runner).await)
}
