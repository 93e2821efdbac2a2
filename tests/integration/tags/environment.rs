//! The outputs as variables of the steps that follow.

use std::fs;
use std::process::Command;

/// What a step leaves in `GITHUB_ENV`, where the variable says this.
fn exported(set_output_env: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("env");
    fs::write(&file, "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"))
        .env_clear()
        .env("DOCKER_METADATA_SET_OUTPUT_ENV", set_output_env)
        .env("GITHUB_ENV", &file)
        .env("GITHUB_OUTPUT", folder.path().join("output"))
        .env("GITHUB_REF", "refs/heads/main")
        .env("INPUT_IMAGES", "name/app")
        .env("INPUT_TAGS", "type=ref,event=branch")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::read_to_string(&file).unwrap()
}

#[test]
fn the_steps_that_follow_see_the_outputs_as_variables_unless_that_is_not_wanted() {
    for wanted in ["", "true", "1"] {
        let text = exported(wanted);
        let names: Vec<_> = text
            .lines()
            .filter_map(|line| line.split_once("<<"))
            .map(|(name, _)| name)
            .collect();
        let expected = [
            "TAGS",
            "TAG_NAMES",
            "VERSION",
            "LABELS",
            "ANNOTATIONS",
            "JSON",
        ];
        assert_eq!(
            names,
            expected.map(|name| format!("DOCKER_METADATA_OUTPUT_{name}"))
        );
        assert!(text.contains("\nname/app:main\n"), "{text}");
    }
    for refused in ["false", "0", "F"] {
        assert_eq!(exported(refused), "");
    }
}
