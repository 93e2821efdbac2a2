//! Every phase × every fault × how many registries × both ways to publish: the exact state of every tag afterwards.

use test_registry::image::Image;
use test_registry::{Capability, Method, Registry, Rule};

use crate::mirror::{Mirror, NAME, old_image, tell};

/// A kind of request, and from which one on it is struck.
type Phase = (&'static str, Method, &'static str, u64);

const PHASES: [Phase; 10] = [
    ("look", Method::HEAD, "/manifests/v1", 1),
    ("ask for children", Method::HEAD, "/manifests/sha256", 1),
    ("open an upload", Method::POST, "/blobs/uploads/", 2),
    ("send a blob", Method::PUT, "/blobs/uploads/", 2),
    ("put a child", Method::PUT, "/manifests/sha256", 1),
    ("put the index", Method::PUT, "/manifests/sha256", 5),
    ("look again", Method::HEAD, "/manifests/v1", 3),
    ("move the first tag", Method::PUT, "/manifests/v1", 1),
    ("move the last tag", Method::PUT, "/manifests/v1.2", 1),
    ("read the tags again", Method::HEAD, "/manifests/v1", 5),
];

/// The same where an image is signed and the registries have no API for that.
const SIGNED_PHASES: [Phase; 5] = [
    ("read the list", Method::GET, "/manifests/sha256-", 1),
    ("put the list", Method::PUT, "/manifests/sha256-", 1),
    ("ask for cosign's tag", Method::HEAD, ".sig", 1),
    ("move cosign's tag", Method::PUT, ".sig", 1),
    ("read cosign's tag again", Method::HEAD, ".sig", 2),
];

/// What happens to them, and whether it is over after the first.
const FAULTS: [(&str, bool); 8] = [
    ("403", false),
    ("500", false),
    ("close", false),
    ("lost answer", false),
    ("503", true),
    ("429", true),
    ("close", true),
    ("lost answer", true),
];

/// Which of the two tags are new afterwards, at the struck registry and at the others.
struct End {
    code: u8,
    struck: [bool; 2],
    others: [bool; 2],
}

fn strike(rule: Rule, fault: &str) -> Rule {
    match fault {
        "403" => rule.status(403),
        "500" => rule.status(500),
        "503" => rule.status(503),
        "429" => rule.status(429).retry_after(0),
        "close" => rule.close(),
        _ => rule.apply_then_close(),
    }
}

fn expected(phase: &str, fault: &str, passes: bool, together: bool) -> End {
    let all = [true; 2];
    // What is stored though its answer is lost is found by looking.
    let stored = fault == "lost answer"
        && ["send", "put", "move"]
            .iter()
            .any(|verb| phase.starts_with(verb));
    if passes || stored {
        let (struck, others) = (all, all);
        return End {
            code: 0,
            struck,
            others,
        };
    }
    match phase {
        // Everything has moved; only nobody can confirm it.
        "read the tags again" => End {
            code: 1,
            struck: all,
            others: all,
        },
        "move the last tag" if !together => End {
            code: 1,
            struck: [true, false],
            others: all,
        },
        _ => End {
            code: 1,
            struck: [false; 2],
            others: [!together; 2],
        },
    }
}

/// A signed index, with a tag of cosign's too, and registries that list referrers under a tag.
fn signed(count: usize) -> Mirror {
    let without = || Registry::builder().without(Capability::Referrers).start();
    let mirror = Mirror::to((0..count).map(|_| without()).collect());
    let (source, image) = (&mirror.source, &mirror.image);
    Image::referrer(image, "application/vnd.example.signature").push_untagged(source, NAME);
    let tag = format!("{}.sig", image.digest().replace(':', "-"));
    Image::new().seed(5).layers(1, 300).push(source, NAME, &tag);
    mirror
}

fn check(
    make: fn(usize) -> Mirror,
    count: usize,
    phase: &Phase,
    fault: (&str, bool),
    together: bool,
) {
    let (name, method, path, first) = phase;
    let publish = if together {
        "together"
    } else {
        "independently"
    };
    let case = format!("{name}: {fault:?}, {count} registries, {publish}");
    let mirror = make(count).with("PUBLISH", publish);
    let old: Vec<_> = mirror.destinations.iter().map(old_image).collect();
    let rule = mirror.destinations[count - 1].on(method.clone(), path);
    let rule = if fault.1 {
        rule.nth(*first)
    } else {
        rule.from(*first)
    };
    // The answer to a HEAD says nothing of why; a GET does.
    if *method == Method::HEAD && fault.0 == "403" {
        let rule = mirror.destinations[count - 1].on(Method::GET, path);
        strike(rule, fault.0);
    }
    let rule = strike(rule, fault.0);
    let end = expected(name, fault.0, fault.1, together);
    let (code, text) = mirror.run();
    assert!(rule.struck() > 0, "{case}: no such request");
    assert_eq!(code, end.code, "{case}: {text}");
    let mut published = Vec::new();
    for (at, destination) in mirror.destinations.iter().enumerate() {
        let new = if at == count - 1 {
            end.struck
        } else {
            end.others
        };
        for (tag, new) in ["v1", "v1.2"].into_iter().zip(new) {
            let there = if new {
                mirror.image.digest()
            } else {
                old[at].clone()
            };
            assert_eq!(
                destination.tag(NAME, tag),
                Some(there),
                "{case}: {at}:{tag} {text}"
            );
            published.extend(new.then(|| format!("{at}:{tag}")));
        }
    }
    // A tag that is there and can't be confirmed counts as not done.
    let mut said = mirror.places("published");
    said.extend(
        mirror
            .places("failed")
            .into_iter()
            .filter(|place| *name == "read the tags again" && published.contains(place)),
    );
    said.sort();
    assert_eq!(said, published, "{case}: {text}");
    mirror.destinations[count - 1].clear_rules();
    mirror.succeeds();
}

/// How many cases that makes.
fn check_all(make: fn(usize) -> Mirror, phases: &[Phase], cases: &[(usize, bool)]) -> usize {
    for phase in phases {
        for fault in FAULTS {
            for &(count, together) in cases {
                check(make, count, phase, fault, together);
            }
        }
    }
    phases.len() * FAULTS.len() * cases.len()
}

#[test]
fn after_every_fault_all_registries_are_as_one() {
    let cases = check_all(Mirror::to_open, &PHASES, &[(1, true), (2, true), (3, true)]);
    tell(&format!(
        "together: {cases} cases of phase × fault × registries"
    ));
}

#[test]
fn after_every_fault_each_registry_is_by_itself() {
    let cases = check_all(Mirror::to_open, &PHASES, &[(1, false), (3, false)]);
    tell(&format!(
        "independently: {cases} cases of phase × fault × registries"
    ));
}

#[test]
fn after_every_fault_no_tag_leads_to_an_image_that_lacks_its_signatures() {
    let cases = check_all(signed, &SIGNED_PHASES, &[(2, true), (2, false)]);
    tell(&format!(
        "signed: {cases} cases of phase × fault × way to publish"
    ));
}

#[test]
fn of_two_runs_at_once_one_wins_whole_or_says_that_it_did_not() {
    let (mut clean, mut mixed) = (0, 0);
    for _ in 0..10 {
        let destinations: Vec<_> = (0..3).map(|_| Registry::start()).collect();
        let first = Mirror::to(destinations.clone());
        let mut second = Mirror::to(destinations.clone());
        second.image = Image::new()
            .seed(5)
            .layers(2, 1_000)
            .push(&second.source, NAME, "built");
        let codes = std::thread::scope(|scope| {
            let other = scope.spawn(|| second.run().0);
            [first.run().0, other.join().unwrap()]
        });
        let mut states = destinations.iter().map(|registry| registry.tags(NAME));
        let one = states.next().unwrap();
        let whole = states.all(|state| state == one);
        assert!(whole || codes.contains(&1), "a mixture that nobody reports");
        let same = one["v1"] == one["v1.2"];
        assert!(
            same || codes.contains(&1),
            "tags of two runs that nobody reports"
        );
        clean += usize::from(whole);
        mixed += usize::from(!whole);
    }
    tell(&format!(
        "two runs at once: {clean} times one won whole, {mixed} times a mixture was reported"
    ));
}
