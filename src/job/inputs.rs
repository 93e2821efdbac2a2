/// Every input of the action, in the order of `action.yml`; a test holds it, `action.yml`, the code and the README together.
pub const INPUTS: [&str; 19] = [
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
    "older-version",
    "immutable-tags",
    "mode",
    "insecure-registries",
];

/// Every output of the action, in the order of `action.yml`.
pub const OUTPUTS: [&str; 13] = [
    "tags",
    "tag-names",
    "version",
    "labels",
    "annotations",
    "json",
    "digest",
    "published",
    "unchanged",
    "kept",
    "skipped",
    "failed",
    "receipt",
];
