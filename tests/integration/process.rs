//! The program as the runner starts it: one process, its environment, its signals.

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use test_registry::image::Image;
use test_registry::{Method, Registry};

const NAME: &str = "owner/image";

/// The program itself, with nothing of ours in its environment.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"));
    program
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

/// The program on its way from one registry to another under the tag v1.
fn mirror(from: &Registry, to: &Registry) -> Child {
    Image::new().layers(2, 1_000).push(from, NAME, "built");
    let (from, to) = (from.host(), to.host());
    program()
        .env("INPUT_SOURCE", format!("{from}/{NAME}:built"))
        .env("INPUT_IMAGES", format!("{to}/{NAME}"))
        .env("INPUT_TAGS", "v1")
        .env("INPUT_INSECURE-REGISTRIES", format!("{from}\n{to}"))
        .spawn()
        .unwrap()
}

/// What it printed and how it ended; a program that hangs is a failed test.
#[track_caller]
fn ends(mut child: Child) -> Output {
    for _ in 0..400 {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    child.kill().unwrap();
    panic!("the program does not end");
}

#[test]
fn both_signals_end_the_run_and_leave_the_tags_alone() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let (from, to) = (Registry::start(), Registry::start());
        let (told, signal) = std::sync::mpsc::channel();
        let told = std::sync::Mutex::new(told);
        from.on(Method::GET, "/blobs/")
            .run(move || told.lock().unwrap().send(()).unwrap_or_default())
            .hang();
        let child = mirror(&from, &to);
        signal.recv_timeout(Duration::from_secs(10)).unwrap();
        let sent = Command::new("kill")
            .args(["-s", name, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let output = ends(child);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(
            text.contains("Cancelled: the tag is not where it should be"),
            "{text}"
        );
        assert!(to.tags(NAME).is_empty());
    }
}
