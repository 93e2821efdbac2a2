//! The image that every user's job pulls before its first step.

use crate::parts::docker::{compressed_size, docker, own_image};

const MOST: u64 = 6_000_000;

#[test]
#[ignore = "needs a Docker Engine: run tests/all"]
fn the_image_is_small() {
    let size = compressed_size(own_image());
    println!("the image has {size} bytes compressed");
    assert!(size <= MOST, "{size} bytes compressed");
}

#[test]
#[ignore = "needs a Docker Engine: run tests/all"]
fn the_image_starts_its_program_without_a_shell_as_root_and_anywhere() {
    let format = "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.User}} {{json .Config.WorkingDir}}";
    let output = docker(&["image", "inspect", "--format", format, own_image()])
        .output()
        .unwrap();
    let config = String::from_utf8(output.stdout).unwrap();
    let [entrypoint, cmd, user, folder] = config.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{config}")
    };
    assert_eq!(entrypoint, "[\"/truxe-registry-action\"]");
    assert_eq!((cmd, user), ("null", "\"\""));
    assert!(matches!(folder, "\"\"" | "\"/\""), "{folder}");
}
