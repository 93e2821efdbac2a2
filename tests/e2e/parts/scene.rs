//! One test's own world: an authority, registries, and the logins of the tools that look into them.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::authority::Authority;
use super::registry::{Kind, RealRegistry};
use super::tools::{bytes_of, text_of};
use crate::runner::Step;

pub(crate) struct Scene {
    pub(crate) source: RealRegistry,
    pub(crate) first: RealRegistry,
    pub(crate) second: RealRegistry,
    authority: Authority,
    folder: TempDir,
}

impl Scene {
    /// A source and two destinations, of both generations.
    pub(crate) fn set() -> Self {
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        let start = |kind, name| RealRegistry::start(kind, name, folder.path(), &authority);
        let source = start(Kind::Distribution2, "source");
        let (first, second) = (
            start(Kind::Distribution2, "first"),
            start(Kind::Distribution3, "second"),
        );
        let scene = Self {
            source,
            first,
            second,
            authority,
            folder,
        };
        scene.log_the_tools_in();
        scene
    }

    /// The release of v1.2.3, mirrored to a repository of this name in both destinations; all credentials are right.
    pub(crate) fn release_of(&self, source: &str, repository: &str) -> Step {
        let images = format!(
            "{}/{repository}\n{}/{repository}\n",
            self.first.host(),
            self.second.host()
        );
        let auth = self
            .registries()
            .map(|registry| registry.login(&registry.password))
            .concat();
        self.step()
            .input("source", source)
            .input("images", &images)
            .input("registry-auth", &auth)
    }

    /// The release of v1.2.3, with nothing asked for yet.
    pub(crate) fn step(&self) -> Step {
        let step = Step::on_release("v1.2.3").trusting(&self.authority.certificate());
        self.registries()
            .iter()
            .fold(step, |step, registry| step.secret(&registry.password))
    }

    /// Docker's own client, logged in.
    #[track_caller]
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        text_of(
            self.tool("docker")
                .arg("--config")
                .arg(self.folder.path())
                .args(arguments),
        )
    }

    #[track_caller]
    pub(crate) fn crane(&self, arguments: &[&str]) -> String {
        text_of(self.tool("crane").args(arguments))
    }

    #[track_caller]
    pub(crate) fn skopeo(&self, arguments: &[&str]) -> String {
        text_of(self.tool("skopeo").args(arguments))
    }

    /// The digest behind a name, in the judgement of three programs that are not ours.
    #[track_caller]
    pub(crate) fn digest(&self, reference: &str) -> String {
        let digest = self.crane(&["digest", reference]);
        let by_oras = bytes_of(self.tool("oras").args(["manifest", "fetch", reference]));
        let by_skopeo = bytes_of(self.tool("skopeo").args([
            "inspect",
            "--raw",
            &format!("docker://{reference}"),
        ]));
        assert_eq!(by_oras, by_skopeo, "{reference}");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &by_oras);
        assert_eq!(
            digest,
            format!("sha256:{}", hex(hash.as_ref())),
            "{reference}"
        );
        digest
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn registries(&self) -> [&RealRegistry; 3] {
        [&self.source, &self.first, &self.second]
    }

    fn tool(&self, program: &str) -> Command {
        let config = self.folder.path().join("config.json");
        let mut tool = Command::new(program);
        tool.env("SSL_CERT_FILE", self.folder.path().join("ca.pem"));
        tool.env("DOCKER_CONFIG", self.folder.path())
            .env("REGISTRY_AUTH_FILE", config);
        tool
    }

    fn log_the_tools_in(&self) {
        let mut auths = serde_json::Map::new();
        for registry in self.registries() {
            let auth = STANDARD.encode(format!("{}:{}", registry.user, registry.password));
            for host in [registry.host(), registry.loopback()] {
                auths.insert(host, serde_json::json!({ "auth": auth }));
            }
        }
        fs::write(
            self.folder.path().join("config.json"),
            serde_json::json!({ "auths": auths }).to_string(),
        )
        .unwrap();
        fs::write(
            self.folder.path().join("ca.pem"),
            self.authority.certificate(),
        )
        .unwrap();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}
