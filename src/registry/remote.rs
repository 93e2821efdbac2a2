use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use http::Method;
use http::header::{HeaderName, HeaderValue};
use url::Url;

use super::auth::Scopes;
use super::host::{Call, Host, Payload};
use super::session::Session;
use super::transport::Response;
use super::{Error, Kind, Meter, OnSecret, Policy, Transport};
use crate::oci::{Credential, Repository};

/// All registries of a run, with our accounts at them.
pub struct Registries {
    transport: Transport,
    credentials: HashMap<String, Credential>,
    insecure: BTreeSet<String>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

impl Registries {
    /// `credentials` and `insecure` go by the registry's canonical host; `on_secret` hears of every token first.
    pub fn new(
        policy: Policy,
        credentials: HashMap<String, Credential>,
        insecure: BTreeSet<String>,
        on_secret: OnSecret,
    ) -> Result<Self, Error> {
        let transport = Transport::new(policy, on_secret)?;
        Ok(Self {
            transport,
            credentials,
            insecure,
            hosts: Mutex::default(),
        })
    }

    /// A repository to read from.
    pub fn source(&self, repository: &Repository) -> Result<Remote, Error> {
        let scopes = [format!("repository:{}:pull", repository.name())];
        self.remote(repository, Scopes::new(scopes), None)
    }

    /// A repository to write to; blobs of `neighbour` are mounted if it is at the same registry.
    pub fn destination(
        &self,
        repository: &Repository,
        neighbour: Option<&Repository>,
    ) -> Result<Remote, Error> {
        let neighbour = neighbour.filter(|other| {
            other.registry() == repository.registry() && other.name() != repository.name()
        });
        let own = format!("repository:{}:pull,push", repository.name());
        let other = neighbour.map(|other| format!("repository:{}:pull", other.name()));
        self.remote(
            repository,
            Scopes::new(std::iter::once(own).chain(other)),
            neighbour.cloned(),
        )
    }

    fn remote(
        &self,
        repository: &Repository,
        scopes: Scopes,
        neighbour: Option<Repository>,
    ) -> Result<Remote, Error> {
        let host = self.host(repository.registry())?;
        Ok(Remote(Arc::new(Inner {
            host,
            repository: repository.clone(),
            scopes,
            neighbour: Mutex::new(neighbour),
            spare_sessions: Mutex::default(),
            meter: Meter::default(),
        })))
    }

    fn host(&self, registry: &str) -> Result<Arc<Host>, Error> {
        let mut hosts = self
            .hosts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(host) = hosts.get(registry) {
            return Ok(Arc::clone(host));
        }
        let base = base_url(registry, self.insecure.contains(registry))?;
        let credential = self.credentials.get(registry).cloned();
        let host = Arc::new(Host::new(base, credential, self.transport.clone()));
        hosts.insert(registry.to_owned(), Arc::clone(&host));
        Ok(host)
    }
}

/// Where a registry's API is; Docker Hub's is not at the host that names it.
fn base_url(registry: &str, insecure: bool) -> Result<Url, Error> {
    let host = if registry == "docker.io" {
        "registry-1.docker.io"
    } else {
        registry
    };
    let scheme = if insecure { "http" } else { "https" };
    Url::parse(&format!("{scheme}://{host}")).map_err(|error| {
        Error::new(
            Kind::UnknownHost,
            format!("{registry:?} is no host: {error}"),
        )
    })
}

/// A repository at a registry, for whoever reads or writes there.
#[derive(Clone)]
pub struct Remote(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) host: Arc<Host>,
    pub(super) repository: Repository,
    pub(super) scopes: Scopes,
    /// Where else at this registry the blobs are, until a mount from there was refused.
    pub(super) neighbour: Mutex<Option<Repository>>,
    /// Sessions that a refused mount opened and nobody needed yet.
    pub(super) spare_sessions: Mutex<Vec<Session>>,
    pub(super) meter: Meter,
}

impl Remote {
    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.0.repository
    }

    /// What its work has cost so far.
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// Where the user gave our account here: an input's name or a file; `None` if we are anonymous.
    pub fn account_given_by(&self) -> Option<&str> {
        self.0.host.given_by()
    }

    /// About how far away the registry is.
    pub fn quickest_answer(&self) -> std::time::Duration {
        self.0.host.quickest_answer()
    }

    /// How long to wait here, and how often to try.
    pub fn policy(&self) -> &Policy {
        &self.0.host.transport.policy
    }

    /// `/v2/<name>/<rest>` at the registry.
    pub(super) fn url(&self, rest: &str) -> Url {
        let mut url = self.0.host.base.clone();
        url.set_path(&format!("/v2/{}/{rest}", self.0.repository.name()));
        url
    }

    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        headers: Vec<(HeaderName, HeaderValue)>,
        payload: Payload,
        expected: &[u16],
    ) -> Result<Response, Error> {
        let Inner {
            host,
            scopes,
            meter,
            ..
        } = &*self.0;
        // On the heap once, rather than within the future of everyone who asks something.
        Box::pin(host.send(Call {
            method,
            url,
            headers,
            payload,
            scopes,
            meter,
            expected,
        }))
        .await
    }
}
