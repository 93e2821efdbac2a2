//! The program as the runner starts it, but for the container around it: its environment, its files, its signals.

use std::process::Command;

use crate::runner::{Running, Step};

impl Step {
    pub(crate) fn start(self) -> Running {
        let folders = self.folders("0a1b2c");
        let mut program = Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"));
        program
            .env_clear()
            .envs(self.environment(&folders))
            .envs([("GITHUB_ACTIONS", "true"), ("CI", "true")])
            .current_dir(folders.workspace());
        Running::start(program, folders, self.secrets)
    }
}
