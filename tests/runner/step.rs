//! A step of a workflow that uses the action: what the user wrote, and the event that it runs for.

use std::path::PathBuf;
use std::time::Duration;

use super::Finished;
use super::environment::{self, Environment, JOB_TOKEN, RUNTIME_TOKEN, set};
use super::folders::Folders;

/// Longer than any of these steps takes, so that one that hangs is told from one that works.
const LIMIT: Duration = Duration::from_mins(2);

/// Each test binary starts it in its own way: the program alone, or the action's image.
pub(crate) struct Step {
    git_ref: String,
    server: String,
    event: (&'static str, serde_json::Value),
    inputs: Vec<(String, String)>,
    env: Vec<(String, String)>,
    docker_config: Option<String>,
    pub(crate) secrets: Vec<String>,
    files: Vec<(&'static str, String)>,
    left: Vec<(String, Vec<u8>)>,
    pub(crate) network: Option<String>,
}

impl Step {
    /// Somebody started it by hand on `main`: no version, and no tags but those that input `tags` names.
    pub(crate) fn by_hand() -> Self {
        let payload = serde_json::json!({ "ref": "refs/heads/main", "inputs": null, "repository": repository() });
        Self::on("workflow_dispatch", payload, "refs/heads/main")
    }

    /// A release was published: the event that brings a version tag.
    pub(crate) fn on_release(tag: &str) -> Self {
        let release = serde_json::json!({ "tag_name": tag, "draft": false, "prerelease": false, "target_commitish": "main" });
        let event = serde_json::json!({ "action": "published", "release": release, "repository": repository() });
        Self::on("release", event, &format!("refs/tags/{tag}"))
    }

    /// Any event, on a ref.
    pub(crate) fn on(event: &'static str, payload: serde_json::Value, git_ref: &str) -> Self {
        Self {
            git_ref: git_ref.to_owned(),
            server: "https://github.com".to_owned(),
            event: (event, payload),
            inputs: Vec::new(),
            env: Vec::new(),
            docker_config: None,
            secrets: vec![JOB_TOKEN.to_owned(), RUNTIME_TOKEN.to_owned()],
            files: Vec::new(),
            left: Vec::new(),
            network: None,
        }
    }

    pub(crate) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A GitHub of one's own.
    pub(crate) fn server(mut self, url: &str) -> Self {
        url.clone_into(&mut self.server);
        self
    }

    /// A line of the step's `env:`, or of the runner's own settings.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What `docker login` left in the home that container actions share.
    pub(crate) fn docker_config(mut self, json: &str) -> Self {
        self.docker_config = Some(json.to_owned());
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

    /// An earlier step left a file, below `${{ github.workspace }}` or `${{ runner.temp }}`.
    pub(crate) fn left(mut self, path: &str, content: &[u8]) -> Self {
        self.left.push((path.to_owned(), content.to_owned()));
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

    /// The folders of its job, with everything in them that the runner and earlier steps put there.
    pub(crate) fn folders(&self, id: &str) -> Folders {
        let folders = Folders::new(id);
        folders.write_event(&self.event.1.to_string());
        for (key, content) in &self.files {
            std::fs::write(folders.temp().join(key), content).unwrap();
        }
        for (path, content) in &self.left {
            let path = PathBuf::from(folders.evaluate(path));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        if let Some(json) = &self.docker_config {
            let folder = folders.home().join(".docker");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("config.json"), json).unwrap();
        }
        folders
    }

    /// In the runner's order, later ones win: `env:`, the inputs, what GitHub and the runner say.
    pub(crate) fn environment(&self, folders: &Folders) -> Environment {
        let mut env = Environment::new();
        for (key, _) in &self.files {
            set(&mut env, key, &folders.temp().join(key).to_string_lossy());
        }
        for (key, value) in &self.env {
            set(&mut env, key, &folders.evaluate(value));
        }
        for (name, value) in environment::declared().iter().chain(&self.inputs) {
            let key = format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
            set(&mut env, &key, &folders.evaluate(value));
        }
        let said = environment::github(&self.server, &self.git_ref, self.event.0)
            .into_iter()
            .chain(environment::files(folders))
            .chain(environment::runner(folders));
        for (key, value) in said {
            set(&mut env, key, &value);
        }
        env
    }
}

fn repository() -> serde_json::Value {
    serde_json::json!({
        "name": "truxe", "full_name": "truxe/truxe", "default_branch": "main", "private": false,
        "owner": { "login": "truxe" }, "html_url": "https://github.com/truxe/truxe",
    })
}
