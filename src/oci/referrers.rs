use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Digest, InvalidManifest, Manifest, Tag, media_type};

/// Signatures, SBOMs, attestations: what names an image and is not named by it.
#[derive(Clone, Debug, Default)]
pub struct Referrers {
    /// Manifests with a subject, by that subject.
    pub listed: BTreeMap<Digest, Vec<Manifest>>,
    /// Manifests that a tag made of the image's digest leads to, as cosign stores them.
    pub tagged: BTreeMap<Tag, Manifest>,
}

impl Referrers {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.listed.values().map(Vec::len).sum::<usize>() + self.tagged.len()
    }
}

/// The tag under which registries without the API list what refers to an image.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema>
pub fn referrers_tag(subject: &Digest) -> Option<Tag> {
    let hex = subject.hex();
    let hex = hex.get(..64).unwrap_or(hex);
    format!("{}-{hex}", subject.algorithm().name()).parse().ok()
}

/// The tags under which cosign stores what it signed and attested before it knew of referrers.
/// <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#storage>
pub fn cosign_tags(subject: &Digest) -> Vec<Tag> {
    let name = format!("{}-{}", subject.algorithm().name(), subject.hex());
    let tags = ["sig", "att", "sbom"].map(|what| format!("{name}.{what}").parse().ok());
    tags.into_iter().flatten().collect()
}

/// What lists a manifest with its subject: its artifact type and all its annotations.
pub fn referrer_entry(manifest: &Manifest) -> Value {
    let json: Value = serde_json::from_slice(manifest.bytes()).unwrap_or_default();
    let mut entry = json!({
        "mediaType": manifest.media_type(),
        "digest": manifest.digest().as_str(),
        "size": manifest.size(),
    });
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    let own = text(&json["artifactType"]);
    if let Some(artifact_type) = own.or_else(|| text(&json["config"]["mediaType"])) {
        entry["artifactType"] = artifact_type.into();
    }
    if json["annotations"].is_object() {
        entry["annotations"] = json["annotations"].clone();
    }
    entry
}

/// The list under a referrers tag with these in it: everything else there stays. `None` where all are in it already.
pub fn with_referrers(
    list: Option<&Manifest>,
    referrers: &[Manifest],
) -> Result<Option<Manifest>, InvalidManifest> {
    let mut json = match list {
        Some(list) => serde_json::from_slice(list.bytes())?,
        None => json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX}),
    };
    let mut entries = json["manifests"].as_array().cloned().unwrap_or_default();
    let mut is_changed = false;
    for entry in referrers.iter().map(referrer_entry) {
        is_changed |= merge(&mut entries, entry);
    }
    if !is_changed {
        return Ok(None);
    }
    json["manifests"] = entries.into();
    let bytes = serde_json::to_vec(&json)?;
    let digest = Digest::sha256(&bytes);
    Manifest::parse(bytes.into(), digest, media_type::OCI_INDEX).map(Some)
}

/// Adds an entry, or sets right the one that is there; false where it is right already.
fn merge(entries: &mut Vec<Value>, new: Value) -> bool {
    let Some(there) = entries.iter_mut().find(|it| it["digest"] == new["digest"]) else {
        entries.push(new);
        return true;
    };
    let fields = ["artifactType", "annotations"].into_iter();
    let wrong: Vec<_> = fields
        .filter(|field| there[*field] != new[*field])
        .collect();
    for field in &wrong {
        there[*field] = new[*field].clone();
    }
    !wrong.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(json: &Value) -> Manifest {
        let bytes = json.to_string();
        let digest = Digest::sha256(bytes.as_bytes());
        Manifest::parse(bytes.into(), digest, media_type::OCI_MANIFEST).unwrap()
    }

    fn artifact(artifact_type: Option<&str>) -> Manifest {
        let config =
            json!({"mediaType": "a/config", "digest": Digest::sha256(b"{}").as_str(), "size": 2});
        let mut json = json!({"config": config, "layers": [], "annotations": {"a": "1", "b": "2"}});
        if let Some(artifact_type) = artifact_type {
            json["artifactType"] = artifact_type.into();
        }
        manifest(&json)
    }

    #[test]
    fn tags_are_cut_as_the_specifications_say() {
        let (short, long) = (
            Digest::sha256(b"a"),
            Digest::of(crate::oci::Algorithm::Sha512, b"a"),
        );
        let tag = |digest| referrers_tag(digest).unwrap().to_string();
        assert_eq!(tag(&short), format!("sha256-{}", short.hex()));
        assert_eq!(tag(&long), format!("sha512-{}", &long.hex()[..64]));
        assert_eq!(
            cosign_tags(&short)[0].to_string(),
            format!("sha256-{}.sig", short.hex())
        );
        assert!(cosign_tags(&long).is_empty(), "longer than a tag may be");
    }

    #[test]
    fn an_entry_says_the_type_of_the_artifact_or_of_its_config_and_all_annotations() {
        assert_eq!(
            referrer_entry(&artifact(Some("a/type")))["artifactType"],
            "a/type"
        );
        assert_eq!(
            referrer_entry(&artifact(Some("")))["artifactType"],
            "a/config"
        );
        let entry = referrer_entry(&artifact(None));
        assert_eq!(entry["artifactType"], "a/config");
        assert_eq!(entry["annotations"], json!({"a": "1", "b": "2"}));
    }

    #[test]
    fn a_list_keeps_what_is_in_it_and_is_written_once() {
        let (first, second) = (artifact(Some("a/first")), artifact(Some("a/second")));
        let list = with_referrers(None, std::slice::from_ref(&first))
            .unwrap()
            .unwrap();
        assert!(
            with_referrers(Some(&list), std::slice::from_ref(&first))
                .unwrap()
                .is_none()
        );
        let both = with_referrers(Some(&list), &[second, first])
            .unwrap()
            .unwrap();
        assert_eq!(both.children().len(), 2);
        assert_eq!(both.children()[0], list.children()[0]);
    }

    #[test]
    fn an_entry_that_lost_its_annotations_is_set_right() {
        let referrer = artifact(Some("a/type"));
        let bare = json!({
            "mediaType": media_type::OCI_INDEX,
            "schemaVersion": 2,
            "manifests": [{"mediaType": "x", "digest": referrer.digest().as_str(), "size": referrer.size(), "x": 1}],
        });
        let bytes = bare.to_string();
        let digest = Digest::sha256(bytes.as_bytes());
        let bare = Manifest::parse(bytes.into(), digest, media_type::OCI_INDEX).unwrap();
        let list = with_referrers(Some(&bare), &[referrer]).unwrap().unwrap();
        let json: Value = serde_json::from_slice(list.bytes()).unwrap();
        assert_eq!(json["manifests"].as_array().unwrap().len(), 1);
        assert_eq!(json["manifests"][0]["artifactType"], "a/type");
        assert_eq!(json["manifests"][0]["x"], 1);
    }
}
