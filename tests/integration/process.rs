//! The program as process 1 of a container: nobody else takes the signals.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use test_registry::image::Image;
use test_registry::{Method, Registry};

use crate::runner::{Step, signal};

const NAME: &str = "owner/image";
/// Longer than it ever takes.
const LIMIT: Duration = Duration::from_mins(1);

/// From one registry to another under the tag v1.
fn mirror(from: &Registry, to: &Registry) -> Step {
    Image::new().layers(2, 1_000).push(from, NAME, "built");
    let (from, to) = (from.host(), to.host());
    Step::by_hand()
        .input("source", &format!("{from}/{NAME}:built"))
        .input("images", &format!("{to}/{NAME}"))
        .input("tags", "v1")
        .input("insecure-registries", &format!("{from}\n{to}"))
}

#[test]
fn both_signals_end_the_run_and_leave_the_tags_alone() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let (from, to) = (Registry::start(), Registry::start());
        let (told, arrived) = channel();
        let told = Mutex::new(told);
        from.on(Method::GET, "/blobs/")
            .run(move || told.lock().unwrap().send(()).unwrap_or_default())
            .hang();
        let running = mirror(&from, &to).start();
        arrived.recv_timeout(LIMIT).unwrap();
        signal(running.id(), name);
        let step = running.wait(LIMIT).ended_with(code);
        step.says(&["Cancelled: the tag is not where it should be"]);
        assert_eq!(step.list("failed"), [format!("{}/{NAME}:v1", to.host())]);
        assert!(step.summary.contains("Cancelled"), "{}", step.summary);
        assert!(to.tags(NAME).is_empty());
    }
}
