use super::{InputError, Problem};
use crate::context::World;
use crate::oci::Reference;

/// The other transports of containers-transports(5); a registry's images may never be mistaken for them.
/// <https://github.com/containers/image/blob/main/docs/containers-transports.5.md>
const OTHER_TRANSPORTS: [&str; 9] = [
    "containers-storage",
    "dir",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
    "ostree",
    "sif",
    "tarball",
];

/// The image to mirror; `None` where only tags are asked for.
pub(super) fn read(world: &World) -> Result<Option<Reference>, InputError> {
    let text = world.input("source");
    text.map(parse)
        .transpose()
        .map_err(|problem| problem.of("source"))
}

fn parse(text: &str) -> Result<Reference, Problem> {
    let name = text.strip_prefix("docker://").unwrap_or(text);
    if let Some(transport) = other_transport(name) {
        return Err(Problem::Transport {
            value: text.to_owned(),
            transport: transport.to_owned(),
        });
    }
    let mut reference: Reference = name.parse().map_err(|cause| Problem::Reference {
        value: text.to_owned(),
        cause,
    })?;
    if reference.tag.is_none() && reference.digest.is_none() {
        reference.tag = "latest".parse().ok();
    }
    Ok(reference)
}

fn other_transport(name: &str) -> Option<&str> {
    let (before, after) = name.split_once(':')?;
    let known = OTHER_TRANSPORTS.contains(&before);
    (known || after.starts_with("//")).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_parses(text: &str, shown: &str) {
        let reference = parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!(reference.to_string(), shown);
    }

    #[test]
    fn takes_what_the_docker_transport_takes() {
        let digest = format!("sha256:{}", "a".repeat(64));
        assert_parses("ghcr.io/a/b:v1", "ghcr.io/a/b:v1");
        assert_parses("docker://ghcr.io/a/b:v1", "ghcr.io/a/b:v1");
        assert_parses("alpine", "docker.io/library/alpine:latest");
        assert_parses("localhost:5000/a", "localhost:5000/a:latest");
        let by_digest = format!("ghcr.io/a/b@{digest}");
        assert_parses(&by_digest, &by_digest);
    }

    #[test]
    fn other_transports_are_named() {
        for (text, transport) in [
            ("oci:dist/image:v1", "oci"),
            ("oci-archive:image.tar", "oci-archive"),
            ("docker-archive:/tmp/image.tar", "docker-archive"),
            ("https://ghcr.io/a/b", "https"),
        ] {
            let problem = parse(text).unwrap_err();
            let said = problem.to_string();
            assert!(
                said.starts_with(&format!("unknown transport {transport:?} in {text:?}")),
                "{said}"
            );
        }
    }

    #[test]
    fn an_illegal_reference_is_quoted_with_its_fault() {
        let said = |text| parse(text).unwrap_err().to_string();
        assert_eq!(
            said("ghcr.io/a/b:v 1"),
            r#""ghcr.io/a/b:v 1" can't be used: a tag can't hold ' '"#
        );
        assert!(said("ghcr.io/A/b:v1").contains("repository names are lower case"));
        assert!(said("ghcr.io/a/b@sha256:123").contains("is not a sha256"));
    }
}
