use super::Source;
use crate::oci::{Digest, Revision, first_image};
use crate::registry::Error;

/// Real images nest two deep.
const MAX_DEPTH: usize = 4;

impl Source {
    /// The commit that an image says it was made of: its annotation, the one of the first image it lists, or the label
    /// of that.
    pub async fn revision(&self, digest: &Digest) -> Result<Option<Revision>, Error> {
        let mut manifest = self.manifest(digest, "").await?;
        for _ in 0..MAX_DEPTH {
            if let Some(revision) = Revision::annotated(&manifest) {
                return Ok(Some(revision));
            }
            let Some(child) = first_image(&manifest) else {
                let config = self.config(&manifest).await?;
                return Ok(config.and_then(|config| Revision::labelled(&config)));
            };
            let child = self.manifest(&child.digest, &child.media_type).await;
            manifest = child?;
        }
        Ok(None)
    }
}
