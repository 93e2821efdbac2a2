//! Registries that count pulls.

use test_registry::{Method, Registry};

use crate::mirror::Mirror;

/// The index, its two images, and what attests those.
const MANIFESTS: u32 = 5;

fn mirror(left: u32) -> Mirror {
    let counted = Registry::builder().rate_limit(100, left).start();
    Mirror::from(counted, vec![Registry::start()])
}

#[test]
fn what_is_left_of_a_quota_is_in_the_summary() {
    let mirror = mirror(MANIFESTS);
    mirror.succeeds();
    let left = format!("{MANIFESTS} pulls are left at 127.0.0.1");
    assert!(mirror.summary().contains(&left), "{}", mirror.summary());
}

#[test]
fn a_quota_that_does_not_suffice_ends_the_run_at_once_and_says_when_it_comes_back() {
    for (left, read) in [(0, 0), (1, 1)] {
        let mirror = mirror(left);
        mirror.fails_saying(&[
            &format!("{left} pulls are left"),
            "they come back within 360 minutes",
        ]);
        let read_now = mirror
            .source
            .journal()
            .iter()
            .filter(|it| it.method == Method::GET)
            .count();
        assert_eq!(read_now, read, "{}", mirror.source.transcript());
        assert_eq!(mirror.destinations[0].open_uploads(), 0);
    }
}
