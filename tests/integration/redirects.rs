//! Where registries send us, and what may come along.

use test_registry::image::Image;
use test_registry::{Authority, Authorization, Dialect, Exchange, Method, Origin, Registry};

use crate::mirror::{Mirror, NAME};
use crate::runner::Step;

/// What came to a registry's second origin.
fn at_storage(registry: &Registry) -> Vec<Exchange> {
    let journal = registry.journal().into_iter();
    journal.filter(|it| it.origin == Origin::Storage).collect()
}

fn login(registry: &Registry) -> String {
    let host = registry.host();
    format!("- registry: {host}\n  username: bot\n  password: secret\n")
}

#[test]
fn a_login_never_leaves_the_registrys_own_origin() {
    let guarded = || {
        Registry::builder()
            .tokens(Dialect::distribution())
            .user("bot", "secret")
    };
    let (source, destination) = (
        guarded().redirect_blobs().start(),
        guarded().foreign_upload_location().start(),
    );
    let mut mirror = Mirror::to(vec![destination.clone()]).with(
        "REGISTRY-AUTH",
        &[login(&source), login(&destination)].concat(),
    );
    mirror.image.put(&source, NAME);
    source.set_tag(NAME, "built", &mirror.image.digest());
    mirror.source = source.clone();
    mirror.succeeds();
    for registry in [source, destination] {
        let requests = at_storage(&registry);
        assert!(requests.len() >= mirror.image.blobs.len());
        for request in requests {
            assert_eq!(request.authorization, Authorization::None, "{request}");
        }
    }
}

#[test]
fn five_redirects_are_followed_and_not_a_sixth() {
    for (redirects, code) in [(5, 0), (6, 1)] {
        let mut mirror = Mirror::to_open(1);
        mirror.image = Image::new()
            .layers(1, 10_000)
            .push(&mirror.source, NAME, "built");
        let layer = &mirror.image.blobs[0].descriptor.digest;
        let path = format!("/v2/{NAME}/blobs/{layer}");
        mirror
            .source
            .on(Method::GET, &path)
            .times(redirects)
            .status(307)
            .header("location", &path);
        let (ended, text) = mirror.run();
        assert_eq!(ended, code, "{text}");
        let refused = format!(
            "a redirect at http://{}{path} can't be followed: it is one of too many",
            mirror.source.host()
        );
        assert_eq!(text.contains(&refused), code == 1, "{text}");
        if code == 1 {
            assert!(mirror.destinations[0].tags(NAME).is_empty());
        }
    }
}

/// Sends whoever asks to an address.
type Fault = fn(&Registry, &str);

#[test]
fn nothing_leads_out_of_tls() {
    let authority = Authority::new();
    let plain = Registry::start();
    let secure = || Registry::builder().tls(&authority).start();
    let away = format!("http://{}/v2/{NAME}/blobs/uploads/1", plain.host());
    let faults: [(&str, Fault); 3] = [
        ("source", |source, away| {
            source
                .on(Method::GET, "/blobs/")
                .status(307)
                .header("location", away);
        }),
        ("source", |source, away| {
            source
                .on(Method::HEAD, "/manifests/")
                .status(302)
                .header("location", away);
        }),
        ("destination", |destination, away| {
            destination
                .on(Method::POST, "/blobs/uploads/")
                .status(202)
                .header("location", away);
        }),
    ];
    for (side, fault) in faults {
        let (source, destination) = (secure(), secure());
        Image::new().layers(1, 1_000).push(&source, NAME, "built");
        let place = if side == "source" {
            &source
        } else {
            &destination
        };
        fault(place, &away);
        let step = Step::by_hand()
            .trusting(&authority.pem())
            .input("source", &format!("{}/{NAME}:built", source.host()))
            .input("images", &format!("{}/{NAME}", destination.host()))
            .input("tags", "v1")
            .run()
            .ended_with(1);
        step.says(&[
            &format!("{side} {}/{NAME}", place.host()),
            "can't be followed: it leaves TLS",
        ]);
        assert!(destination.tags(NAME).is_empty());
    }
    assert_eq!(plain.requests(), 0, "{}", plain.transcript());
}
