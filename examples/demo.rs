//! The main job on one machine: three embedded registries, a real mirror between them, a summary to look at.
//!
//! `cargo run --release --example demo` plays a release and a push. `… --example demo -- SOURCE IMAGE…` mirrors an
//! image of your own, with the accounts of your docker config file.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a demonstration prints, and stops where it can't go on"
)]

use std::env::{args, current_exe};
use std::fs::{create_dir_all, read_to_string, write};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use test_registry::image::{Image, Index};
use test_registry::{Authority, Dialect, Proxy, Registry};
use truxe_registry_action::action::{Runner, capture, start_log};
use truxe_registry_action::run::{Policy, run};

/// Says that this process is the action, started by the demonstration.
const ACTION: &str = "--action";
const REPOSITORIES: [&str; 3] = ["wundam/truxe-api", "truxeio/truxe", "mirror/truxe-api"];

fn main() -> ExitCode {
    let arguments: Vec<String> = args().skip(1).collect();
    match arguments.split_first() {
        Some((first, [])) if first == ACTION => action(),
        Some((source, images)) => mirror_own(source, images),
        None => demonstrate(),
    }
}

/// What the container of the action does, in this process.
#[tokio::main]
async fn action() -> ExitCode {
    start_log();
    let world = capture();
    let runner = Arc::new(Runner::new(&world));
    ExitCode::from(run(&world, Policy::default(), runner).await)
}

fn demonstrate() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let release = demo.play("release", "refs/tags/v1.2.3", "v1.2.3");
    let push = demo.play("push", "refs/heads/main", "main-build");
    let agree = demo.show_digests();
    if release && push && agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Three registries, and the proxy through which the action finds them under their real names.
struct Demo<'a> {
    registries: [Registry; 3],
    proxy: Proxy,
    folder: &'a Path,
}

impl<'a> Demo<'a> {
    fn start(folder: &'a Path) -> Self {
        let authority = Authority::new();
        authority.write(folder.join("authority.pem"));
        let ghcr = Registry::builder()
            .name("ghcr")
            .tls(&authority)
            .names(["ghcr.io"]);
        let hub = Registry::builder().name("hub").tls(&authority);
        let hub = hub.names(["registry-1.docker.io", "auth.docker.io"]);
        let open = Registry::builder()
            .name("open")
            .tls(&authority)
            .names(["registry.example.com"]);
        let registries = [
            ghcr.tokens(Dialect::ghcr())
                .user("octocat", "ghs_demo-token")
                .start(),
            hub.tokens(Dialect::docker_hub())
                .user("truxeio", "dckr_pat_demo")
                .start(),
            open.start(),
        ];
        let [ghcr, hub, open] = registries.each_ref().map(Registry::address);
        let proxy = Proxy::start([
            ("ghcr.io:443", ghcr),
            ("registry-1.docker.io:443", hub),
            ("auth.docker.io:443", hub),
            ("registry.example.com:443", open),
        ]);
        Self {
            registries,
            proxy,
            folder,
        }
    }

    /// A build pushes to GHCR, then the action runs for this event.
    fn play(&self, event: &str, reference: &str, built: &str) -> bool {
        println!("\n======== {event} of {reference} ========\n");
        let seed = u64::try_from(reference.len()).unwrap();
        let image = |platform| {
            Image::new()
                .seed(seed)
                .platform(platform)
                .layers(3, 2_000_000)
        };
        let index = Index::of(["linux/amd64", "linux/arm64"].map(image)).attested();
        index.push(&self.registries[0], REPOSITORIES[0], built);
        let succeeded = self
            .action(event, reference, built)
            .status()
            .unwrap()
            .success();
        println!("\n-------- the step summary --------\n");
        println!(
            "{}",
            read_to_string(self.folder.join(event).join("summary")).unwrap_or_default()
        );
        succeeded
    }

    fn action(&self, event: &str, reference: &str, built: &str) -> Command {
        let folder = self.folder.join(event);
        create_dir_all(&folder).unwrap();
        let payload = r#"{"repository":{"name":"truxe-api","full_name":"wundam/truxe-api","default_branch":"main",
            "html_url":"https://github.com/wundam/truxe-api","description":"A demonstration","license":{"spdx_id":"MIT"}}}"#;
        write(folder.join("event.json"), payload).unwrap();
        let mut command = Command::new(current_exe().unwrap());
        command.arg(ACTION).env_clear().envs([
            ("HTTPS_PROXY", self.proxy.url().as_str()),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", "abc1234def5678abc1234def5678abc1234def56"),
            ("GITHUB_REPOSITORY", "wundam/truxe-api"),
            ("GITHUB_ACTOR", "octocat"),
            (
                "INPUT_SOURCE",
                &format!("ghcr.io/{}:{built}", REPOSITORIES[0]),
            ),
            (
                "INPUT_IMAGES",
                "ghcr.io/wundam/truxe-api\ntruxeio/truxe\nregistry.example.com/mirror/truxe-api",
            ),
            ("INPUT_GITHUB-TOKEN", "ghs_demo-token"),
            ("INPUT_DOCKERHUB-USERNAME", "truxeio"),
            ("INPUT_DOCKERHUB-TOKEN", "dckr_pat_demo"),
        ]);
        command.env("SSL_CERT_FILE", self.folder.join("authority.pem"));
        command.env("GITHUB_EVENT_PATH", folder.join("event.json"));
        command.env("GITHUB_STEP_SUMMARY", folder.join("summary"));
        command
    }

    /// Whether every tag that the mirrors have points to one digest in all registries.
    fn show_digests(&self) -> bool {
        println!("\n======== what the registries hold ========\n");
        let held = |index: usize| self.registries[index].tags(REPOSITORIES[index]);
        let (ghcr, hub, open) = (held(0), held(1), held(2));
        for (tag, digest) in &hub {
            let same = ghcr.get(tag) == Some(digest) && open.get(tag) == Some(digest);
            println!(
                "{} {tag:<16} {digest}",
                if same {
                    "same everywhere"
                } else {
                    "DIFFERENT      "
                }
            );
        }
        !hub.is_empty()
            && hub == open
            && hub
                .iter()
                .all(|(tag, digest)| ghcr.get(tag) == Some(digest))
    }
}

/// Mirrors a real image; registries on this machine are spoken to in plain HTTP.
fn mirror_own(source: &str, images: &[String]) -> ExitCode {
    let hosts = std::iter::once(source).chain(images.iter().map(String::as_str));
    let local = |host: &&str| host.starts_with("localhost") || host.starts_with("127.");
    let insecure: Vec<&str> = hosts
        .filter_map(|name| name.split('/').next())
        .filter(local)
        .collect();
    let status = Command::new(current_exe().unwrap())
        .arg(ACTION)
        .env("INPUT_SOURCE", source)
        .env("INPUT_IMAGES", images.join("\n"))
        .env("INPUT_TAGS", "type=raw,value=demo")
        .env("INPUT_INSECURE-REGISTRIES", insecure.join("\n"))
        .status();
    if status.unwrap().success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
