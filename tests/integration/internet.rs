//! The registries that everybody uses, under their own names, on loopback.

use test_registry::{Authority, Dialect, Proxy, Registry};

use crate::runner::{JOB_TOKEN, Step};

pub(crate) const HUB_TOKEN: &str = "dckr_pat_fJ3kRz8QmW2xT6vB1nY5";

/// GHCR and Docker Hub, speaking as they do, with the certificates of their names.
pub(crate) struct Internet {
    pub(crate) authority: Authority,
    pub(crate) ghcr: Registry,
    pub(crate) hub: Registry,
}

impl Internet {
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        let ghcr = Registry::builder()
            .name("ghcr")
            .tls(&authority)
            .names(["ghcr.io", "containers.github.example.com"])
            .tokens(Dialect::ghcr())
            .user("octocat", JOB_TOKEN)
            .start();
        let hub = Registry::builder()
            .name("hub")
            .tls(&authority)
            .names(["registry-1.docker.io", "auth.docker.io"])
            .tokens(Dialect::docker_hub())
            .user("truxeio", HUB_TOKEN)
            .anonymous_pull()
            .start();
        Self {
            authority,
            ghcr,
            hub,
        }
    }

    /// Everything there is, by name.
    pub(crate) fn proxy(&self) -> Proxy {
        let (ghcr, hub) = (self.ghcr.address(), self.hub.address());
        Proxy::start([
            ("ghcr.io:443", ghcr),
            ("containers.github.example.com:443", ghcr),
            ("registry-1.docker.io:443", hub),
            ("auth.docker.io:443", hub),
        ])
    }

    /// A release of v1.2.3 that reaches the outside through this proxy only.
    pub(crate) fn release(&self, proxy: &str) -> Step {
        Step::on_release("v1.2.3")
            .trusting(&self.authority.pem())
            .env("HTTPS_PROXY", proxy)
            .env("https_proxy", proxy)
            .secret(HUB_TOKEN)
    }

    pub(crate) fn with_docker_hub(&self, proxy: &str) -> Step {
        self.release(proxy)
            .input("dockerhub-username", "truxeio")
            .input("dockerhub-token", HUB_TOKEN)
    }
}
