use super::{InputError, Problem, path};
use crate::context::World;
use crate::oci::{Form, Origin, Reference, Store, Wanted};

/// The other transports of containers-transports(5); a registry's images may never be mistaken for them.
/// <https://github.com/containers/image/blob/main/docs/containers-transports.5.md>
const OTHER_TRANSPORTS: [&str; 6] = [
    "containers-storage",
    "dir",
    "docker-daemon",
    "ostree",
    "sif",
    "tarball",
];

/// The transports that name a folder or a file.
const STORES: [(&str, Form); 3] = [
    ("oci", Form::Layout),
    ("oci-archive", Form::LayoutArchive),
    ("docker-archive", Form::DockerArchive),
];

/// The image to mirror; `None` where only tags are asked for.
pub(super) fn read(world: &World) -> Result<Option<Origin>, InputError> {
    let text = world.input("source");
    text.map(|text| parse(world, text))
        .transpose()
        .map_err(|problem| problem.of("source"))
}

fn parse(world: &World, text: &str) -> Result<Origin, Problem> {
    if let Some((before, after)) = text.split_once(':') {
        let form = STORES.iter().find(|(transport, _)| *transport == before);
        if let Some(&(_, form)) = form {
            return store(world, text, form, after).map(Origin::Store);
        }
    }
    registry(text).map(Origin::Registry)
}

fn registry(text: &str) -> Result<Reference, Problem> {
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

/// `PATH`, `PATH:NAME` or `PATH@DIGEST`: a path ends at the first colon, as everywhere in that language.
fn store(world: &World, text: &str, form: Form, rest: &str) -> Result<Store, Problem> {
    let problem = |why: String| Problem::Store {
        value: text.to_owned(),
        why,
    };
    let (path, wanted) = match (by_digest(rest), rest.split_once(':')) {
        (Some((_, digest)), _) if form == Form::DockerArchive => {
            return Err(problem(format!(
                "a docker-archive knows no digests such as {digest}; name the image, `docker-archive:FILE:NAME:TAG`"
            )));
        }
        (Some((path, digest)), _) => {
            let digest = digest.parse().map_err(|error| problem(format!("{error}")));
            (path, Wanted::Digest(digest?))
        }
        (None, Some((_, ""))) => return Err(problem("nothing stands behind the colon".to_owned())),
        (None, Some((path, name))) => (path, Wanted::Name(name.to_owned())),
        (None, None) => (rest, Wanted::Only),
    };
    if path.is_empty() || path.contains('\0') {
        return Err(problem("it names no path".to_owned()));
    }
    Ok(Store {
        form,
        path: path::here(world, path),
        wanted,
        written: text.to_owned(),
        scratch: path::scratch(world),
    })
}

/// Splits `PATH@sha256:…`; a folder may have an @ in its name, but none that an algorithm follows.
fn by_digest(rest: &str) -> Option<(&str, &str)> {
    let (path, digest) = rest.rsplit_once('@')?;
    let known = ["sha256:", "sha512:"];
    known
        .iter()
        .any(|algorithm| digest.starts_with(algorithm))
        .then_some((path, digest))
}

fn other_transport(name: &str) -> Option<&str> {
    let (before, after) = name.split_once(':')?;
    let known = OTHER_TRANSPORTS.contains(&before);
    (known || after.starts_with("//")).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::super::tests::world;
    use super::*;

    fn parse(text: &str) -> Result<Origin, Problem> {
        super::parse(&world(&[("GITHUB_WORKSPACE", "/w")]), text)
    }

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
            ("dir:dist/image", "dir"),
            ("docker-daemon:alpine:3", "docker-daemon"),
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

    #[test]
    fn folders_and_files_are_named_with_what_is_wanted_of_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let by_digest = format!("oci:dist@{digest}");
        for (text, form, path, wanted) in [
            ("oci:dist", Form::Layout, "/w/dist", Wanted::Only),
            (
                "oci:a@b:v1",
                Form::Layout,
                "/w/a@b",
                Wanted::Name("v1".to_owned()),
            ),
            (
                &by_digest,
                Form::Layout,
                "/w/dist",
                Wanted::Digest(digest.parse().unwrap()),
            ),
            (
                "oci-archive:/x.tar",
                Form::LayoutArchive,
                "/x.tar",
                Wanted::Only,
            ),
            (
                "docker-archive:x.tar:ghcr.io/a/b:v1",
                Form::DockerArchive,
                "/w/x.tar",
                Wanted::Name("ghcr.io/a/b:v1".to_owned()),
            ),
        ] {
            let Ok(Origin::Store(store)) = parse(text) else {
                panic!("{text} is no store");
            };
            assert_eq!(
                (store.form, store.path.to_str(), store.wanted),
                (form, Some(path), wanted)
            );
            assert_eq!(store.written, text);
        }
        for bad in [
            "oci:",
            "oci::v1",
            "oci:dist:",
            "oci:x@sha256:1",
            "docker-archive:x@sha256:1",
        ] {
            assert!(matches!(parse(bad), Err(Problem::Store { .. })), "{bad}");
        }
    }
}
