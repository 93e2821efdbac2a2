use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Source, invalid};
use crate::oci::{
    Digest, MAX_MANIFEST_SIZE, Manifest, NotThere, Platform, Selection, TreeBuilder, media_type,
    select,
};
use crate::registry::{Error, Kind};

impl Source {
    /// The same source with only these platforms, and the digest of that; all of it where none is named.
    pub async fn narrowed(
        &self,
        digest: &Digest,
        wanted: &[Platform],
    ) -> Result<(Self, Digest), Error> {
        if wanted.is_empty() {
            return Ok((self.clone(), digest.clone()));
        }
        let root = self.manifest(digest, "").await?;
        let selection = if is_index(root.media_type()) {
            let nested = self.nested(&root).await?;
            select(&root, &nested, wanted)
        } else {
            let platform = self.platform(&root).await?;
            Selection::of_image(&root, platform, wanted)
        };
        let Selection { root, made } = selection.map_err(|error| not_there(&error))?;
        let made = made.into_iter().map(|made| (made.digest().clone(), made));
        let narrowed = Self {
            made: Arc::new(made.collect()),
            ..self.clone()
        };
        Ok((narrowed, root.digest().clone()))
    }

    /// Every index below this one that does not itself say what it runs on.
    async fn nested(&self, root: &Manifest) -> Result<BTreeMap<Digest, Manifest>, Error> {
        let mut builder = TreeBuilder::new(root.clone()).map_err(invalid)?;
        let mut nested = BTreeMap::new();
        loop {
            builder.keep_wanted(|link| link.platform.is_none() && is_index(&link.media_type));
            if builder.wanted().is_empty() {
                return Ok(nested);
            }
            let level = self.level(builder.wanted()).await?;
            nested.extend(level.iter().map(|it| (it.digest().clone(), it.clone())));
            builder.grow(level).map_err(invalid)?;
        }
    }

    /// What the image's configuration says that it runs on.
    async fn platform(&self, image: &Manifest) -> Result<Option<Platform>, Error> {
        let Some(bytes) = self.config(image).await? else {
            return Ok(None);
        };
        let platform = serde_json::from_slice::<Platform>(&bytes).ok();
        Ok(platform.filter(|it| !it.os.is_empty() && !it.architecture.is_empty()))
    }

    /// An image's configuration; `None` where there is none, or none that anybody wrote by hand.
    pub(super) async fn config(&self, image: &Manifest) -> Result<Option<Vec<u8>>, Error> {
        let mut blobs = image.blobs();
        let Some(config) = blobs.next().filter(|it| it.size <= MAX_MANIFEST_SIZE) else {
            return Ok(None);
        };
        let mut reader = self.read(config, 0);
        let mut bytes = Vec::new();
        while let Some(chunk) = reader.next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}

fn is_index(media_type: &str) -> bool {
    [media_type::OCI_INDEX, media_type::DOCKER_MANIFEST_LIST].contains(&media_type)
}

fn not_there(error: &NotThere) -> Error {
    let kind = match error {
        NotThere::Platforms { .. } => Kind::Rejected,
        NotThere::Index(_) => Kind::InvalidManifest,
    };
    Error::new(kind, error.to_string())
}
