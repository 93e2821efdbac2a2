use crate::oci::Origin;
use crate::registry::{Error, Kind, Remote};
use crate::report::{Failure, Side};
use crate::source::Source;

/// Where something went wrong.
pub trait Place {
    /// As messages name it.
    fn name(&self) -> String;

    /// The registry it is at; `None` for a folder or a file.
    fn remote(&self) -> Option<&Remote>;
}

impl Place for Remote {
    fn name(&self) -> String {
        self.repository().to_string()
    }

    fn remote(&self) -> Option<&Remote> {
        Some(self)
    }
}

impl Place for Source {
    fn name(&self) -> String {
        self.remote()
            .map_or_else(|| self.origin().to_string(), Place::name)
    }

    fn remote(&self) -> Option<&Remote> {
        self.remote()
    }
}

impl Place for Origin {
    fn name(&self) -> String {
        self.to_string()
    }

    fn remote(&self) -> Option<&Remote> {
        None
    }
}

/// What went wrong, with what to do about it.
pub fn failure(side: Side, place: &impl Place, step: String, error: &Error) -> Failure {
    let remedy = match place.remote() {
        Some(remote) => of_registry(side, remote).remedy(error.kind),
        None => of_file(error.kind).map(str::to_owned),
    };
    Failure {
        side,
        place: place.name(),
        step,
        cause: error.message.clone(),
        remedy,
    }
}

/// What to do about a folder or a file.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of some twenty kinds, files know four"
)]
fn of_file(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::NotFound => Some(
            "Check the path and the name: a path is below the workspace, or one that this container has, and an earlier step of the same job must have written it",
        ),
        Kind::Denied => Some("Let the earlier step write it so that others may read it"),
        Kind::Corrupt => Some("Write it again: it is not whole, or not of this form"),
        Kind::StorageFull => Some("The runner's disk is full"),
        _ => None,
    }
}

fn of_registry(side: Side, remote: &Remote) -> Case<'_> {
    Case {
        side,
        registry: remote.repository().registry(),
        account: remote.account_given_by(),
    }
}

/// What a remedy depends on besides the kind of failure.
struct Case<'a> {
    side: Side,
    registry: &'a str,
    /// Where the user gave the account that was used.
    account: Option<&'a str>,
}

impl Case<'_> {
    fn remedy(&self, kind: Kind) -> Option<String> {
        let registry = self.registry;
        let text = match kind {
            Kind::LoginRequired => self.log_in(),
            Kind::CredentialsRefused => self.check_account(),
            Kind::Denied => self.get_rights(),
            Kind::NotFound | Kind::RepositoryNotFound => self.find_or_create(),
            Kind::UnknownHost => format!(
                "Check the spelling of {registry}; a service container of the job is reached by its own name and port"
            ),
            Kind::Unreachable => format!(
                "Check that {registry} is up and can be reached from this runner (firewall, port)"
            ),
            Kind::Certificate => format!(
                "If {registry} uses a certificate of your own authority, put that authority's certificate into a file and name the file in SSL_CERT_FILE under this step's env"
            ),
            Kind::PlainHttp => format!(
                "{registry} does not speak TLS there. If that is meant, list it in the input insecure-registries"
            ),
            Kind::Proxy => "Check HTTPS_PROXY and NO_PROXY of the runner".to_owned(),
            Kind::QuotaSpent => self.save_pulls(),
            Kind::Throttled => format!(
                "{registry} limits requests: run the job again later, or run fewer jobs at once"
            ),
            Kind::StorageFull => format!(
                "The disk or the quota at {registry} is full: delete old images or raise the quota"
            ),
            Kind::TooLarge => {
                format!("{registry}, or a proxy before it, takes no upload of this size")
            }
            Kind::ImmutableTag => format!(
                "{registry} does not let this tag move to another image: publish under a new tag, or allow the tag to move there"
            ),
            Kind::Interrupted | Kind::TimedOut | Kind::Unavailable => {
                format!("{registry} did not get better in several tries: run the job again later")
            }
            Kind::BlobMissing | Kind::SessionLost => {
                format!("{registry} lost what was uploaded: run the job again")
            }
            Kind::Corrupt | Kind::BadToken | Kind::Protocol => format!(
                "{registry} does not keep to the protocol, or something between it and this runner changes what is sent"
            ),
            Kind::Overtaken => "Let jobs that move the same tags wait for each other (`concurrency` in the workflow), and run again what shall win".to_owned(),
            Kind::InvalidManifest | Kind::Rejected => return None,
        };
        Some(text)
    }

    fn is_ghcr(&self) -> bool {
        self.registry == "ghcr.io" || self.registry.starts_with("containers.")
    }

    /// The permission that a job's token needs.
    fn permission(&self) -> &'static str {
        match self.side {
            Side::Source => "packages: read",
            Side::Destination => "packages: write",
        }
    }

    fn log_in(&self) -> String {
        match self.registry {
            "docker.io" => "Give the inputs dockerhub-username and dockerhub-token".to_owned(),
            _ if self.is_ghcr() => format!(
                "Give the input github-token, and the job `permissions: {}`",
                self.permission()
            ),
            registry => format!(
                "Give an account for {registry} in the input registry-auth, or in the docker config file"
            ),
        }
    }

    fn check_account(&self) -> String {
        let account = self.account.unwrap_or("the input");
        let hint = match self.registry {
            "docker.io" => {
                " (an access token of hub.docker.com, not expired, with the name of the account it belongs to)"
            }
            _ => "",
        };
        format!("Check user name and password from {account}{hint}")
    }

    fn get_rights(&self) -> String {
        let Some(account) = self.account else {
            return self.log_in();
        };
        match (self.registry, self.side) {
            (_, side) if self.is_ghcr() => {
                let role = if side == Side::Destination {
                    "Write"
                } else {
                    "Read"
                };
                format!(
                    "Give the job `permissions: {}`, and check that the token from {account} is valid. If the package was first pushed by hand or from another repository, open its Package settings, Manage Actions access, and give this repository the role {role}. A workflow of a fork may only read",
                    self.permission()
                )
            }
            ("docker.io", Side::Destination) => format!(
                "Check that the repository exists, that the account from {account} may push to it, and that its access token has the scope Read & Write"
            ),
            (_, Side::Destination) => format!(
                "Check that the repository exists and that the account from {account} may push to it"
            ),
            (_, Side::Source) => format!(
                "Check the name of the image, and that the account from {account} may read it"
            ),
        }
    }

    fn find_or_create(&self) -> String {
        match self.side {
            Side::Source => "Check the name, the tag and the digest of the source; it must have been pushed before this step, and a private image needs an account that may read it".to_owned(),
            Side::Destination => format!("Create the repository at {} first, or check its name", self.registry),
        }
    }

    fn save_pulls(&self) -> String {
        match self.account {
            Some(account) => format!(
                "The account from {account} has no pulls left for now: wait until the limit resets, or use one with a higher limit"
            ),
            None => format!("Pulls without an account are few: {}", self.log_in()),
        }
    }
}
