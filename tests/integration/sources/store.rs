//! Writes images as layouts and archives.

use std::fs::{self, File};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use test_registry::image::Built;

/// An OCI image layout in a folder.
pub(super) fn write_layout(folder: &Path, images: &[(&str, &Built)]) {
    for (_, image) in images {
        for manifest in &image.manifests {
            write_blob(folder, manifest.descriptor.digest.as_str(), &manifest.bytes);
        }
        for blob in &image.blobs {
            let content = blob.content.bytes().unwrap();
            write_blob(folder, blob.descriptor.digest.as_str(), &content);
        }
    }
    let listed: Vec<_> = images
        .iter()
        .map(|(name, image)| listed(name, image))
        .collect();
    let index = json!({"schemaVersion": 2, "manifests": listed});
    fs::write(folder.join("index.json"), index.to_string()).unwrap();
    fs::write(
        folder.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
    .unwrap();
}

fn listed(name: &str, image: &Built) -> Value {
    let root = &image.root().descriptor;
    json!({
        "mediaType": root.media_type,
        "digest": root.digest.as_str(),
        "size": root.size,
        "annotations": {"org.opencontainers.image.ref.name": name},
    })
}

pub(super) fn write_blob(folder: &Path, digest: &str, bytes: &[u8]) {
    let path = folder.join("blobs").join(digest.replace(':', "/"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A folder as a tar file, with `./` before its names as tar itself writes them.
pub(super) fn write_tar(folder: &Path, file: &Path) {
    let mut archive = tar::Builder::new(File::create(file).unwrap());
    archive.append_dir_all(".", folder).unwrap();
    archive.finish().unwrap();
}

pub(super) fn write_gzip(from: &Path, file: &Path) {
    let mut packing = GzEncoder::new(File::create(file).unwrap(), Compression::fast());
    std::io::copy(&mut File::open(from).unwrap(), &mut packing).unwrap();
    packing.finish().unwrap();
}

/// Adds an entry with these bytes.
pub(super) fn add(archive: &mut tar::Builder<File>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::Regular);
    archive.append_data(&mut header, name, bytes).unwrap();
}

/// Adds a symbolic link.
pub(super) fn link(archive: &mut tar::Builder<File>, name: &str, target: &str) {
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_entry_type(tar::EntryType::Symlink);
    archive.append_link(&mut header, name, target).unwrap();
}
