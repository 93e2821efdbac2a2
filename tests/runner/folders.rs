//! The folders of a job on its host, and where the container sees them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Whom a hosted runner's files belong to, while the action is root.
const RUNNER_UID: u32 = 1001;

#[derive(Debug)]
pub(crate) struct Folders {
    root: TempDir,
    id: String,
}

impl Folders {
    pub(crate) fn new(id: &str) -> Self {
        let folders = Self {
            root: tempfile::tempdir().unwrap(),
            id: id.to_owned(),
        };
        for (host, _) in folders.mounts() {
            fs::create_dir_all(host).unwrap();
        }
        // Only root can give away; whoever is not root is the runner already.
        let _ = chown(folders.workspace(), Some(RUNNER_UID), Some(RUNNER_UID));
        for command in [
            "set_output",
            "set_env",
            "add_path",
            "step_summary",
            "save_state",
            "artifacts",
            "artifacts_list",
        ] {
            fs::write(folders.command_file(command), "").unwrap();
        }
        folders
    }

    pub(crate) fn temp(&self) -> PathBuf {
        self.root.path().join("work/_temp")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.temp().join("_github_home")
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        self.root.path().join("work/truxe/truxe")
    }

    pub(crate) fn command_file(&self, command: &str) -> PathBuf {
        self.temp()
            .join("_runner_file_commands")
            .join(format!("{command}_{}", self.id))
    }

    pub(crate) fn event_file(&self) -> PathBuf {
        self.temp().join("_github_workflow/event.json")
    }

    pub(crate) fn write_event(&self, event: &str) {
        fs::write(self.event_file(), event).unwrap();
        fs::set_permissions(self.event_file(), fs::Permissions::from_mode(0o444)).unwrap();
    }

    pub(crate) fn read(&self, command: &str) -> String {
        fs::read_to_string(self.command_file(command)).unwrap_or_default()
    }

    /// In the order of the command line.
    pub(crate) fn mounts(&self) -> [(PathBuf, &'static str); 5] {
        let temp = self.temp();
        [
            (temp.clone(), "/github/runner_temp"),
            (self.home(), "/github/home"),
            (temp.join("_github_workflow"), "/github/workflow"),
            (temp.join("_runner_file_commands"), "/github/file_commands"),
            (self.workspace(), "/github/workspace"),
        ]
    }

    /// What GitHub makes of a value before the runner sees it: expressions become paths of the host.
    pub(crate) fn evaluate(&self, value: &str) -> String {
        let (workspace, temp) = (self.workspace(), self.temp());
        let expressions = [
            ("${{ github.workspace }}", workspace),
            ("${{ runner.temp }}", temp),
        ];
        expressions
            .iter()
            .fold(value.to_owned(), |value, (expression, path)| {
                value.replace(expression, &path.to_string_lossy())
            })
    }

    /// A value that is a host path, or begins with one, becomes the container's; the most specific folder wins.
    pub(crate) fn translate(&self, value: &str) -> String {
        let mut mounts = self.mounts();
        mounts.sort_by_key(|(host, _)| std::cmp::Reverse(host.components().count()));
        let inside = |(host, container): &(PathBuf, &str)| {
            Path::new(value)
                .strip_prefix(host)
                .ok()
                .map(|rest| Path::new(container).join(rest))
        };
        let path = mounts.iter().find_map(inside);
        path.map_or_else(
            || value.to_owned(),
            |path| path.to_string_lossy().trim_end_matches('/').to_owned(),
        )
    }
}
