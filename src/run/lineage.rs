//! Which images were made of later commits than ours: an older run that ends late must not take a branch's tag from them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::context::{Context, Repository, World};
use crate::github::{Comparison, Error, GitHub};
use crate::oci::{Digest, Reference, Revision};
use crate::plan::Later;
use crate::registry::Remote;
use crate::source::Source;

/// The commit of this run, and whom to ask how others stand to it.
pub(super) struct Lineage {
    commit: Option<Revision>,
    api_url: String,
    repository: Option<Repository>,
    token: Option<SecretString>,
    ours: OnceCell<Option<Revision>>,
    /// The images that were asked about, with their commit if it is a later one.
    known: Mutex<HashMap<Digest, Option<Revision>>>,
}

impl Lineage {
    pub(super) fn new(context: &Context, world: &World) -> Self {
        Self {
            commit: context.sha.parse().ok(),
            api_url: context.api_url.clone(),
            repository: context.repository.clone(),
            token: world.input("github-token").map(Into::into),
            ours: OnceCell::new(),
            known: Mutex::default(),
        }
    }

    /// Those of the images at a destination that were made of later commits than the image of `source`. What can't be
    /// told is a warning: it holds no tag.
    pub(super) async fn later(
        &self,
        source: (&Source, &Digest),
        there: &Remote,
        images: Vec<Digest>,
    ) -> (Vec<Later>, Vec<String>) {
        let (mut later, mut warnings) = (Vec::new(), Vec::new());
        for image in images {
            let known = self.known().get(&image).cloned();
            let revision = match known {
                Some(revision) => revision,
                None => self.ask(source, there, &image).await.unwrap_or_else(|why| {
                    let place = there.repository();
                    warnings.push(format!(
                        "Whether the image at {place} is of a later commit is not known, so its tag moves: {why}"
                    ));
                    None
                }),
            };
            self.known().insert(image.clone(), revision.clone());
            later.extend(revision.map(|revision| Later { image, revision }));
        }
        (later, warnings)
    }

    /// The commit of an image, if it is a later one; or why that can't be told.
    async fn ask(
        &self,
        (source, digest): (&Source, &Digest),
        there: &Remote,
        image: &Digest,
    ) -> Result<Option<Revision>, String> {
        let Some(theirs) = revision(there, image).await? else {
            return Ok(None);
        };
        let ours = self.ours.get_or_init(|| self.ours(source, digest)).await;
        let Some(ours) = ours.as_ref().filter(|ours| !ours.is(&theirs)) else {
            return Ok(None);
        };
        let github = self
            .github()
            .ok_or("there is no `github-token` to ask GitHub with")?;
        let compare = async { github?.compare(ours.as_str(), theirs.as_str()).await };
        match compare.await {
            Ok(Comparison::Ahead) => Ok(Some(theirs)),
            Ok(Comparison::Behind | Comparison::Identical | Comparison::Diverged) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The commit that our image names. The run's own is another one where a workflow follows another workflow, and
    /// stands for it where the image names none.
    async fn ours(&self, source: &Source, digest: &Digest) -> Option<Revision> {
        let named = source.revision(digest).await.unwrap_or_else(|error| {
            log::info!("the source's commit can't be read: {error}");
            None
        });
        named.or_else(|| self.commit.clone())
    }

    fn github(&self) -> Option<Result<GitHub, Error>> {
        let (token, repository) = (self.token.as_ref()?, self.repository.clone()?);
        Some(GitHub::new(&self.api_url, Some(token), repository))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Option<Revision>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The commit that an image at a destination names: it is read as a source is.
async fn revision(there: &Remote, image: &Digest) -> Result<Option<Revision>, String> {
    let reference = Reference {
        repository: there.repository().clone(),
        tag: None,
        digest: Some(image.clone()),
    };
    let source = Source::registry(there.clone(), reference);
    let revision = source.revision(image).await;
    revision.map_err(|error| error.to_string())
}
