use bytes::Bytes;
use serde_json::{Value, json};

use super::{Blob, Built, Descriptor, Image, Index, Kind, Manifest, Style};
use crate::digest::Digest;

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// One image of each kind: what real registries hold, and what hardly anybody makes.
pub fn zoo() -> Vec<(&'static str, Built)> {
    let amd64 = || Image::new().platform("linux/amd64").layers(2, 5_000);
    let arm = || Image::new().platform("linux/arm/v7").layers(2, 5_000);
    let pair = || Index::of([amd64(), arm()]);
    vec![
        ("oci image", amd64().build()),
        ("oci index", pair().build()),
        ("docker image", amd64().docker().build()),
        ("manifest list", pair().docker().build()),
        ("attested index", pair().attested().build()),
        (
            "nested three deep",
            Index::of([Index::of([pair()])]).build(),
        ),
        ("empty index", Index::of(Vec::<Image>::new()).build()),
        ("no layers", Image::new().build()),
        ("a layer of no bytes", Image::new().layers(1, 0).build()),
        ("two hundred layers", Image::new().layers(200, 100).build()),
        ("zstd", Image::new().layer(Kind::Zstd, 3_000).build()),
        (
            "zstd in docker",
            Image::new().docker().layer(Kind::Zstd, 3_000).build(),
        ),
        ("foreign layer", amd64().layer(Kind::Foreign, 3_000).build()),
        (
            "foreign layer in docker",
            amd64().docker().layer(Kind::Foreign, 3_000).build(),
        ),
        (
            "the same blob twice",
            Image::new()
                .shared_layer(7, 900)
                .shared_layer(7, 900)
                .build(),
        ),
        ("odd white space", amd64().style(Style::Odd).build()),
        ("odd index", pair().style(Style::Odd).attested().build()),
        ("compact", pair().style(Style::Compact).build()),
        ("sha512 blobs", amd64().sha512().build()),
        (
            "unicode",
            amd64()
                .annotate("org.example.é\u{202e}", "\u{0}\u{1f980}\r\n::x::")
                .build(),
        ),
        (
            "nearly 4 MiB",
            amd64().annotate("x", &"y".repeat(4_190_000)).build(),
        ),
        (
            "artifact",
            artifact(
                "application/vnd.oci.empty.v1+json",
                Some("application/vnd.example"),
            ),
        ),
        (
            "helm chart",
            artifact("application/vnd.cncf.helm.config.v1+json", None),
        ),
        (
            "wasm",
            artifact("application/vnd.wasm.config.v0+json", None),
        ),
        ("old artifact manifest", old_artifact()),
        ("inline data", inline_data()),
        ("no media type", no_media_type()),
        (
            "annotated index",
            pair().annotate("org.example", "é").build(),
        ),
        (
            "docker images in an oci index",
            Index::of([amd64().docker(), arm()]).build(),
        ),
        ("sha512 child", sha512_child()),
        ("child twice", child_twice()),
        ("typed index", typed_index()),
        ("nulls", nulls()),
        ("config that is a layer", config_that_is_a_layer()),
    ]
}

fn blob(text: &str) -> Blob {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Blob {
        descriptor: Descriptor {
            media_type: "application/octet-stream".to_owned(),
            digest: Digest::of(&bytes),
            size: bytes.len() as u64,
        },
        content: bytes.into(),
    }
}

fn link(media_type: &str, blob: &Blob) -> Value {
    let Descriptor { digest, size, .. } = &blob.descriptor;
    json!({"mediaType": media_type, "digest": digest.as_str(), "size": size})
}

/// An image of one manifest.
pub fn built(media_type: &str, json: &Value, blobs: Vec<Blob>) -> Built {
    let bytes = Bytes::from(json.to_string());
    let descriptor = Descriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(&bytes),
        size: bytes.len() as u64,
    };
    Built {
        manifests: vec![Manifest { descriptor, bytes }],
        blobs,
    }
}

/// An index over this image, written by hand.
fn above(mut child: Built, json: &Value) -> Built {
    let index = built(OCI_INDEX, json, Vec::new());
    child.manifests.extend(index.manifests);
    child
}

fn entry(child: &Built) -> Value {
    child.root().descriptor.json()
}

/// A registry files it under the digest that the index names it by.
fn sha512_child() -> Built {
    let mut child = Image::new().seed(3).layers(1, 900).build();
    let manifest = &mut child.manifests[0];
    manifest.descriptor.digest = Digest::sha512(&manifest.bytes);
    let json = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry(&child)]});
    above(child, &json)
}

fn child_twice() -> Built {
    let child = Image::new().seed(4).layers(1, 900).build();
    let (mut v7, mut v8) = (entry(&child), entry(&child));
    v7["platform"] = json!({"os": "linux", "architecture": "arm", "variant": "v7"});
    v8["platform"] = json!({"os": "linux", "architecture": "arm", "variant": "v8"});
    let json = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [v7, v8]});
    above(child, &json)
}

fn typed_index() -> Built {
    let child = Image::new().seed(5).layers(1, 900).build();
    let mut link = entry(&child);
    link["artifactType"] = "application/vnd.example".into();
    link["platform"] = json!({});
    let json = json!({
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "artifactType": "application/vnd.example.list",
        "manifests": [link],
        "x-unknown": {"digest": "sha256:not-a-digest", "size": -1},
    });
    above(child, &json)
}

fn nulls() -> Built {
    let config = blob("{}");
    let mut json = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": link("application/vnd.oci.image.config.v1+json", &config),
        "layers": [],
    });
    for field in ["subject", "annotations", "manifests", "fsLayers"] {
        json[field] = Value::Null;
    }
    built(OCI_MANIFEST, &json, vec![config])
}

fn config_that_is_a_layer() -> Built {
    let both = blob("{}");
    let json = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.example",
        "config": link("application/vnd.oci.empty.v1+json", &both),
        "layers": [link("application/vnd.oci.empty.v1+json", &both)],
    });
    built(OCI_MANIFEST, &json, vec![both])
}

fn artifact(config_type: &str, artifact_type: Option<&str>) -> Built {
    let (config, layer) = (blob("{}"), blob("what it is about"));
    let mut json = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": link(config_type, &config),
        "layers": [link("text/plain; Charset=UTF-8", &layer)],
    });
    if let Some(artifact_type) = artifact_type {
        json["artifactType"] = artifact_type.into();
    }
    built(OCI_MANIFEST, &json, vec![config, layer])
}

fn old_artifact() -> Built {
    let media_type = "application/vnd.oci.artifact.manifest.v1+json";
    let layer = blob("an SBOM");
    let json = json!({
        "mediaType": media_type,
        "artifactType": "application/spdx+json",
        "blobs": [link("application/spdx+json", &layer)],
    });
    built(media_type, &json, vec![layer])
}

fn inline_data() -> Built {
    let (config, layer) = (blob("{}"), blob("hello"));
    let mut config_link = link("application/vnd.oci.empty.v1+json", &config);
    config_link["data"] = "e30=".into();
    let json = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.example",
        "config": config_link,
        "layers": [link("text/plain", &layer)],
    });
    built(OCI_MANIFEST, &json, vec![config, layer])
}

fn no_media_type() -> Built {
    let (config, layer) = (blob("{}"), blob("hello"));
    let json = json!({
        "schemaVersion": 2,
        "config": link("application/vnd.oci.image.config.v1+json", &config),
        "layers": [link("application/vnd.oci.image.layer.v1.tar", &layer)],
    });
    built(OCI_MANIFEST, &json, vec![config, layer])
}
