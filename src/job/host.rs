use std::collections::BTreeSet;

use super::{InputError, Problem};
use crate::context::World;
use crate::oci::{Repository, canonical_registry};

/// The canonical name of a registry's host, if the text is one: `host` or `host:port`.
///
/// A name without dot, port or `localhost` is none: in a reference it would be a part of a repository's name at Docker Hub.
pub(super) fn parse(text: &str) -> Option<String> {
    let repository: Repository = format!("{text}/name").parse().ok()?;
    (repository.registry() == canonical_registry(text)).then(|| repository.registry().to_owned())
}

/// The same from what people write for `docker login`, as Docker reads it: scheme and path don't count.
pub(super) fn parse_address(text: &str) -> Option<String> {
    let without_scheme = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text);
    parse(without_scheme.split('/').next()?)
}

/// The hosts that plain HTTP is allowed to.
pub(super) fn read_insecure(world: &World) -> Result<BTreeSet<String>, InputError> {
    let text = world.input("insecure-registries").unwrap_or_default();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| parse(line).ok_or_else(|| Problem::Host(line.to_owned())))
        .collect::<Result<_, _>>()
        .map_err(|problem| problem.of("insecure-registries"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::tests::world;

    #[test]
    fn a_host_is_a_host() {
        for (text, host) in [
            ("GHCR.io", Some("ghcr.io")),
            ("localhost:5000", Some("localhost:5000")),
            ("[::1]:5000", Some("[::1]:5000")),
            ("registry-1.docker.io", Some("docker.io")),
            ("registry", None),
            ("registry:5000", Some("registry:5000")),
            ("http://localhost:5000", None),
            ("localhost:5000/a", None),
            ("", None),
            ("a b", None),
        ] {
            assert_eq!(parse(text).as_deref(), host, "{text}");
        }
    }

    #[test]
    fn an_address_may_be_a_url() {
        for (text, host) in [
            ("https://index.docker.io/v1/", Some("docker.io")),
            (
                "https://Registry.example.com/v2/",
                Some("registry.example.com"),
            ),
            ("http://localhost:5000", Some("localhost:5000")),
            ("ghcr.io", Some("ghcr.io")),
            ("ftp://ghcr.io", None),
        ] {
            assert_eq!(parse_address(text).as_deref(), host, "{text}");
        }
    }

    #[test]
    fn insecure_registries_are_hosts_a_line_each() {
        let read = |text| read_insecure(&world(&[("INPUT_INSECURE-REGISTRIES", text)]));
        let hosts = read(" localhost:5000\r\n\n Registry:5000\n").unwrap();
        assert_eq!(
            hosts.into_iter().collect::<Vec<_>>(),
            ["localhost:5000", "registry:5000"]
        );
        assert_eq!(
            read("http://localhost:5000").unwrap_err().to_string(),
            r#"input `insecure-registries`: "http://localhost:5000" is no registry host; allowed is `host` or `host:port`, without `http://`"#
        );
    }
}
