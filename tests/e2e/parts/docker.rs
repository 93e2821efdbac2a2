//! The Docker Engine, by its own command line.

use std::process::{Command, Output};
use std::sync::OnceLock;

use super::tools::{bytes_of, text_of};

/// The action's own image, built from the Dockerfile the first time a test asks.
pub(crate) fn own_image() -> &'static str {
    const NAME: &str = "truxe-registry-action:e2e";
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        bytes_of(&mut docker(&[
            "build",
            "-q",
            "-t",
            NAME,
            env!("CARGO_MANIFEST_DIR"),
        ]));
    });
    NAME
}

/// Where the containers find this machine: the bridge's gateway, the first address of its network unless told otherwise.
pub(crate) fn gateway() -> &'static str {
    static GATEWAY: OnceLock<String> = OnceLock::new();
    let format = "{{with index .IPAM.Config 0}}{{or .Gateway .Subnet}}{{end}}";
    GATEWAY.get_or_init(|| {
        let address = text_of(&mut docker(&[
            "network", "inspect", "bridge", "--format", format,
        ]));
        address
            .split_once(".0/")
            .map_or(address.clone(), |(network, _)| format!("{network}.1"))
    })
}

/// The engine's socket on this machine, which a runner mounts into every action.
pub(crate) fn socket() -> String {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    host.strip_prefix("unix://")
        .unwrap_or("/var/run/docker.sock")
        .to_owned()
}

/// How many bytes a registry would hold of an image: its layers compressed.
pub(crate) fn compressed_size(image: &str) -> u64 {
    text_of(Command::new("sh").args(["-c", "docker save \"$0\" | gzip -9 | wc -c", image]))
        .parse()
        .unwrap()
}

/// Runs the action by hand, with one input that makes no sense.
pub(crate) fn run_with_nonsense(image: &str) -> Output {
    docker(&["run", "--rm", "-e", "INPUT_MODE=teleport", image])
        .output()
        .unwrap()
}

pub(crate) fn docker(arguments: &[&str]) -> Command {
    let mut docker = Command::new("docker");
    docker.args(arguments);
    docker
}
