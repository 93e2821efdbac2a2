use std::fmt;
use std::str::FromStr;

use super::InvalidReference;

/// The registry that a name without a host means, in the spelling everybody writes.
const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_SPELLINGS: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];
/// What many clients take for a name with its registry.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
const MAX_LENGTH: usize = 255;

/// A repository of a registry: `ghcr.io/wundam/truxe-api`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    registry: Box<str>,
    name: Box<str>,
}

impl Repository {
    /// The registry's host, with its port if it has one; Docker Hub is `docker.io` however it was written.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository's name at its registry; Docker Hub's official images are in `library/`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is at Docker Hub.
    pub fn is_docker_hub(&self) -> bool {
        &*self.registry == DOCKER_HUB
    }
}

/// The one spelling of a registry's host: lower case, `docker.io` for all names of Docker Hub.
pub fn canonical_registry(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    if DOCKER_HUB_SPELLINGS.contains(&host.as_str()) {
        DOCKER_HUB.to_owned()
    } else {
        host
    }
}

impl FromStr for Repository {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let (host, name) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (first, rest),
            _ => (DOCKER_HUB, text),
        };
        check_host(host)?;
        let registry = canonical_registry(host);
        let name = match (registry.as_str(), name.contains('/')) {
            (DOCKER_HUB, false) => format!("library/{name}"),
            _ => name.to_owned(),
        };
        check_name(&name)?;
        if registry.len() + 1 + name.len() > MAX_LENGTH {
            return Err(InvalidReference::TooLong);
        }
        Ok(Self {
            registry: registry.into(),
            name: name.into(),
        })
    }
}

/// A first component is a host if it could be nothing else, as Docker has always told them apart. Docker takes one with
/// capitals for a host too; in lower case it would be a name at Docker Hub, so here it is a name that is written wrongly.
/// <https://github.com/distribution/reference/blob/main/normalize.go>
fn is_host(first: &str) -> bool {
    first.contains(['.', ':', '[']) || first.eq_ignore_ascii_case("localhost")
}

fn check_host(host: &str) -> Result<(), InvalidReference> {
    let invalid = || InvalidReference::Registry(host.to_owned());
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(invalid)?,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let legal = if host.starts_with('[') {
        name.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        name.split('.').all(label)
    };
    let port_legal = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|p| p.parse::<u16>().is_ok());
    if legal && port_legal {
        Ok(())
    } else {
        Err(invalid())
    }
}

fn check_name(name: &str) -> Result<(), InvalidReference> {
    let invalid = || InvalidReference::Name(name.to_owned());
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(InvalidReference::UpperCase(name.to_owned()));
    }
    if name.split('/').all(is_component) {
        Ok(())
    } else {
        Err(invalid())
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(component: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends_are_words =
        bytes.first().copied().is_some_and(word) && bytes.last().copied().is_some_and(word);
    let separator = |run: &str| matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-');
    ends_are_words
        && component
            .split(|c: char| c.is_ascii() && word(c as u8))
            .filter(|run| !run.is_empty())
            .all(separator)
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(text: &str) -> Repository {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn knows_docker_hub_in_all_its_spellings() {
        for spelling in [
            "alpine",
            "library/alpine",
            "docker.io/alpine",
            "index.docker.io/library/alpine",
            "registry-1.docker.io/alpine",
            "Docker.io/library/alpine",
        ] {
            assert_eq!(repository(spelling).to_string(), "docker.io/library/alpine");
        }
        assert_eq!(
            repository("truxeio/truxe").to_string(),
            "docker.io/truxeio/truxe"
        );
    }

    #[test]
    fn tells_a_host_from_a_name() {
        for (text, registry, name) in [
            ("ghcr.io/wundam/truxe-api", "ghcr.io", "wundam/truxe-api"),
            ("localhost/a", "localhost", "a"),
            ("LocalHost/a", "localhost", "a"),
            ("localhost:5000/a/b/c", "localhost:5000", "a/b/c"),
            ("127.0.0.1:5000/a__b", "127.0.0.1:5000", "a__b"),
            ("[::1]:5000/a", "[::1]:5000", "a"),
            ("registry/a.b-c_d", "docker.io", "registry/a.b-c_d"),
            ("a---b/c", "docker.io", "a---b/c"),
        ] {
            let parsed = repository(text);
            assert_eq!(
                (parsed.registry(), parsed.name()),
                (registry, name),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_no_registry_takes() {
        let long = format!("ghcr.io/{}", "a".repeat(250));
        for text in [
            "",
            "/",
            "a//b",
            "ghcr.io/",
            "a/B",
            "A/b",
            "ghcr.io/a..b",
            "ghcr.io/a_-b",
            "ghcr.io/-a",
            "ghcr.io/a-",
            "a___b/c",
            "a b/c",
            "gh cr.io/a",
            "ghcr.io:x/a",
            "ghcr.io:99999/a",
            "[zz]/a",
            "é/a",
            "ghcr.io/é",
            &long,
        ] {
            assert!(text.parse::<Repository>().is_err(), "{text:?}");
        }
    }
}
