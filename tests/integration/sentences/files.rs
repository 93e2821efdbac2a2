use super::*;

#[test]
fn a_folder_or_a_file_that_is_not_there() {
    let remedy = "Check the path and the name: a path is below the workspace, or one that this container has, and an earlier step of the same job must have written it";
    for (source, cause) in [
        (
            "oci:nowhere",
            "nowhere: No such file or directory (os error 2)",
        ),
        (
            "oci:nowhere:built",
            "nowhere: No such file or directory (os error 2)",
        ),
        (
            "docker-archive:nowhere.tar",
            "nowhere.tar: No such file or directory (os error 2)",
        ),
    ] {
        assert_says(
            &Mirror::to_open(1).with("SOURCE", source),
            &format!("source {source}: opening it: {cause}. {remedy}"),
        );
    }
}

#[test]
fn a_file_that_is_something_else() {
    assert_says(
        &Mirror::to_open(1).with("SOURCE", "oci-archive:Cargo.toml"),
        "source oci-archive:Cargo.toml: opening it: it is no tar archive, or spoiled at byte 0. Write it again: it is not whole, or not of this form",
    );
}
