//! Whatever a stranger wrote into a file, a manifest or a name: it is read as it is, or it is an error.

use std::fs::{self, File};

use proptest::prelude::*;
use proptest::sample::Index as Place;
use tempfile::TempDir;
use test_registry::image::{Image, Index};
use truxe_registry_action::oci::{
    Digest, Form, Manifest, Reference, Store, Tree, Wanted, media_type,
};
use truxe_registry_action::source::Source;

use super::store::{add, write_layout, write_tar};

/// A change to a file.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Place, u8),
    Cut(Place),
    Double(Place, Place),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Place>(), 1..=u8::MAX).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<Place>().prop_map(Damage::Cut),
        any::<(Place, Place)>().prop_map(|(from, to)| Damage::Double(from, to)),
    ]
}

impl Damage {
    fn strike(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Double(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let piece = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(to..to, piece);
            }
        }
    }
}

/// Opens a file as the program does, and reads everything in it.
fn read(form: Form, bytes: &[u8]) -> Result<(Tree, Vec<u64>), String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    let store = Store {
        form,
        path,
        wanted: Wanted::Only,
        written: "file".to_owned(),
        scratch: vec![folder.path().to_owned()],
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let all = async {
        let source = Source::store(&store).await?;
        let tree = source.tree(&source.resolve().await?).await?;
        let mut sizes = Vec::new();
        for blob in tree.blobs() {
            let (mut reader, mut size) = (source.read(blob, 0), 0);
            while let Some(chunk) = reader.next().await? {
                size += chunk.len() as u64;
            }
            sizes.push(size);
        }
        Ok::<_, truxe_registry_action::registry::Error>((tree, sizes))
    };
    runtime
        .unwrap()
        .block_on(all)
        .map_err(|error| error.to_string())
}

/// A layout in a tar file, and what `docker save` writes.
fn archives() -> [(Form, Vec<u8>); 2] {
    let folder = TempDir::new().unwrap();
    let (layout, tar) = (folder.path().join("layout"), folder.path().join("a.tar"));
    fs::create_dir(&layout).unwrap();
    let image = Index::of([Image::new().layers(2, 700)]).attested().build();
    write_layout(&layout, &[("built", &image)]);
    write_tar(&layout, &tar);
    let oci = fs::read(&tar).unwrap();

    let layer = b"a layer of no tar";
    let id = test_registry::Digest::of(layer);
    let config = format!(r#"{{"rootfs":{{"diff_ids":["{id}"]}}}}"#);
    let mut archive = tar::Builder::new(File::create(&tar).unwrap());
    add(&mut archive, "1/layer.tar", layer);
    add(&mut archive, "config.json", config.as_bytes());
    let list = br#"[{"Config":"config.json","RepoTags":null,"Layers":["1/layer.tar"]}]"#;
    add(&mut archive, "manifest.json", list);
    archive.finish().unwrap();
    [
        (Form::LayoutArchive, oci),
        (Form::DockerArchive, fs::read(&tar).unwrap()),
    ]
}

proptest! {
    // A seed on disk would be another file to keep: a failure prints its smallest input, which becomes a test.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Damage is found, or it struck nothing that belongs to the image: what is read hashes to what it is called.
    #[test]
    fn a_damaged_archive_is_an_error_or_the_same_image(
        which in 0..2_usize,
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let (form, whole) = &archives()[which];
        let (expected, sizes) = read(*form, whole).unwrap();
        let mut bytes = whole.clone();
        for damage in &damages {
            damage.strike(&mut bytes);
        }
        if let Ok((tree, found)) = read(*form, &bytes) {
            for manifest in tree.manifests() {
                let digest = manifest.digest();
                prop_assert_eq!(&Digest::of(digest.algorithm(), manifest.bytes()), digest);
            }
            let same = tree.manifests().last().map(Manifest::digest) == expected.manifests().last().map(Manifest::digest);
            prop_assert!(!same || found == sizes);
        }
    }

    #[test]
    fn what_is_no_archive_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        for form in [Form::LayoutArchive, Form::DockerArchive] {
            prop_assert!(read(form, &bytes).is_err());
        }
    }

    #[test]
    fn a_manifest_is_kept_to_the_byte_or_refused(
        text in r#"\{("(mediaType|manifests|layers|config|subject|fsLayers|blobs)":("[a-z/.+]{0,9}"|null|\[\]|\{\}|-?[0-9]{1,25}|\[\{"digest":"sha256:[0-9a-f]{64}","size":[0-9]{1,20}\}\]),? ?){0,4}\}"#,
        said in prop::sample::select(vec!["", "text/html", media_type::OCI_INDEX, media_type::OCI_MANIFEST, media_type::DOCKER_MANIFEST]),
    ) {
        let bytes = bytes::Bytes::from(text);
        let digest = Digest::sha256(&bytes);
        if let Ok(manifest) = Manifest::parse(bytes.clone(), digest.clone(), said) {
            prop_assert_eq!(manifest.bytes(), &bytes);
            prop_assert_eq!(manifest.digest(), &digest);
            prop_assert!(manifest.children().is_empty() || manifest.blobs().next().is_none());
        }
    }

    #[test]
    fn a_reference_means_the_same_when_it_is_written_again(text in "[a-zA-Z0-9.:/@_\\[\\]-]{0,60}") {
        if let Ok(reference) = text.parse::<Reference>() {
            let again: Reference = reference.to_string().parse().unwrap();
            prop_assert_eq!(again, reference);
        }
    }
}
