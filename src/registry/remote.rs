use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use http::Method;
use http::header::{HeaderName, HeaderValue};
use url::Url;

use super::auth::Scopes;
use super::host::{Call, Host, Payload};
use super::session::Session;
use super::transport::Response;
use super::{Error, Kind, Meter, OnSecret, Policy, Pulls, Transport};
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
        self.remote(repository, Scopes::new(scopes), [None, None])
    }

    /// A repository to write to. Blobs are mounted from where they are read, or from an elder that gets them first,
    /// if those are at the same registry.
    pub fn destination(
        &self,
        repository: &Repository,
        source: Option<&Repository>,
        elder: Option<&Repository>,
    ) -> Result<Remote, Error> {
        let near = |other: &&Repository| {
            other.registry() == repository.registry() && other.name() != repository.name()
        };
        let (source, elder) = (source.filter(near), elder.filter(near));
        let own = format!("repository:{}:pull,push", repository.name());
        let others = source.into_iter().chain(elder);
        let others = others.map(|other| format!("repository:{}:pull", other.name()));
        let scopes = Scopes::new(std::iter::once(own).chain(others));
        self.remote(repository, scopes, [source.cloned(), elder.cloned()])
    }

    fn remote(
        &self,
        repository: &Repository,
        scopes: Scopes,
        [neighbour, elder]: [Option<Repository>; 2],
    ) -> Result<Remote, Error> {
        let host = self.host(repository.registry())?;
        Ok(Remote(Arc::new(Inner {
            host,
            repository: repository.clone(),
            scopes,
            neighbour: Mutex::new(neighbour),
            elder: Mutex::new(elder),
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
    /// Another destination at this registry that gets each blob first, until a mount from there was refused.
    pub(super) elder: Mutex<Option<Repository>>,
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

    /// What is left of a quota of pulls here, if there is one.
    pub fn pulls(&self) -> Option<Pulls> {
        self.0.host.pulls()
    }

    /// Whether so many manifests can be read at all: a quota that is spent comes back only hours later.
    pub fn can_pull(&self, manifests: usize) -> Result<(), Error> {
        let needed = u64::try_from(manifests).unwrap_or(u64::MAX);
        let Some(pulls) = self.pulls().filter(|pulls| pulls.left < needed) else {
            return Ok(());
        };
        let message = format!(
            "{needed} manifests are to be read and {} pulls are left: {}",
            pulls.left,
            pulls.comes_back()
        );
        Err(Error::new(Kind::QuotaSpent, message))
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
