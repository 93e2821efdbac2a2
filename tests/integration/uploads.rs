//! What becomes of uploads that break, or that are too large for one request.

use test_registry::image::Image;
use test_registry::{Capability, Exchange, Method, Registry};

use crate::mirror::Mirror;

const LAYER: u64 = 10_000_000;

fn blob_requests(registry: &Registry, method: &Method) -> Vec<Exchange> {
    let to_blobs = |it: &Exchange| it.method == *method && it.path.contains("/blobs/");
    let journal = registry.journal().into_iter();
    journal.filter(to_blobs).collect()
}

fn bytes(requests: &[Exchange]) -> u64 {
    requests.iter().map(|it| it.request_bytes).sum()
}

/// One layer, and a config.
fn mirror(destination: Registry) -> Mirror {
    Mirror::of(&Image::new().layers(1, LAYER), vec![destination])
}

#[test]
fn an_upload_goes_on_where_it_broke() {
    let mirror = mirror(Registry::start());
    let to = &mirror.destinations[0];
    let cuts = to.on(Method::PUT, "/blobs/uploads/").times(20);
    let cuts = cuts.cut_request_at(400_000);
    mirror.succeeds();
    assert!(cuts.struck() == 20, "{}", to.transcript());
    let puts = blob_requests(to, &Method::PUT);
    let once = LAYER + 2_000;
    assert!((LAYER..once).contains(&bytes(&puts)), "{}", to.transcript());
}

#[test]
fn an_upload_that_cannot_go_on_starts_over() {
    for missing in [Capability::UploadStatus, Capability::Resume] {
        let mirror = mirror(Registry::builder().without(missing).start());
        let to = &mirror.destinations[0];
        let cut = to.on(Method::PUT, "/blobs/uploads/").times(2);
        let cut = cut.cut_request_at(400_000);
        mirror.succeeds();
        assert_eq!(cut.struck(), 2, "{missing:?}");
        let puts = blob_requests(to, &Method::PUT);
        assert!(bytes(&puts) > LAYER + 300_000, "{}", to.transcript());
    }
}

#[test]
fn a_blob_too_large_for_one_request_goes_in_chunks() {
    let limit = 5_000_000;
    for (minimum, chunks) in [
        (None, [4_194_304, 4_194_304]),
        (Some(4_500_000), [4_500_000, 4_500_000]),
    ] {
        let limited = Registry::builder().request_limit(limit);
        let limited = match minimum {
            Some(minimum) => limited.chunk_minimum(minimum),
            None => limited,
        };
        let mirror = mirror(limited.start());
        mirror.succeeds();
        let to = &mirror.destinations[0];
        let patches = blob_requests(to, &Method::PATCH);
        let sizes: Vec<_> = patches.iter().map(|it| it.request_bytes).collect();
        assert_eq!(sizes, chunks, "{}", to.transcript());
        let puts = blob_requests(to, &Method::PUT);
        let statuses: Vec<_> = puts.iter().filter_map(|it| it.status).collect();
        assert_eq!(statuses.iter().filter(|it| **it == 413).count(), 1);
        assert_eq!(statuses.len(), 3, "the config, the refusal and the end");
    }
}

#[test]
fn a_registry_that_takes_neither_the_whole_nor_chunks_is_named() {
    let limited = Registry::builder().request_limit(5_000_000);
    let mirror = mirror(limited.without(Capability::Chunks).start());
    mirror.fails_saying(&["uploading blob", "405"]);
    let refused = Registry::builder().request_limit(1_000_000);
    let mirror = self::mirror(refused.start());
    mirror.fails_saying(&["uploading blob", "413"]);
}

#[test]
fn a_chunk_that_breaks_goes_on_where_it_broke() {
    let mirror = mirror(Registry::builder().request_limit(5_000_000).start());
    let to = &mirror.destinations[0];
    let cut = to.on(Method::PATCH, "/blobs/uploads/").times(3);
    let cut = cut.cut_request_at(1_000_000);
    mirror.succeeds();
    assert_eq!(cut.struck(), 3);
}
