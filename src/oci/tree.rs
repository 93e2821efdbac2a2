use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::{Descriptor, Digest, Manifest, Platform, Referrers};

/// Real images nest two deep; the cap keeps a hostile index from keeping us busy.
const MAX_DEPTH: usize = 6;
const MAX_MANIFESTS: usize = 2_000;
const MAX_BLOBS: usize = 50_000;
/// All manifests of a tree are in memory at once.
const MAX_TOTAL_SIZE: u64 = 64 * 1024 * 1024;

/// An image with everything its manifests link to: each manifest and each blob once.
#[derive(Clone, Debug)]
pub struct Tree {
    manifests: Vec<Manifest>,
    blobs: Vec<Descriptor>,
    referrers: Referrers,
}

/// Why manifests don't make a tree.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidTree {
    /// Indexes in indexes in indexes …
    #[error("its indexes are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than any real image has.
    #[error(
        "it has more than {MAX_MANIFESTS} manifests, {MAX_BLOBS} blobs or {MAX_TOTAL_SIZE} bytes of manifests"
    )]
    TooLarge,
    /// Two links to one digest that disagree.
    #[error("two links to {0} give two sizes")]
    SizesDiffer(Digest),
    /// A manifest that is not as long as the link to it says.
    #[error("the manifest {digest} has {found} bytes, the link to it says {expected}")]
    WrongSize {
        /// The manifest.
        digest: Digest,
        /// The length of its bytes.
        found: u64,
        /// The size in the descriptor.
        expected: u64,
    },
}

impl Tree {
    /// Children before parents; the last one is the root.
    pub fn manifests(&self) -> &[Manifest] {
        &self.manifests
    }

    /// Every blob once, the smallest first.
    pub fn blobs(&self) -> &[Descriptor] {
        &self.blobs
    }

    /// What refers to it and comes along.
    pub fn referrers(&self) -> &Referrers {
        &self.referrers
    }

    /// The image with what refers to it: `others` are the trees of these referrers.
    ///
    /// They come before the image's own manifests, so that its root stays the last.
    pub fn referred_to(self, referrers: Referrers, others: Vec<Self>) -> Result<Self, InvalidTree> {
        let own: HashSet<_> = self
            .manifests
            .iter()
            .map(|it| it.digest().clone())
            .collect();
        let mut seen = own;
        let others = others.into_iter().flat_map(|tree| tree.manifests);
        let mut manifests: Vec<_> = others
            .filter(|it| seen.insert(it.digest().clone()))
            .collect();
        manifests.extend(self.manifests);
        let total: u64 = manifests.iter().map(Manifest::size).sum();
        if manifests.len() > MAX_MANIFESTS || total > MAX_TOTAL_SIZE {
            return Err(InvalidTree::TooLarge);
        }
        let blobs = unique_blobs(&manifests)?;
        Ok(Self {
            manifests,
            blobs,
            referrers,
        })
    }

    /// What the root's children run on, where it says so; attestations run on nothing.
    pub fn platforms(&self) -> Vec<Platform> {
        let links = self
            .manifests
            .last()
            .map(Manifest::children)
            .unwrap_or_default();
        let platforms = links.iter().filter_map(|link| link.platform.clone());
        platforms
            .filter(|platform| platform.os != "unknown")
            .collect()
    }
}

/// A tree while its manifests are being read, level by level.
pub struct TreeBuilder {
    root: Digest,
    known: HashMap<Digest, Manifest>,
    wanted: Vec<Descriptor>,
    depth: usize,
    size: u64,
}

impl TreeBuilder {
    /// Starts from the root.
    pub fn new(root: Manifest) -> Result<Self, InvalidTree> {
        let mut builder = Self {
            root: root.digest().clone(),
            known: HashMap::new(),
            wanted: Vec::new(),
            depth: 0,
            size: 0,
        };
        builder.grow(vec![root])?;
        Ok(builder)
    }

    /// The manifests that are linked to and not here yet; empty when the tree is whole.
    pub fn wanted(&self) -> &[Descriptor] {
        &self.wanted
    }

    /// Leaves the others out.
    pub fn keep_wanted(&mut self, is_wanted: impl Fn(&Descriptor) -> bool) {
        self.wanted.retain(is_wanted);
    }

    /// Takes the manifests that were wanted.
    pub fn grow(&mut self, level: Vec<Manifest>) -> Result<(), InvalidTree> {
        let sizes: HashMap<_, _> = self
            .wanted
            .drain(..)
            .map(|link| (link.digest, link.size))
            .collect();
        let mut links = Vec::new();
        for manifest in level {
            if let Some(&expected) = sizes.get(manifest.digest()) {
                check_size(&manifest, expected)?;
            }
            self.size += manifest.size();
            links.extend_from_slice(manifest.children());
            self.known.insert(manifest.digest().clone(), manifest);
        }
        let mut queued = HashSet::new();
        links.retain(|link| {
            !self.known.contains_key(&link.digest) && queued.insert(link.digest.clone())
        });
        self.wanted = links;
        self.depth += 1;
        self.check_limits()
    }

    fn check_limits(&self) -> Result<(), InvalidTree> {
        if self.depth > MAX_DEPTH {
            return Err(InvalidTree::TooDeep);
        }
        let promised: u64 = self
            .wanted
            .iter()
            .map(|link| link.size)
            .fold(0, u64::saturating_add);
        let count = self.known.len() + self.wanted.len();
        if count > MAX_MANIFESTS || self.size.saturating_add(promised) > MAX_TOTAL_SIZE {
            return Err(InvalidTree::TooLarge);
        }
        Ok(())
    }

    /// The whole tree.
    pub fn finish(mut self) -> Result<Tree, InvalidTree> {
        let mut manifests = Vec::with_capacity(self.known.len());
        let root = self.root.clone();
        self.take(&root, &mut manifests)?;
        let blobs = unique_blobs(&manifests)?;
        Ok(Tree {
            manifests,
            blobs,
            referrers: Referrers::default(),
        })
    }

    /// Moves a manifest out, after its children; one that is gone already was reached by another way.
    fn take(&mut self, digest: &Digest, into: &mut Vec<Manifest>) -> Result<(), InvalidTree> {
        let Some(manifest) = self.known.remove(digest) else {
            return Ok(());
        };
        for link in manifest.children() {
            if let Some(child) = self.known.get(&link.digest) {
                check_size(child, link.size)?;
            }
            self.take(&link.digest, into)?;
        }
        into.push(manifest);
        Ok(())
    }
}

fn check_size(manifest: &Manifest, expected: u64) -> Result<(), InvalidTree> {
    let found = manifest.size();
    if found == expected {
        return Ok(());
    }
    Err(InvalidTree::WrongSize {
        digest: manifest.digest().clone(),
        found,
        expected,
    })
}

fn unique_blobs(manifests: &[Manifest]) -> Result<Vec<Descriptor>, InvalidTree> {
    let mut sizes = HashMap::new();
    let mut blobs = Vec::new();
    for blob in manifests.iter().flat_map(Manifest::blobs) {
        match sizes.insert(&blob.digest, blob.size) {
            None => blobs.push(blob.clone()),
            Some(size) if size == blob.size => {}
            Some(_) => return Err(InvalidTree::SizesDiffer(blob.digest.clone())),
        }
    }
    if blobs.len() > MAX_BLOBS {
        return Err(InvalidTree::TooLarge);
    }
    blobs.sort_by_key(|blob| blob.size);
    Ok(blobs)
}

#[cfg(test)]
mod tests {
    use super::super::media_type;
    use super::*;
    use bytes::Bytes;

    fn manifest(media_type: &str, json: String) -> Manifest {
        let bytes = Bytes::from(json);
        let digest = Digest::sha256(&bytes);
        Manifest::parse(bytes, digest, media_type).unwrap()
    }

    fn image(blobs: &[(&str, u64)]) -> Manifest {
        let link = |(name, size): &(&str, u64)| {
            format!(
                r#"{{"digest":"{}","size":{size}}}"#,
                Digest::sha256(name.as_bytes())
            )
        };
        let layers: Vec<_> = blobs[1..].iter().map(link).collect();
        let json = format!(
            r#"{{"config":{},"layers":[{}]}}"#,
            link(&blobs[0]),
            layers.join(",")
        );
        manifest(media_type::OCI_MANIFEST, json)
    }

    fn index(children: &[&Manifest]) -> Manifest {
        let link = |m: &&Manifest| format!(r#"{{"digest":"{}","size":{}}}"#, m.digest(), m.size());
        let links: Vec<_> = children.iter().map(link).collect();
        manifest(
            media_type::OCI_INDEX,
            format!(r#"{{"manifests":[{}]}}"#, links.join(",")),
        )
    }

    fn grown(root: &Manifest, all: &[&Manifest]) -> Result<Tree, InvalidTree> {
        let mut builder = TreeBuilder::new(root.clone())?;
        while !builder.wanted().is_empty() {
            let found = builder.wanted().iter().map(|link| {
                let manifest = all
                    .iter()
                    .find(|m| *m.digest() == link.digest)
                    .expect("linked");
                (*manifest).clone()
            });
            let level = found.collect();
            builder.grow(level)?;
        }
        builder.finish()
    }

    #[test]
    fn children_come_before_parents_and_everything_once() {
        let a = image(&[("config a", 2), ("shared", 9)]);
        let b = image(&[("config b", 1), ("shared", 9), ("shared", 9)]);
        let inner = index(&[&a, &b]);
        let root = index(&[&inner, &a]);
        let tree = grown(&root, &[&a, &b, &inner]).unwrap();
        let order: Vec<_> = tree.manifests().iter().map(Manifest::digest).collect();
        assert_eq!(
            order,
            [a.digest(), b.digest(), inner.digest(), root.digest()]
        );
        assert_eq!(
            tree.blobs()
                .iter()
                .map(|blob| blob.size)
                .collect::<Vec<_>>(),
            [1, 2, 9]
        );
    }

    #[test]
    fn links_that_lie_about_sizes_are_refused() {
        let liar = image(&[("config", 1), ("blob", 2), ("blob", 3)]);
        assert!(matches!(
            grown(&liar, &[]),
            Err(InvalidTree::SizesDiffer(_))
        ));
        let child = image(&[("config", 1)]);
        let json = format!(
            r#"{{"manifests":[{{"digest":"{}","size":7}}]}}"#,
            child.digest()
        );
        let root = manifest(media_type::OCI_INDEX, json);
        assert!(matches!(
            grown(&root, &[&child]),
            Err(InvalidTree::WrongSize { expected: 7, .. })
        ));
    }

    #[test]
    fn depth_and_size_have_ends() {
        let mut levels = vec![image(&[("config", 1)])];
        for _ in 0..7 {
            let next = index(&[levels.last().expect("one")]);
            levels.push(next);
        }
        let all: Vec<_> = levels.iter().collect();
        assert_eq!(grown(all[7], &all).unwrap_err(), InvalidTree::TooDeep);
        assert!(grown(all[3], &all).is_ok());
        let json = format!(
            r#"{{"manifests":[{{"digest":"{}","size":{}}}]}}"#,
            Digest::sha256(b""),
            u64::MAX
        );
        assert_eq!(
            TreeBuilder::new(manifest(media_type::OCI_INDEX, json)).err(),
            Some(InvalidTree::TooLarge)
        );
    }
}
