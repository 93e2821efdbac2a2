//! Registries of three makes on this machine, the program itself, and readers that are not ours.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use test_registry::Registry;
use test_registry::image::Built;

use super::ReferrersRegistry;
use super::authority::Authority;
use super::registry::{Kind, RealRegistry};
use super::tools::bytes_of;

pub(crate) struct Gallery {
    /// What is to be published is put here, and what was published is brought back here.
    pub(crate) own: Registry,
    distribution: [RealRegistry; 2],
    with_api: ReferrersRegistry,
    folder: TempDir,
}

/// A registry that others wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    Distribution2,
    Distribution3,
    /// go-containerregistry's, the one that has the Referrers API.
    Go,
}

pub(crate) const MAKES: [Make; 3] = [Make::Distribution2, Make::Distribution3, Make::Go];

impl Gallery {
    pub(crate) fn open() -> Self {
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        let start = |kind, name| RealRegistry::start(kind, name, folder.path(), &authority);
        let gallery = Self {
            own: Registry::start(),
            distribution: [
                start(Kind::Distribution2, "second"),
                start(Kind::Distribution3, "third"),
            ],
            with_api: ReferrersRegistry::start(),
            folder,
        };
        fs::write(gallery.path("ca.pem"), authority.certificate()).unwrap();
        gallery.log_in();
        gallery
    }

    fn log_in(&self) {
        let auth = |registry: &RealRegistry| {
            let text = STANDARD.encode(format!("{}:{}", registry.user, registry.password));
            (registry.loopback(), serde_json::json!({ "auth": text }))
        };
        let auths: serde_json::Map<_, _> = self.distribution.iter().map(auth).collect();
        let config = serde_json::json!({ "auths": auths });
        fs::write(self.path("config.json"), config.to_string()).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn host(&self, make: Make) -> String {
        match make {
            Make::Distribution2 => self.distribution[0].loopback(),
            Make::Distribution3 => self.distribution[1].loopback(),
            Make::Go => self.with_api.host().to_owned(),
        }
    }

    /// Puts an image where the program reads it, and gives its name.
    pub(crate) fn hang(&self, image: &Built, name: &str) -> String {
        image.put(&self.own, name);
        self.own.set_tag(name, "built", &image.digest());
        format!("{}/{name}:built", self.own.host())
    }

    /// Runs the program: this source, to this repository, under the tag `v1`.
    pub(crate) fn publish(&self, source: &str, repository: &str) -> Output {
        let mut program = self.tool(env!("CARGO_BIN_EXE_truxe-registry-action"));
        let insecure = format!("{}\n{}", self.own.host(), self.host(Make::Go));
        program
            .env("INPUT_SOURCE", source)
            .env("INPUT_IMAGES", repository)
            .env("INPUT_TAGS", "v1")
            .env("INPUT_FLAVOR", "latest=false")
            .env("INPUT_INSECURE-REGISTRIES", insecure)
            .env("GITHUB_WORKSPACE", self.folder.path());
        program.output().unwrap()
    }

    #[track_caller]
    pub(crate) fn publishes(&self, source: &str, repository: &str) {
        let output = self.publish(source, repository);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{source} to {repository}: {said}");
    }

    /// A manifest in the words of three programs that are not ours.
    pub(crate) fn read(&self, make: Make, reference: &str) -> [Vec<u8>; 3] {
        let plain = make == Make::Go;
        let mut crane = self.tool("crane");
        crane.args(["manifest", reference]);
        let mut oras = self.tool("oras");
        oras.args(["manifest", "fetch", reference]);
        let mut skopeo = self.tool("skopeo");
        skopeo.args(["inspect", "--raw", &format!("docker://{reference}")]);
        if plain {
            oras.arg("--plain-http");
            skopeo.arg("--tls-verify=false");
        }
        [&mut crane, &mut oras, &mut skopeo].map(bytes_of)
    }

    pub(crate) fn tool(&self, program: &str) -> Command {
        let config = self.path("config.json");
        let mut tool = Command::new(program);
        tool.env("SSL_CERT_FILE", self.path("ca.pem"))
            .env("DOCKER_CONFIG", self.folder.path())
            .env("REGCTL_CONFIG", self.path("regctl.json"))
            .env("REGISTRY_AUTH_FILE", config);
        tool
    }
}
