//! Input that makes no sense ends before anything is touched: exit code 2, the input's name, and not one request.

use test_registry::Registry;
use test_registry::image::Image;

use crate::runner::Step;

/// A step that would publish, if it were not for what is added to it.
struct Scene(Registry, Registry);

impl Scene {
    fn new() -> Self {
        let (source, destination) = (Registry::start(), Registry::start());
        Image::new().layers(1, 100).push(&source, "a/b", "built");
        Self(source, destination)
    }

    fn step(&self) -> Step {
        let (source, destination) = (self.0.host(), self.1.host());
        Step::on_release("v1.2.3")
            .input("source", &format!("{source}/a/b:built"))
            .input("images", &format!("{destination}/a/b"))
            .input("insecure-registries", &format!("{source}\n{destination}"))
    }

    #[track_caller]
    fn refuses(&self, step: Step, expected: &str) {
        let step = step.run().ended_with(2);
        let title = "truxe-registry-action: ";
        assert_eq!(step.messages("error"), [format!("{title}{expected}")]);
        assert_eq!(self.0.requests() + self.1.requests(), 0, "{step}");
    }
}

#[test]
fn as_it_stands_it_publishes() {
    let scene = Scene::new();
    scene.step().run().ended_with(0);
    assert_eq!(scene.1.tags("a/b").len(), 4);
}

#[test]
fn words_that_mean_nothing() {
    let scene = Scene::new();
    for (input, value, expected) in [
        (
            "mode",
            "teleport",
            r#""teleport" is none of: mirror, dry-run, check"#,
        ),
        (
            "publish",
            "sometimes",
            r#""sometimes" is none of: together, independently"#,
        ),
        (
            "missing-credentials",
            "ignore",
            r#""ignore" is none of: skip, error"#,
        ),
        (
            "older-version",
            "keep",
            r#""keep" is none of: skip, error, move"#,
        ),
        (
            "referrers",
            "maybe",
            r#""maybe" is none of: true, True, TRUE, false, False, FALSE"#,
        ),
        (
            "platforms",
            "linux/amd64/v3/x",
            r#""linux/amd64/v3/x" is no platform; allowed is `os/architecture` or `os/architecture/variant`"#,
        ),
        (
            "immutable-tags",
            "v[1",
            "error parsing glob 'v[1': unclosed character class; missing ']'; allowed are `*`, `?`, `[0-9]` and `{a,b}`, one pattern a line",
        ),
        (
            "insecure-registries",
            "http://localhost:5000",
            r#""http://localhost:5000" is no registry host; allowed is `host` or `host:port`, without `http://`"#,
        ),
    ] {
        scene.refuses(
            scene.step().input(input, value),
            &format!("input `{input}`: {expected}"),
        );
    }
}

#[test]
fn references_that_are_none() {
    let scene = Scene::new();
    let digest = format!("ghcr.io/a/b@sha256:{}", "0".repeat(64));
    for (input, value, expected) in [
        (
            "source",
            "ghcr.io/A/b:v1",
            r#""ghcr.io/A/b:v1" can't be used: "A/b" has capital letters: repository names are lower case"#,
        ),
        (
            "source",
            "a/b:-v1",
            r#""a/b:-v1" can't be used: a tag can't start with '-'"#,
        ),
        (
            "source",
            "a/b@sha256:12",
            r#""a/b@sha256:12" can't be used: "sha256:12" is not a sha256 or sha512 digest in lower-case hexadecimal digits"#,
        ),
        (
            "source",
            "containers-storage:a/b",
            r#"unknown transport "containers-storage" in "containers-storage:a/b"; allowed are an image in a registry (`docker://` may be left out), `oci:DIR[:TAG|@DIGEST]`, `oci-archive:FILE[:TAG]` and `docker-archive:FILE[:REF]`"#,
        ),
        (
            "images",
            "ghcr.io/a//b",
            r#""ghcr.io/a//b" can't be used: "a//b" is no repository name (lower-case letters, digits, single separators . _ - and /)"#,
        ),
        (
            "images",
            "https://ghcr.io/a/b",
            r#""https://ghcr.io/a/b" can't be used: "https:" is no registry host"#,
        ),
        (
            "images",
            "ghcr.io/a/b\nghcr.io/A/B",
            r#""ghcr.io/a/b" and "ghcr.io/a/b" are the same repository, ghcr.io/a/b; name it once"#,
        ),
        (
            "images",
            "ghcr.io/a/b:v1",
            r#""ghcr.io/a/b:v1" carries a tag or a digest; write the name alone, tags come from input `tags`"#,
        ),
        (
            "images",
            &digest,
            &format!(
                "{digest:?} carries a tag or a digest; write the name alone, tags come from input `tags`"
            ),
        ),
    ] {
        scene.refuses(
            scene.step().input(input, value),
            &format!("input `{input}`: {expected}"),
        );
    }
}

#[test]
fn rules_of_no_kind() {
    let scene = Scene::new();
    for (input, value, expected) in [
        (
            "tags",
            "type=semantic,pattern={{version}}",
            r#"line 1 ("type=semantic,pattern={{version}}"): unknown type "semantic""#,
        ),
        (
            "tags",
            "type=raw,value=v1\ntype=ref,evnt=branch",
            r#"line 2 ("type=ref,evnt=branch"): unknown attribute "evnt", did you mean "event"?"#,
        ),
        (
            "tags",
            "type=raw,value=-v1",
            r#"line 1 ("type=raw,value=-v1"): it makes the tag "-v1", which no registry takes: a tag can't start with '-'"#,
        ),
        (
            "tags",
            "type=raw,value={{nonsense}}",
            r#"line 1 ("type=raw,value={{nonsense}}"): unknown expression "nonsense""#,
        ),
        (
            "flavor",
            "latest=perhaps",
            r#"line 1 ("latest=perhaps"): latest is "perhaps", it can only be auto, true or false"#,
        ),
    ] {
        scene.refuses(
            scene.step().input(input, value),
            &format!("input `{input}`, {expected}"),
        );
    }
}

#[test]
fn halves_of_credentials() {
    let scene = Scene::new();
    let list = "allowed is a YAML list of entries with `registry`, `username` and `password`";
    let twice = "- {registry: quay.io, username: a, password: b}\n- {registry: https://quay.io/v2/, username: c, password: d}";
    for (value, expected) in [
        (
            "- registry: [",
            &*format!("broken YAML or an unknown key near line 1, column 13; {list}"),
        ),
        (
            "- registry: quay.io\n  password: hunter2",
            "entry 1 (quay.io) has no `username`, or an empty one",
        ),
        (
            "- registry: quay.io\n  username: bot",
            "entry 1 (quay.io) has no `password`, or an empty one",
        ),
        (twice, "quay.io is given twice; one entry for each registry"),
    ] {
        let step = scene.step().input("registry-auth", value).secret("hunter2");
        scene.refuses(step, &format!("input `registry-auth`: {expected}"));
    }
    scene.refuses(
        scene.step().input("dockerhub-token", "dckr_pat_alone"),
        "input `dockerhub-username`: is empty, but `dockerhub-token` is given; both are needed, or none",
    );
}

/// Secrets are empty there: not a mistake of whoever opened it.
#[test]
fn a_pull_request_from_a_fork_publishes_what_it_can() {
    let scene = Scene::new();
    let images = format!("{}/a/b\ntruxeio/truxe", scene.1.host());
    let step = scene
        .step()
        .input("images", &images)
        .input("dockerhub-username", "truxeio")
        .run()
        .ended_with(0);
    let title = "truxe-registry-action: ";
    assert_eq!(
        step.messages("warning"),
        [
            format!(
                "{title}input `dockerhub-token` is empty, so `dockerhub-username` is not used; the secret is not set, or this is a workflow of a fork, which gets no secrets"
            ),
            format!(
                "{title}truxeio/truxe is skipped, because there are no credentials for Docker Hub: give dockerhub-username and dockerhub-token to publish there too"
            ),
        ]
    );
    assert_eq!(
        (step.list("published").len(), step.list("skipped").len()),
        (4, 4)
    );
}
