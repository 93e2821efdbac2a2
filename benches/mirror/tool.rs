use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// Who copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Ours,
    Crane,
    Oras,
    Regctl,
    Skopeo,
}

pub(super) const PEERS: [Tool; 4] = [Tool::Crane, Tool::Oras, Tool::Regctl, Tool::Skopeo];

/// What the processes of one copy cost: their times are added up, of their memory the largest counts.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) memory: u64,
    pub(super) requests: u64,
    pub(super) bytes_read: u64,
}

impl Tool {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Crane => "crane",
            Self::Oras => "oras",
            Self::Regctl => "regctl",
            Self::Skopeo => "skopeo",
        }
    }

    pub(super) fn is_there(self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.name()).exists())
    }

    /// Copies one image to all these repositories: ours with one process, the others with one for each.
    pub(super) fn copy(self, trusted: &Path, from: &str, to: &[String], tag: &str) -> Cost {
        let commands = match self {
            Self::Ours => vec![ours(from, to, tag)],
            Self::Crane | Self::Oras | Self::Regctl | Self::Skopeo => to
                .iter()
                .map(|to| self.command(from, &format!("{to}:{tag}")))
                .collect(),
        };
        let costs = commands.into_iter().map(|command| run(command, trusted));
        costs.fold(Cost::default(), |sum, cost| Cost {
            wall: sum.wall + cost.wall,
            cpu: sum.cpu + cost.cpu,
            memory: sum.memory.max(cost.memory),
            ..sum
        })
    }

    fn command(self, from: &str, to: &str) -> Command {
        let mut command = Command::new(self.name());
        let (docker_from, docker_to) = (format!("docker://{from}"), format!("docker://{to}"));
        command.args(match self {
            Self::Ours | Self::Oras => ["cp", "--no-tty", from, to],
            Self::Crane => ["copy", "--platform=all", from, to],
            Self::Regctl => ["image", "copy", from, to],
            Self::Skopeo => ["copy", "--all", &docker_from, &docker_to],
        });
        command
    }
}

fn run(mut command: Command, trusted: &Path) -> Cost {
    command.env("SSL_CERT_FILE", trusted).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let child = command.spawn().unwrap();
    let ended = child.wait4().unwrap();
    assert!(ended.status.success(), "{command:?}: {}", ended.status);
    Cost {
        wall: started.elapsed(),
        cpu: ended.rusage.utime + ended.rusage.stime,
        memory: ended.rusage.maxrss,
        ..Cost::default()
    }
}

/// Our program, as the runner starts it.
pub(super) fn ours(from: &str, to: &[String], tag: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"));
    command
        .env("INPUT_SOURCE", from)
        .env("INPUT_IMAGES", to.join("\n"))
        .env("INPUT_TAGS", format!("type=raw,value={tag}"))
        .env("INPUT_FLAVOR", "latest=false");
    command
}
