use std::collections::{HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Held, Source, invalid};
use crate::oci::{
    Descriptor, Digest, Manifest, Referrers, Tag, Tree, cosign_tags, media_type, referrers_tag,
};
use crate::registry::{Error, Kind, Remote};

/// Images that are asked about at once.
const SUBJECTS_AT_ONCE: usize = 6;
/// Referrers may have referrers; a source that never ends is none.
const MAX_MANIFESTS: usize = 2_000;

/// What was found about one manifest.
struct Found {
    subject: Digest,
    listed: Vec<Tree>,
    tagged: Vec<(Tag, Tree)>,
}

/// Knows how this source can be asked, after one question.
struct Finder<'a> {
    source: &'a Source,
    /// Whether the registry has the API; what it said about the first subject.
    api: Option<(Digest, Vec<Descriptor>)>,
    /// Every tag there is, where that is known.
    tags: Option<HashSet<String>>,
    /// What a layout lists with a subject.
    scanned: HashMap<Digest, Vec<Descriptor>>,
}

impl Source {
    /// The image with all that refers to it, to its children, and to what refers to them.
    pub async fn with_referrers(&self, tree: Tree) -> Result<Tree, Error> {
        let own = tree.manifests().iter().map(|it| it.digest().clone());
        let own: Vec<_> = own.filter(|it| !self.made.contains_key(it)).collect();
        let Some(finder) = Finder::open(self, own.last()).await? else {
            return Ok(tree);
        };
        let mut seen: HashSet<_> = own.iter().cloned().collect();
        let (mut referrers, mut others, mut subjects) = (Referrers::default(), Vec::new(), own);
        while !subjects.is_empty() {
            let found = stream::iter(&subjects).map(|subject| finder.find(subject));
            let found: Vec<_> = found.buffered(SUBJECTS_AT_ONCE).try_collect().await?;
            let trees: Vec<_> = found
                .into_iter()
                .flat_map(|found| found.note(&mut referrers))
                .collect();
            let manifests = trees.iter().flat_map(Tree::manifests);
            let manifests = manifests.map(|it| it.digest().clone());
            subjects = manifests.filter(|it| seen.insert(it.clone())).collect();
            others.extend(trees);
            if seen.len() > MAX_MANIFESTS {
                let message = format!("more than {MAX_MANIFESTS} manifests refer to the image");
                return Err(Error::new(Kind::InvalidManifest, message));
            }
        }
        tree.referred_to(referrers, others).map_err(invalid)
    }
}

impl Found {
    /// Notes who refers to what, and gives all trees.
    fn note(self, referrers: &mut Referrers) -> Vec<Tree> {
        let root = |tree: &Tree| tree.manifests().last().cloned();
        let roots: Vec<_> = self.listed.iter().filter_map(root).collect();
        if !roots.is_empty() {
            referrers.listed.insert(self.subject, roots);
        }
        let mut trees = self.listed;
        for (tag, tree) in self.tagged {
            referrers.tagged.extend(root(&tree).map(|root| (tag, root)));
            trees.push(tree);
        }
        trees
    }
}

impl<'a> Finder<'a> {
    /// `None` where nothing can refer to anything.
    async fn open(source: &'a Source, root: Option<&Digest>) -> Result<Option<Self>, Error> {
        let mut finder = Self {
            source,
            api: None,
            tags: None,
            scanned: HashMap::new(),
        };
        match (&source.held, root) {
            (Held::Registry(remote, _), Some(root)) => {
                let said = remote.referrers(root).await?;
                finder.api = said.map(|said| (root.clone(), said));
                let tags = remote.few_tags().await?;
                finder.tags = tags.map(|tags| tags.into_iter().collect());
            }
            (Held::Layout(layout), _) => finder.scanned = layout.subjects().await?,
            (Held::Archive(_), _) | (_, None) => return Ok(None),
        }
        Ok(Some(finder))
    }

    async fn find(&self, subject: &Digest) -> Result<Found, Error> {
        let mut listed: Vec<Tree> = Vec::new();
        let mut links = self.links(subject).await?;
        let mut seen = HashSet::new();
        links.retain(|link| seen.insert(link.digest.clone()));
        for link in links {
            let tree = self.source.tree(&link.digest).await;
            let tree = tree.map_err(|error| unread(&error, &link.digest, subject))?;
            let about = tree.manifests().last().and_then(Manifest::subject);
            if about == Some(subject) {
                listed.push(tree);
            } else {
                log::info!(
                    "{} is listed with {subject} and is not about it",
                    link.digest
                );
            }
        }
        let mut tagged = Vec::new();
        for tag in cosign_tags(subject) {
            if let Some(manifest) = self.tagged(&tag).await? {
                tagged.push((tag, self.source.tree(manifest.digest()).await?));
            }
        }
        Ok(Found {
            subject: subject.clone(),
            listed,
            tagged,
        })
    }

    /// What the API, the referrers tag and the layout say; a registry that got the API later may know both.
    async fn links(&self, subject: &Digest) -> Result<Vec<Descriptor>, Error> {
        let mut links = match (&self.api, self.source.remote()) {
            (Some((known, said)), _) if known == subject => said.clone(),
            (Some(_), Some(remote)) => remote.referrers(subject).await?.unwrap_or_default(),
            _ => self.scanned.get(subject).cloned().unwrap_or_default(),
        };
        let Some(tag) = referrers_tag(subject) else {
            return Ok(links);
        };
        match self.tagged(&tag).await? {
            Some(list) if list.media_type() == media_type::OCI_INDEX => {
                links.extend_from_slice(list.children());
            }
            Some(_) => log::info!("tag {tag} is no list of referrers"),
            None => {}
        }
        Ok(links)
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Manifest>, Error> {
        let is_absent = |tags: &HashSet<String>| !tags.contains(tag.as_str());
        if self.tags.as_ref().is_some_and(is_absent) {
            return Ok(None);
        }
        match &self.source.held {
            Held::Registry(remote, _) => Remote::tagged(remote, tag).await,
            Held::Layout(layout) => layout.named(tag.as_str()).await,
            Held::Archive(_) => Ok(None),
        }
    }
}

fn unread(error: &Error, referrer: &Digest, subject: &Digest) -> Error {
    let message = format!(
        "{referrer}, which is listed as referring to {subject}, can't be read: {}; let the input referrers be false to publish without it",
        error.message
    );
    Error::new(error.kind, message)
}
