//! What the runner puts into a step's environment besides what the user wrote (actions/runner 2.336.0).

use std::collections::BTreeMap;

use super::folders::Folders;

pub(crate) const JOB_TOKEN: &str = "ghs_aTokenThatOnlyGitHubMaySee000000000000";
pub(super) const RUNTIME_TOKEN: &str =
    "eyJhbGciOiJSUzI1NiJ9.the-runtime-token-of-the-job.c2lnbmF0dXJl";
const SHA: &str = "6d5c7f2f0a9be7fb5f6dd0d1b2c3d4e5f6a7b8c9";

pub(super) type Environment = Vec<(String, String)>;

pub(super) fn github(server: &str, git_ref: &str, event: &str) -> Vec<(&'static str, String)> {
    let name = git_ref.rsplit('/').next().unwrap_or_default();
    let kind = if git_ref.starts_with("refs/tags/") {
        "tag"
    } else {
        "branch"
    };
    [
        ("GITHUB_JOB", "publish"),
        ("GITHUB_REF", git_ref),
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
        ("GITHUB_EVENT_NAME", event),
        ("GITHUB_SERVER_URL", server),
        ("GITHUB_API_URL", "https://api.github.com"),
        ("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"),
        ("GITHUB_REF_NAME", name),
        ("GITHUB_REF_PROTECTED", "false"),
        ("GITHUB_REF_TYPE", kind),
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

/// The inputs that action.yml declares: the runner sets every one, an unset one to its default or to nothing.
pub(super) fn declared() -> Vec<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Action {
        inputs: BTreeMap<String, Input>,
    }
    #[derive(serde::Deserialize)]
    struct Input {
        #[serde(default)]
        default: String,
    }
    let action: Action = serde_saphyr::from_str(include_str!("../../action.yml")).unwrap();
    let value = |input: Input| input.default.replace("${{ github.token }}", JOB_TOKEN);
    action
        .inputs
        .into_iter()
        .map(|(name, input)| (name, value(input)))
        .collect()
}

pub(super) fn files(folders: &Folders) -> Vec<(&'static str, String)> {
    let command = |name: &str| folders.command_file(name);
    [
        ("HOME", folders.home()),
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

pub(super) fn runner(folders: &Folders) -> Vec<(&'static str, String)> {
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

pub(super) fn set(env: &mut Environment, key: &str, value: &str) {
    env.retain(|(known, _)| known != key);
    env.push((key.to_owned(), value.to_owned()));
}
