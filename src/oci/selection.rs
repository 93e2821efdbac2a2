use std::collections::{BTreeMap, HashSet};

use serde_json::Value;
use thiserror::Error;

use super::{Descriptor, Digest, InvalidManifest, Manifest, Platform};

/// How `BuildKit` says which image an attestation is about.
/// <https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md>
const ABOUT: &str = "vnd.docker.reference.digest";

/// An index of some of another's children.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The new index, or the old one where nothing is left out.
    pub root: Manifest,
    /// Every index that had to be written anew, the root too.
    pub made: Vec<Manifest>,
}

/// Why there is no such selection.
#[derive(Debug, Error)]
pub enum NotThere {
    /// Platforms that the image is not for.
    #[error(
        "the image is not there for {}; it is for {}",
        list(missing),
        list(there)
    )]
    Platforms {
        /// Those that are wanted.
        missing: Vec<Platform>,
        /// Those it is for.
        there: Vec<Platform>,
    },
    /// An index that can't be written anew.
    #[error("an index can't be written anew: {0}")]
    Index(#[from] InvalidManifest),
}

fn list(platforms: &[Platform]) -> String {
    if platforms.is_empty() {
        return "no platform that it names".to_owned();
    }
    let names: Vec<_> = platforms.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Picks the children for these platforms with what attests them; `nested` are the indexes that it lists.
pub fn select(
    root: &Manifest,
    nested: &BTreeMap<Digest, Manifest>,
    wanted: &[Platform],
) -> Result<Selection, NotThere> {
    let mut picker = Picker {
        nested,
        wanted,
        there: Vec::new(),
        made: Vec::new(),
    };
    let found = picker.pick(root)?;
    check(wanted, &picker.there)?;
    let root = found.unwrap_or_else(|| root.clone());
    let made = picker.made;
    Ok(Selection { root, made })
}

/// All platforms that are wanted must be among these.
fn check(wanted: &[Platform], there: &[Platform]) -> Result<(), NotThere> {
    let is_missing = |wanted: &&Platform| !there.iter().any(|there| there.is(wanted));
    let missing: Vec<_> = wanted.iter().filter(is_missing).cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let there = there.to_vec();
    Err(NotThere::Platforms { missing, there })
}

impl Selection {
    /// An image that is no index is for one platform: all of it is wanted, or nothing.
    pub fn of_image(
        image: &Manifest,
        platform: Option<Platform>,
        wanted: &[Platform],
    ) -> Result<Self, NotThere> {
        let there: Vec<_> = platform.into_iter().collect();
        check(wanted, &there)?;
        let root = image.clone();
        let made = Vec::new();
        Ok(Self { root, made })
    }
}

struct Picker<'a> {
    nested: &'a BTreeMap<Digest, Manifest>,
    wanted: &'a [Platform],
    there: Vec<Platform>,
    made: Vec<Manifest>,
}

impl Picker<'_> {
    /// An index of what is wanted of this one; `None` where that is nothing.
    fn pick(&mut self, index: &Manifest) -> Result<Option<Manifest>, NotThere> {
        let mut json: Value =
            serde_json::from_slice(index.bytes()).map_err(InvalidManifest::Json)?;
        let entries = json["manifests"].as_array().cloned().unwrap_or_default();
        let mut picked = Vec::with_capacity(entries.len());
        for (entry, link) in entries.iter().zip(index.children()) {
            picked.push(self.pick_entry(entry, link)?);
        }
        keep_attestations(&entries, &mut picked);
        let unchanged = picked
            .iter()
            .zip(&entries)
            .all(|(new, old)| new.as_ref() == Some(old));
        if unchanged {
            return Ok(Some(index.clone()));
        }
        let picked: Vec<_> = picked.into_iter().flatten().collect();
        if picked.is_empty() {
            return Ok(None);
        }
        json["manifests"] = picked.into();
        let made = manifest(&json, index.media_type())?;
        self.made.push(made.clone());
        Ok(Some(made))
    }

    fn pick_entry(&mut self, entry: &Value, link: &Descriptor) -> Result<Option<Value>, NotThere> {
        if let Some(nested) = self.nested.get(&link.digest) {
            let picked = self.pick(nested)?;
            return Ok(picked.map(|picked| relinked(entry, &picked)));
        }
        let Some(platform) = link.platform.as_ref().filter(|it| it.os != "unknown") else {
            return Ok(None);
        };
        if !self.there.contains(platform) {
            self.there.push(platform.clone());
        }
        let is_wanted = self.wanted.iter().any(|wanted| platform.is(wanted));
        Ok(is_wanted.then(|| entry.clone()))
    }
}

/// The same link to what an index became.
fn relinked(entry: &Value, index: &Manifest) -> Value {
    let mut entry = entry.clone();
    entry["digest"] = index.digest().as_str().into();
    entry["size"] = index.size().into();
    entry
}

fn keep_attestations(entries: &[Value], picked: &mut [Option<Value>]) {
    let digest = |entry: &Value| entry["digest"].as_str().map(str::to_owned);
    let kept: HashSet<_> = picked.iter().flatten().filter_map(digest).collect();
    for (entry, picked) in entries.iter().zip(picked) {
        let about = entry["annotations"][ABOUT].as_str();
        if picked.is_none() && about.is_some_and(|about| kept.contains(about)) {
            *picked = Some(entry.clone());
        }
    }
}

fn manifest(json: &Value, media_type: &str) -> Result<Manifest, InvalidManifest> {
    let bytes = serde_json::to_vec(json)?;
    let digest = Digest::sha256(&bytes);
    Manifest::parse(bytes.into(), digest, media_type)
}
