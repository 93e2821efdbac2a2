//! The action's container, started by the very command line of the runner.

use std::process::Command;

use super::docker;
use crate::runner::{Running, Step};

impl Step {
    pub(crate) fn start(self) -> Running {
        let image = docker::own_image();
        let id = format!("{:06x}", unique() & 0x00ff_ffff);
        let folders = self.folders(&id);
        let name = format!("{}_{id}", sanitize(image));
        let mut docker = Command::new("docker");
        docker.args([
            "run",
            "--name",
            &name,
            "--label",
            &id,
            "--workdir",
            "/github/workspace",
            "--rm",
        ]);
        for (key, value) in self.environment(&folders) {
            docker.args(["-e", &key]);
            docker.env(key, folders.translate(&value));
        }
        docker.args(["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]);
        if let Some(network) = &self.network {
            docker.args(["--network", network]);
        }
        docker
            .arg("-v")
            .arg(format!("{}:/var/run/docker.sock", docker::socket()));
        for (host, container) in folders.mounts() {
            docker
                .arg("-v")
                .arg(format!("{}:{container}", host.display()));
        }
        docker.arg(image).current_dir(folders.workspace());
        // The engine keeps a container whose command line was killed.
        let sweep = docker::docker(&["rm", "-f", &name]);
        Running::start(docker, folders, self.secrets).leaving(sweep)
    }
}

/// What the runner leaves of an image's name for the container's.
fn sanitize(image: &str) -> String {
    let kept = image
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_');
    kept.skip_while(char::is_ascii_digit).collect()
}

fn unique() -> u128 {
    let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    nanos ^ (u128::from(std::process::id()) << 8)
}
