//! What real registries hold, and what no one should.

use bytes::Bytes;
use serde_json::{Value, json};
use test_registry::Digest;
use test_registry::image::{Blob, Built, Descriptor, Image, Index, Kind, Manifest, Style};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub(super) fn all() -> Vec<(&'static str, Built)> {
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
pub(super) fn built(media_type: &str, json: &Value, blobs: Vec<Blob>) -> Built {
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
