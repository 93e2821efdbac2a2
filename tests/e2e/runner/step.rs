//! A step of a workflow that uses the action: what the user wrote, and what the runner adds to it.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::finished::Finished;
use super::folders::Folders;
use super::running::Running;
use crate::parts::docker;

const JOB_TOKEN: &str = "ghs_aTokenThatOnlyGitHubMaySee000000000000";
const RUNTIME_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.the-runtime-token-of-the-job.c2lnbmF0dXJl";
const SHA: &str = "6d5c7f2f0a9be7fb5f6dd0d1b2c3d4e5f6a7b8c9";

/// Longer than any of these steps takes, so that one that hangs is told from one that works.
const LIMIT: Duration = Duration::from_mins(2);

pub(crate) struct Step {
    git_ref: String,
    event: (&'static str, serde_json::Value),
    inputs: Vec<(String, String)>,
    secrets: Vec<String>,
    files: Vec<(&'static str, String)>,
    network: Option<String>,
}

impl Step {
    /// A release was published: the event that brings a version tag.
    pub(crate) fn on_release(tag: &str) -> Self {
        let release = serde_json::json!({ "tag_name": tag, "draft": false, "prerelease": false, "target_commitish": "main" });
        let repository = serde_json::json!({
            "name": "truxe", "full_name": "truxe/truxe", "default_branch": "main", "private": false,
            "owner": { "login": "truxe" }, "html_url": "https://github.com/truxe/truxe",
        });
        let event = serde_json::json!({ "action": "published", "release": release, "repository": repository });
        Self {
            git_ref: format!("refs/tags/{tag}"),
            event: ("release", event),
            inputs: Vec::new(),
            secrets: vec![JOB_TOKEN.to_owned(), RUNTIME_TOKEN.to_owned()],
            files: Vec::new(),
            network: None,
        }
    }

    pub(crate) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `${{ secrets.X }}` somewhere in the step: the runner hides it from the log.
    pub(crate) fn secret(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// An earlier step left a CA certificate in `RUNNER_TEMP`, and `env:` points there.
    pub(crate) fn trusting(mut self, certificate: &str) -> Self {
        self.files.push(("SSL_CERT_FILE", certificate.to_owned()));
        self
    }

    /// No CA but those of the image.
    pub(crate) fn trusting_nobody_else(mut self) -> Self {
        self.files.clear();
        self
    }

    /// A job with `services:` runs in a network of its own.
    pub(crate) fn in_network(mut self, network: &str) -> Self {
        self.network = Some(network.to_owned());
        self
    }

    #[track_caller]
    pub(crate) fn run(self) -> Finished {
        self.start().wait(LIMIT)
    }

    pub(crate) fn start(self) -> Running {
        let image = docker::own_image();
        let id = format!("{:06x}", unique() & 0x00ff_ffff);
        let folders = Folders::new(&id);
        folders.write_event(&self.event.1.to_string());
        let env = self.environment(&folders);
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
        for (key, _) in &env {
            docker.args(["-e", key]);
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
        docker.arg(image).current_dir(folders.workspace()).envs(env);
        docker
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running::start(docker, name, folders, self.secrets)
    }

    /// In the runner's order, later ones win: `env:`, the inputs, what GitHub and the runner say.
    fn environment(&self, folders: &Folders) -> Vec<(String, String)> {
        let mut env = Vec::new();
        for (key, content) in &self.files {
            let file = folders.temp().join(key);
            std::fs::write(&file, content).unwrap();
            set(&mut env, key, &file.to_string_lossy());
        }
        for (name, value) in declared().iter().chain(&self.inputs) {
            let key = format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
            set(&mut env, &key, value);
        }
        for (key, value) in self
            .github()
            .into_iter()
            .chain(files(folders))
            .chain(runner(folders))
        {
            set(&mut env, key, &value);
        }
        env.into_iter()
            .map(|(key, value)| (key, folders.translate(&value)))
            .collect()
    }

    fn github(&self) -> Vec<(&'static str, String)> {
        let name = self.git_ref.rsplit('/').next().unwrap_or_default();
        [
            ("GITHUB_JOB", "publish"),
            ("GITHUB_REF", &self.git_ref),
            ("GITHUB_SHA", SHA),
            ("GITHUB_REPOSITORY", "truxe/truxe"),
            ("GITHUB_REPOSITORY_OWNER", "truxe"),
            ("GITHUB_REPOSITORY_OWNER_ID", "1"),
            ("GITHUB_RUN_ID", "1658821493"),
            ("GITHUB_RUN_NUMBER", "7"),
            ("GITHUB_RETENTION_DAYS", "90"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_ACTOR_ID", "2"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_WORKFLOW", "release"),
            ("GITHUB_HEAD_REF", ""),
            ("GITHUB_BASE_REF", ""),
            ("GITHUB_EVENT_NAME", self.event.0),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"),
            ("GITHUB_REF_NAME", name),
            ("GITHUB_REF_PROTECTED", "false"),
            ("GITHUB_REF_TYPE", "tag"),
            (
                "GITHUB_WORKFLOW_REF",
                "truxe/truxe/.github/workflows/release.yml@refs/heads/main",
            ),
            ("GITHUB_WORKFLOW_SHA", SHA),
            ("GITHUB_REPOSITORY_ID", "3"),
            ("GITHUB_TRIGGERING_ACTOR", "octocat"),
            ("GITHUB_ACTION", "__wundam_truxe-registry-action"),
            ("GITHUB_ACTION_REPOSITORY", "wundam/truxe-registry-action"),
            ("GITHUB_ACTION_REF", "v1"),
        ]
        .map(|(key, value)| (key, value.to_owned()))
        .to_vec()
    }
}

/// The inputs that action.yml declares: the runner sets every one, an unset one to its default or to nothing.
fn declared() -> Vec<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Action {
        inputs: BTreeMap<String, Input>,
    }
    #[derive(serde::Deserialize)]
    struct Input {
        #[serde(default)]
        default: String,
    }
    let action: Action = serde_saphyr::from_str(include_str!("../../../action.yml")).unwrap();
    let value = |input: Input| input.default.replace("${{ github.token }}", JOB_TOKEN);
    action
        .inputs
        .into_iter()
        .map(|(name, input)| (name, value(input)))
        .collect()
}

fn files(folders: &Folders) -> Vec<(&'static str, String)> {
    let command = |name: &str| folders.command_file(name);
    [
        ("HOME", folders.temp().join("_github_home")),
        ("GITHUB_WORKSPACE", folders.workspace()),
        ("GITHUB_EVENT_PATH", folders.event_file()),
        ("GITHUB_PATH", command("add_path")),
        ("GITHUB_ENV", command("set_env")),
        ("GITHUB_STEP_SUMMARY", command("step_summary")),
        ("GITHUB_STATE", command("save_state")),
        ("GITHUB_OUTPUT", command("set_output")),
        ("GITHUB_ARTIFACTS", command("artifacts")),
        ("GITHUB_ARTIFACTS_LIST", command("artifacts_list")),
        ("RUNNER_TEMP", folders.temp()),
    ]
    .map(|(key, path)| (key, path.to_string_lossy().into_owned()))
    .to_vec()
}

fn runner(folders: &Folders) -> Vec<(&'static str, String)> {
    let workspace = folders.workspace();
    let parent = workspace.parent().unwrap().to_string_lossy().into_owned();
    [
        ("RUNNER_OS", "Linux"),
        ("RUNNER_ARCH", "X64"),
        ("RUNNER_NAME", "GitHub Actions 1000000001"),
        ("RUNNER_ENVIRONMENT", "github-hosted"),
        ("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"),
        ("RUNNER_WORKSPACE", &parent),
        (
            "ACTIONS_RUNTIME_URL",
            "https://pipelinesghubeus1.actions.githubusercontent.com/x/",
        ),
        ("ACTIONS_RUNTIME_TOKEN", RUNTIME_TOKEN),
        (
            "ACTIONS_CACHE_URL",
            "https://acghubeus1.actions.githubusercontent.com/x/",
        ),
        (
            "ACTIONS_RESULTS_URL",
            "https://results-receiver.actions.githubusercontent.com/",
        ),
        ("ACTIONS_ORCHESTRATION_ID", "b2a4c7d6.publish.__default"),
    ]
    .map(|(key, value)| (key, value.to_owned()))
    .to_vec()
}

fn set(env: &mut Vec<(String, String)>, key: &str, value: &str) {
    env.retain(|(known, _)| known != key);
    env.push((key.to_owned(), value.to_owned()));
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
