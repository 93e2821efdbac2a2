/// Every input of the action, in the order of `action.yml`; a test holds it, `action.yml`, the code and the README together.
pub const INPUTS: [&str; 17] = [
    "source",
    "images",
    "tags",
    "flavor",
    "labels",
    "annotations",
    "sep-tags",
    "sep-labels",
    "sep-annotations",
    "github-token",
    "dockerhub-username",
    "dockerhub-token",
    "registry-auth",
    "missing-credentials",
    "publish",
    "mode",
    "insecure-registries",
];

/// Every output of the action, in the order of `action.yml`.
pub const OUTPUTS: [&str; 11] = [
    "tags",
    "tag-names",
    "version",
    "labels",
    "annotations",
    "json",
    "digest",
    "published",
    "unchanged",
    "skipped",
    "failed",
];
