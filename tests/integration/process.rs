//! The program as process 1 of a container: nobody else takes the signals.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use test_registry::image::Image;
use test_registry::{Dialect, Method, Registry};

use crate::runner::{JOB_TOKEN, Step, signal};

const NAME: &str = "owner/image";
const PASSWORD: &str = "open sesame";
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

/// A registry that wants a password, and the step that knows it.
fn guarded() -> (Registry, Registry, Step) {
    let from = Registry::start();
    let to = Registry::builder()
        .tokens(Dialect::distribution())
        .user("bot", PASSWORD)
        .start();
    let entry = format!(
        "- {{registry: '{}', username: bot, password: '{PASSWORD}'}}",
        to.host()
    );
    let step = mirror(&from, &to)
        .input("registry-auth", &entry)
        .secret(PASSWORD);
    (from, to, step)
}

#[test]
fn secrets_are_masked_before_anything_is_asked() {
    let (from, _to, step) = guarded();
    let (told, arrived) = channel();
    let told = Mutex::new(told);
    from.on_any("/v2/")
        .run(move || told.lock().unwrap().send(()).unwrap_or_default())
        .hang();
    let running = step.start();
    arrived.recv_timeout(LIMIT).unwrap();
    let step = running.cancel().ended_with(130);
    step.masked(PASSWORD);
    step.masked(JOB_TOKEN);
}

#[test]
fn each_phase_is_a_group() {
    let (_from, _to, step) = guarded();
    let step = step.run().ended_with(0);
    assert_eq!(
        step.messages("group"),
        ["Tags", "Look", "Upload", "Move tags"]
    );
}

#[test]
fn step_debug_logging_tells_of_every_request_and_of_no_secret() {
    let (from, to, step) = guarded();
    let quiet = step.run().ended_with(0);
    assert_eq!(quiet.messages("debug"), [""; 0]);

    let (from_debug, to_debug, step) = guarded();
    let step = step.env("RUNNER_DEBUG", "1").run().ended_with(0);
    let requests = step.messages("debug");
    let requests = requests.iter().filter(|line| line.contains("/v2/"));
    let tokens = to_debug.count(Method::GET, "/token");
    assert_eq!(
        requests.count(),
        from_debug.requests() + to_debug.requests() - tokens
    );
    for token in to_debug.tokens() {
        step.masked(&token);
    }
    assert_eq!(
        from.requests() + to.requests(),
        from_debug.requests() + to_debug.requests()
    );
}
