//! What GitHub's API adds to the event, asked of a real server: only where it is used, and never worth a failure.

use std::fs;
use std::process::{Command, Output};

use secrecy::SecretString;
use serde_json::{Value, json};
use test_registry::{Authorization, Method, Registry};
use truxe_registry_action::context::Details;
use truxe_registry_action::github::{Comparison, Error, GitHub, Kind};

const REPOSITORY: &str = "wundam/truxe";
const SHA: &str = "90dd6032fac8bda1b6c4436a2e65de27961ed071";
const TOKEN: &str = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";

/// An API that knows one repository and one commit of it.
fn api() -> Registry {
    let api = Registry::builder()
        .name("github")
        .github_token(TOKEN)
        .start();
    api.put_github_repository(
        REPOSITORY,
        json!({
            "name": "truxe",
            "description": "Trust, distributed",
            "html_url": "https://github.com/wundam/truxe",
            "license": {"key": "mit", "spdx_id": "MIT"},
            "default_branch": "trunk",
        }),
    );
    api.put_github_commit(REPOSITORY, SHA, "2026-03-01T10:20:30Z");
    api
}

/// A step on the branch trunk whose event says `event` and whose rules are `tags`.
fn step(api: &Registry, event: &Value, tags: &str) -> Command {
    let folder = tempfile::tempdir().unwrap().keep();
    let event_file = folder.join("event.json");
    fs::write(&event_file, event.to_string()).unwrap();
    let mut step = Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"));
    step.env_clear()
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_API_URL", format!("http://{}", api.host()))
        .env("GITHUB_EVENT_NAME", "push")
        .env("GITHUB_EVENT_PATH", event_file)
        .env("GITHUB_OUTPUT", folder.join("output"))
        .env("GITHUB_REF", "refs/heads/trunk")
        .env("GITHUB_REPOSITORY", REPOSITORY)
        .env("GITHUB_SHA", SHA)
        .env("INPUT_GITHUB-TOKEN", TOKEN)
        .env("INPUT_TAGS", tags);
    step
}

/// What it printed, and what its outputs say.
fn run(step: &mut Command) -> String {
    let Output { status, stdout, .. } = step.output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{text}");
    let mut variables = step.get_envs();
    let output = variables
        .find(|(name, _)| *name == "GITHUB_OUTPUT")
        .unwrap();
    text + &fs::read_to_string(output.1.unwrap()).unwrap()
}

fn full_event() -> Value {
    json!({
        "repository": {
            "name": "truxe",
            "description": null,
            "html_url": "https://github.com/wundam/truxe",
            "license": null,
            "default_branch": "trunk",
        },
        "head_commit": {"id": SHA, "timestamp": "2025-01-02T03:04:05Z"},
    })
}

#[test]
fn an_event_that_says_it_all_leaves_the_api_alone() {
    let api = api();
    let rules = "type=edge\ntype=raw,value={{commit_date 'YYYY'}}";
    let text = run(&mut step(&api, &full_event(), rules));
    assert!(text.contains("2025"), "{text}");
    assert_eq!(api.requests(), 0, "{}", api.transcript());
}

#[test]
fn labels_and_the_default_branch_come_in_one_request() {
    let api = api();
    let text = run(&mut step(&api, &json!({}), "type=edge"));
    for expected in [
        "org.opencontainers.image.title=truxe",
        "org.opencontainers.image.description=Trust, distributed",
        "org.opencontainers.image.url=https://github.com/wundam/truxe",
        "org.opencontainers.image.licenses=MIT",
        "ghcr.io/wundam/truxe:edge",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("::warning"), "{text}");
    assert_eq!(api.requests(), 1, "{}", api.transcript());
}

#[test]
fn the_commits_date_is_asked_for_where_a_rule_prints_it() {
    let api = api();
    let mut event = full_event();
    event["head_commit"] = Value::Null;
    let rule = "type=raw,value={{commit_date 'YYYYMMDD-HHmmss'}}";
    let text = run(&mut step(&api, &event, rule));
    assert!(text.contains(":20260301-102030"), "{text}");
    assert_eq!(api.requests(), 1, "{}", api.transcript());
    run(&mut step(&api, &event, "type=sha"));
    assert_eq!(api.requests(), 1, "{}", api.transcript());
}

#[test]
fn what_cannot_be_had_is_a_warning() {
    let api = api();
    api.on_any("/repos/").status(503);
    let rules = "type=edge\ntype=raw,value={{commit_date 'YYYY'}}";
    let text = run(&mut step(&api, &json!({}), rules));
    assert!(
        text.contains(
            "::warning title=truxe-registry-action::The run's own time stands for the commit's"
        ),
        "{text}"
    );
    assert!(text.contains("type=edge makes no tag"), "{text}");
    assert!(!text.contains(":edge"), "{text}");
}

#[test]
fn without_a_token_nobody_is_asked() {
    let api = api();
    let mut step = step(&api, &json!({}), "type=edge\ntype=sha");
    let text = run(step.env_remove("INPUT_GITHUB-TOKEN"));
    assert!(text.contains("without input `github-token`"), "{text}");
    assert_eq!(api.requests(), 0, "{}", api.transcript());
}

#[test]
fn the_token_is_hidden_and_goes_to_the_api_alone() {
    let (api, elsewhere) = (api(), Registry::start());
    let away = format!(
        "http://localhost:{}/repos/moved",
        elsewhere.address().port()
    );
    api.on(Method::GET, "/repos/")
        .status(301)
        .header("location", &away);
    let text = run(&mut step(&api, &json!({}), "type=sha"));
    let (shown, hidden) = text.split_once(TOKEN).unwrap();
    assert!(shown.ends_with("::add-mask::"), "{text}");
    assert!(!hidden.contains(TOKEN), "{text}");
    assert_eq!(
        api.journal()[0].authorization,
        Authorization::Bearer(TOKEN.into())
    );
    assert_eq!(elsewhere.journal()[0].authorization, Authorization::None);
}

fn ask(api: &Registry, token: &str) -> GitHub {
    let token = SecretString::from(token);
    let url = format!("http://{}", api.host());
    GitHub::new(&url, Some(&token), REPOSITORY.parse().unwrap()).unwrap()
}

async fn compare(api: &Registry, base: &str, head: &str) -> Result<Comparison, Error> {
    ask(api, TOKEN).compare(base, head).await
}

#[tokio::test]
async fn commits_are_compared_in_the_words_of_the_api() {
    let api = api();
    let words = [
        ("ahead", Comparison::Ahead),
        ("behind", Comparison::Behind),
        ("identical", Comparison::Identical),
        ("diverged", Comparison::Diverged),
    ];
    for (word, comparison) in words {
        api.put_github_comparison(REPOSITORY, word, "head", word);
        assert_eq!(compare(&api, word, "head").await, Ok(comparison));
    }
    let unknown = compare(&api, "unknown", "head").await.unwrap_err();
    assert_eq!(unknown.kind, Kind::NotFound);
}

#[tokio::test]
async fn a_name_stays_in_its_segment_of_the_path() {
    let api = api();
    let odd = compare(&api, "../../x?y#z", "a/b").await.unwrap_err();
    assert_eq!(odd.kind, Kind::NotFound);
    let path = "/repos/wundam/truxe/compare/..%2F..%2Fx%3Fy%23z...a%2Fb";
    assert_eq!(api.journal()[0].path, path);
}

#[tokio::test]
async fn an_error_says_where_and_what_and_why() {
    let api = api();
    let refused = ask(&api, "wrong").details().await.unwrap_err();
    let expected = format!(
        "GitHub's API at http://{}: asking for the repository: 401: Bad credentials",
        api.host()
    );
    assert_eq!(refused.to_string(), expected);
    api.put_github_repository(REPOSITORY, json!({"name": 7}));
    assert_eq!(ask(&api, TOKEN).details().await, Ok(Details::default()));
    api.put_github_commit(REPOSITORY, "odd", "yesterday");
    let odd = ask(&api, TOKEN).commit_date("odd").await.unwrap_err();
    assert!(matches!(odd.kind, Kind::Unreadable(_)), "{odd}");
    api.stop();
    let gone = ask(&api, TOKEN).details().await.unwrap_err();
    assert!(matches!(gone.kind, Kind::Unreachable(_)), "{gone}");
}

#[tokio::test]
async fn what_can_be_no_token_or_no_address_is_refused() {
    let new = |url: &str, token: &str| {
        let repository = REPOSITORY.parse().unwrap();
        GitHub::new(url, Some(&SecretString::from(token)), repository)
            .err()
            .map(|error| error.kind)
    };
    assert_eq!(new("http://127.0.0.1", "a\nb"), Some(Kind::Token));
    assert_eq!(new("not an address", "a"), Some(Kind::Address));
}
