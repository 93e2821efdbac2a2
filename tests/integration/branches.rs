//! An older run that ends late takes a branch's tag from no later commit, as far as GitHub can tell.

use test_registry::image::{Built, Image, Index};
use test_registry::{Digest, Method, Registry};

use crate::mirror::{Mirror, NAME};

const REPOSITORY: &str = "wundam/truxe";
const TOKEN: &str = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";
const REVISION: &str = "org.opencontainers.image.revision";
const OURS: &str = "1111111111111111111111111111111111111111";
const THEIRS: &str = "2222222222222222222222222222222222222222";

/// GitHub, which knows how their commit stands to ours.
fn github(status: &str) -> Registry {
    let api = Registry::builder()
        .name("github")
        .github_token(TOKEN)
        .start();
    api.put_github_comparison(REPOSITORY, OURS, THEIRS, status);
    api
}

/// A push of our commit to main.
fn push(destinations: Vec<Registry>, api: &Registry) -> Mirror {
    let mut mirror = Mirror::to(destinations)
        .with("TAGS", "type=ref,event=branch\ntype=raw,value=latest")
        .with("GITHUB-TOKEN", TOKEN)
        .on("refs/heads/main");
    let env = [
        ("GITHUB_SHA", OURS.to_owned()),
        ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
        ("GITHUB_API_URL", format!("http://{}", api.host())),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value));
    mirror.inputs.extend(env);
    mirror
}

fn labelled(commit: &str) -> Image {
    Image::new().seed(7).layers(1, 900).label(REVISION, commit)
}

/// A registry that has this image under both tags of main.
fn holding(image: &Built) -> Registry {
    let registry = Registry::start();
    image.put(&registry, NAME);
    for tag in ["main", "latest"] {
        registry.set_tag(NAME, tag, &image.digest());
    }
    registry
}

fn comparisons(api: &Registry) -> usize {
    api.count(&Method::GET, "/compare/")
}

#[test]
fn the_tag_of_a_later_commit_stays_wherever_the_image_names_it() {
    let annotated = Image::new().layers(1, 900).annotate(REVISION, THEIRS);
    let attested = Index::of([labelled(THEIRS)]).attested();
    let nested = Index::of([Index::of([labelled(THEIRS)])]);
    let named = Index::of([Image::new()]).annotate(REVISION, &THEIRS[..12]);
    for image in [
        labelled(THEIRS).build(),
        labelled(THEIRS).docker().build(),
        annotated.build(),
        attested.build(),
        nested.build(),
        named.build(),
    ] {
        let api = github("ahead");
        api.put_github_comparison(REPOSITORY, OURS, &THEIRS[..12], "ahead");
        let mirror = push(vec![holding(&image), Registry::start()], &api);
        let (code, text) = mirror.run();
        assert_eq!(code, 0, "{text}");
        assert_eq!(mirror.places("kept"), ["0:main", "0:latest"], "{text}");
        assert_eq!(mirror.places("published"), ["1:main", "1:latest"], "{text}");
        assert_eq!(
            mirror.destinations[0].tag(NAME, "main"),
            Some(image.digest())
        );
        assert!(
            text.contains("commit 2222222, which is ahead of ours"),
            "{text}"
        );
        assert_eq!(comparisons(&api), 1, "{}", api.transcript());
    }
}

#[test]
fn what_is_not_later_is_written_over() {
    for (status, theirs, asked) in [
        ("behind", THEIRS, 1),
        ("diverged", THEIRS, 1),
        ("ahead", OURS, 0),
        ("ahead", "main", 0),
    ] {
        let api = github(status);
        let mirror = push(vec![holding(&labelled(theirs).build())], &api);
        let (code, text) = mirror.run();
        assert_eq!(code, 0, "{text}");
        assert_eq!(mirror.places("published"), ["0:main", "0:latest"], "{text}");
        assert_eq!(comparisons(&api), asked, "{status} {theirs}");
        assert!(!text.contains("is not known"), "{text}");
    }
}

#[test]
fn where_nobody_can_tell_the_tag_moves_with_a_warning() {
    let theirs = labelled(THEIRS).build();
    let api = github("ahead");
    api.on(Method::GET, "/compare/").status(404);
    let asked_in_vain = push(vec![holding(&theirs)], &api);
    let stopped = github("ahead");
    stopped.stop();
    let unreachable = push(vec![holding(&theirs)], &stopped);
    let anonymous = push(vec![holding(&theirs)], &api).with("GITHUB-TOKEN", "");
    let unreadable = push(vec![holding(&theirs)], &api);
    unreadable.destinations[0]
        .on(Method::GET, "/blobs/")
        .status(403);
    for mirror in [asked_in_vain, unreachable, anonymous, unreadable] {
        let (code, text) = mirror.run();
        assert_eq!(code, 0, "{text}");
        assert_eq!(mirror.places("published"), ["0:main", "0:latest"], "{text}");
        let warned = text.matches("is not known, so its tag moves");
        assert_eq!(warned.count(), 1, "{text}");
    }
}

#[test]
fn an_older_commit_is_an_error_or_goes_first_as_asked() {
    for (older, code, asked) in [("error", 1, 1), ("move", 0, 0)] {
        let (theirs, api) = (labelled(THEIRS).build(), github("ahead"));
        let mirror = push(vec![holding(&theirs), Registry::start()], &api);
        let mirror = mirror.with("OLDER-VERSION", older);
        let (found, text) = mirror.run();
        assert_eq!(found, code, "{text}");
        assert_eq!(comparisons(&api), asked);
        let there = mirror.destinations[0].tag(NAME, "main");
        assert_eq!(there == Some(theirs.digest()), code == 1);
        assert_eq!(mirror.destinations[1].tags(NAME).is_empty(), code == 1);
    }
}

#[test]
fn a_later_commit_that_is_published_while_we_upload_keeps_its_tag() {
    let api = github("ahead");
    let there = holding(&labelled(OURS).build());
    let mirror = push(vec![there.clone()], &api);
    let later = labelled(THEIRS).seed(8).push_untagged(&there, NAME);
    let (registry, digest): (Registry, Digest) = (there.clone(), later.digest());
    there
        .on(Method::PUT, "/manifests/sha256")
        .nth(1)
        .run(move || registry.set_tag(NAME, "main", &digest));
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("kept"), ["0:main"], "{text}");
    assert_eq!(mirror.places("published"), ["0:latest"], "{text}");
    assert_eq!(there.tag(NAME, "main"), Some(later.digest()));
}

#[test]
fn the_commit_of_the_source_counts_before_that_of_the_run() {
    let api = github("behind");
    let built = "3333333333333333333333333333333333333333";
    api.put_github_comparison(REPOSITORY, built, THEIRS, "ahead");
    let mut mirror = push(vec![holding(&labelled(THEIRS).build())], &api);
    let image = labelled(built).seed(9);
    mirror.image = image.push(&mirror.source, NAME, "built");
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("kept").len(), 2, "{text}");
}

#[test]
fn nothing_is_asked_where_no_tag_of_a_branch_would_move() {
    let api = github("ahead");
    let mirror = push(vec![Registry::start()], &api);
    for _ in 0..2 {
        assert_eq!(mirror.run().0, 0);
    }
    let mirror = push(vec![holding(&labelled(THEIRS).build())], &api);
    let mirror = mirror.on("refs/tags/nightly").with("TAGS", "latest");
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("published"), ["0:latest"]);
    assert_eq!(comparisons(&api), 0, "{}", api.transcript());
}
