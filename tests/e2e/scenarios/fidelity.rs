//! Every kind of image at every make of registry: to the byte, in our reading and in that of others.

use std::thread;

use test_registry::image::{Built, zoo};

use crate::parts::{Gallery, MAKES, Make};

/// What a registry refuses by its own rules, whoever pushes it: Distribution files a sha512 blob under its sha256, and
/// knows no artifact manifest; none of the three files a manifest under its sha512.
const REFUSED: [(Make, &str); 7] = [
    (Make::Distribution2, "sha512 blobs"),
    (Make::Distribution3, "sha512 blobs"),
    (Make::Distribution2, "old artifact manifest"),
    (Make::Distribution3, "old artifact manifest"),
    (Make::Distribution2, "sha512 child"),
    (Make::Distribution3, "sha512 child"),
    (Make::Go, "sha512 child"),
];

#[test]
#[ignore = "needs real registries and their tools: run tests/all"]
fn every_kind_of_image_arrives_at_every_make_of_registry_to_the_byte() {
    let gallery = Gallery::open();
    let zoo = zoo();
    let counts = thread::scope(|scope| {
        let tour = |make| tour(&gallery, make, &zoo);
        let tours = MAKES.map(|make| scope.spawn(move || tour(make)));
        tours.map(|tour| tour.join().unwrap())
    });
    let arrived: usize = counts.iter().sum();
    assert_eq!(arrived, MAKES.len() * zoo.len() - REFUSED.len());
    println!(
        "{} kinds of image at {} makes of registry: {arrived} arrive, {} are refused there",
        zoo.len(),
        MAKES.len(),
        REFUSED.len()
    );
}

/// How many of them arrive.
fn tour(gallery: &Gallery, make: Make, zoo: &[(&str, Built)]) -> usize {
    let mut arrived = 0;
    for (what, image) in zoo {
        let name = format!("zoo/{make:?}/{}", what.replace(' ', "-")).to_lowercase();
        let source = gallery.hang(image, &name);
        let repository = format!("{}/{name}", gallery.host(make));
        if REFUSED.contains(&(make, what)) {
            is_refused(gallery, &source, &repository);
            continue;
        }
        gallery.publishes(&source, &repository);
        let published = format!("{repository}:v1");
        for bytes in gallery.read(make, &published) {
            assert!(bytes == image.root().bytes, "{what} at {make:?} differs");
        }
        // Back again by our own reader, which hashes every manifest and every blob.
        gallery.publishes(&published, &format!("{}/back/{name}", gallery.own.host()));
        image.assert_in(&gallery.own, &format!("back/{name}"));
        arrived += 1;
    }
    arrived
}

#[track_caller]
fn is_refused(gallery: &Gallery, source: &str, repository: &str) {
    let output = gallery.publish(source, repository);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("putting manifest sha"), "{said}");
    let digest = gallery
        .tool("crane")
        .args(["digest", &format!("{repository}:v1")])
        .output();
    assert!(!digest.unwrap().status.success(), "a tag moved: {said}");
}
