//! What refers to an image is found by the tools that look for it, at registries with the Referrers API and without.

use std::collections::BTreeSet;

use serde_json::Value;
use test_registry::image::{Built, Image, Index};

use crate::parts::tools::{bytes_of, text_of};
use crate::parts::{Gallery, MAKES, Make};

const SIGNATURE: &str = "application/vnd.example.signature";
const SBOM: &str = "application/spdx+json";

/// An index that is signed, and so is its signature; an SBOM of its first child; and a tag of cosign's.
struct Signed {
    index: Built,
    signature: Built,
    counter: Built,
    sbom: Built,
    cosign: Built,
}

impl Signed {
    fn new() -> Self {
        let platforms = ["linux/amd64", "linux/arm64"];
        let index = Index::of(platforms.map(|it| Image::new().platform(it).layers(1, 900)));
        let index = index.build();
        let child = Built {
            manifests: vec![index.manifests[0].clone()],
            blobs: Vec::new(),
        };
        let refer = |to: &Built, what| {
            let referrer = Image::referrer(to, what).annotate("org.example.é", "one\ntwo");
            referrer.layers(1, 300).build()
        };
        let signature = refer(&index, SIGNATURE);
        Self {
            counter: refer(&signature, SIGNATURE),
            sbom: refer(&child, SBOM),
            cosign: Image::new().seed(5).layers(2, 300).build(),
            signature,
            index,
        }
    }

    fn child(&self) -> String {
        self.index.manifests[0].descriptor.digest.to_string()
    }

    /// Cosign's tag of the index.
    fn tag(&self) -> String {
        format!("{}.sig", self.index.digest().replace(':', "-"))
    }

    fn hang(&self, gallery: &Gallery, name: &str) -> String {
        for referrer in [&self.signature, &self.counter, &self.sbom, &self.cosign] {
            referrer.put(&gallery.own, name);
        }
        gallery
            .own
            .set_tag(name, &self.tag(), &self.cosign.digest());
        gallery.hang(&self.index, name)
    }

    /// Who refers to what, with which type.
    fn pairs(&self) -> [(String, &Built, &str); 3] {
        [
            (self.index.digest().to_string(), &self.signature, SIGNATURE),
            (
                self.signature.digest().to_string(),
                &self.counter,
                SIGNATURE,
            ),
            (self.child(), &self.sbom, SBOM),
        ]
    }
}

#[test]
#[ignore = "needs real registries and their tools: run tests/all"]
fn signatures_are_found_by_oras_regctl_and_crane_with_the_api_and_without() {
    let gallery = Gallery::open();
    let signed = Signed::new();
    let source = signed.hang(&gallery, "signed");
    for make in MAKES {
        let repository = format!("{}/signed", gallery.host(make));
        gallery.publishes(&source, &repository);
        for (subject, referrer, artifact_type) in signed.pairs() {
            let subject = format!("{repository}@{subject}");
            let digest = referrer.digest().to_string();
            let by_oras = oras(&gallery, make, &subject);
            assert!(by_oras.contains(&digest), "oras at {make:?}: {by_oras:?}");
            let by_regctl = regctl(&gallery, make, &subject);
            let entry = by_regctl.iter().find(|it| it["digest"] == *digest);
            let entry = entry.unwrap_or_else(|| panic!("regctl at {make:?}: {by_regctl:?}"));
            assert_eq!(
                entry["annotations"]["org.example.é"], "one\ntwo",
                "{make:?}"
            );
            // This server lists the type of the configuration, whatever the manifest says.
            if make != Make::Go {
                assert_eq!(entry["artifactType"], artifact_type, "{make:?}");
            }
            is_whole(&gallery, &repository, referrer);
        }
        let tag = format!("{repository}:{}", signed.tag());
        let by_crane = text_of(gallery.tool("crane").args(["digest", &tag]));
        assert_eq!(by_crane, signed.cosign.digest().to_string(), "{make:?}");
        is_whole(&gallery, &repository, &signed.cosign);
    }
}

#[test]
#[ignore = "needs real registries and their tools: run tests/all"]
fn signatures_that_oras_attached_go_from_every_make_of_registry_to_every_other() {
    let gallery = Gallery::open();
    let image = Image::new().layers(1, 900).build();
    let source = gallery.hang(&image, "attached");
    std::fs::write(gallery.path("sbom.json"), "{}").unwrap();
    for from in MAKES {
        let repository = format!("{}/attached", gallery.host(from));
        gallery.publishes(&source, &repository);
        let mut attach = gallery.tool("oras");
        attach.current_dir(gallery.path(""));
        attach.args([
            "attach",
            "--artifact-type",
            SBOM,
            &format!("{repository}:v1"),
            "sbom.json",
        ]);
        if from == Make::Go {
            attach.arg("--plain-http");
        }
        bytes_of(&mut attach);
        let subject = |repository: &str| format!("{repository}@{}", image.digest());
        let attached = oras(&gallery, from, &subject(&repository));
        assert_eq!(attached.len(), 1, "{from:?}");
        for to in MAKES {
            let copy = format!("{}/from/{from:?}", gallery.host(to)).to_lowercase();
            gallery.publishes(&format!("{repository}:v1"), &copy);
            assert_eq!(
                oras(&gallery, to, &subject(&copy)),
                attached,
                "{from:?} to {to:?}"
            );
        }
    }
}

/// The digests that refer to it directly.
fn oras(gallery: &Gallery, make: Make, subject: &str) -> BTreeSet<String> {
    let mut oras = gallery.tool("oras");
    oras.args(["discover", "--format", "json", "--depth", "1", subject]);
    if make == Make::Go {
        oras.arg("--plain-http");
    }
    let said: Value = serde_json::from_slice(&bytes_of(&mut oras)).unwrap();
    let listed = said["referrers"].as_array().cloned().unwrap_or_default();
    let digest = |it: &Value| it["digest"].as_str().unwrap().to_owned();
    listed.iter().map(digest).collect()
}

/// The entries that it lists.
fn regctl(gallery: &Gallery, make: Make, subject: &str) -> Vec<Value> {
    let host = gallery.host(make);
    let mut regctl = gallery.tool("regctl");
    if make == Make::Go {
        regctl.args(["--host", &format!("reg={host},tls=disabled")]);
    }
    regctl.args([
        "artifact",
        "list",
        subject,
        "--format",
        "{{json .Descriptors}}",
    ]);
    serde_json::from_slice(&bytes_of(&mut regctl)).unwrap()
}

/// Every manifest and every blob, as crane reads them.
#[track_caller]
fn is_whole(gallery: &Gallery, repository: &str, referrer: &Built) {
    for manifest in &referrer.manifests {
        let reference = format!("{repository}@{}", manifest.descriptor.digest);
        let bytes = bytes_of(gallery.tool("crane").args(["manifest", &reference]));
        assert!(bytes == manifest.bytes, "{reference}");
    }
    for blob in &referrer.blobs {
        let reference = format!("{repository}@{}", blob.descriptor.digest);
        let bytes = bytes_of(gallery.tool("crane").args(["blob", &reference]));
        assert!(Some(bytes.into()) == blob.content.bytes(), "{reference}");
    }
}
