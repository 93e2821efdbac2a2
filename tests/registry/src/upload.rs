use bytes::{Bytes, BytesMut};

use crate::content::Content;
use crate::digest::{Algorithm, Digest, Hasher};

/// An upload session: what has arrived of a blob so far.
pub(crate) struct Upload {
    pub(crate) repository: String,
    pub(crate) received: u64,
    hasher: Hasher,
    /// `None` where bytes are hashed, counted and thrown away.
    kept: Option<Vec<Bytes>>,
}

impl Upload {
    pub(crate) fn new(repository: &str, algorithm: Algorithm, keep: bool) -> Self {
        Self {
            repository: repository.to_owned(),
            received: 0,
            hasher: Hasher::new(algorithm),
            kept: keep.then(Vec::new),
        }
    }

    /// Makes an upload that has not begun hash with the algorithm its digest will need.
    pub(crate) fn expect(&mut self, algorithm: Algorithm) {
        if self.received == 0 {
            self.hasher = Hasher::new(algorithm);
        }
    }

    pub(crate) fn append(&mut self, bytes: Bytes) {
        self.received += bytes.len() as u64;
        self.hasher.update(&bytes);
        if let Some(kept) = &mut self.kept {
            kept.push(bytes);
        }
    }

    /// The blob, if what arrived has this digest.
    pub(crate) fn finish(&mut self, digest: &Digest) -> Option<Content> {
        let fresh = Hasher::new(self.hasher.algorithm);
        let hasher = std::mem::replace(&mut self.hasher, fresh);
        let matches = if hasher.algorithm == digest.algorithm() {
            hasher.finish() == *digest
        } else {
            self.rehash(digest.algorithm()).as_ref() == Some(digest)
        };
        matches.then(|| self.content())
    }

    /// Only possible while the bytes are kept: the session hashed with the other algorithm.
    fn rehash(&self, algorithm: Algorithm) -> Option<Digest> {
        let mut hasher = Hasher::new(algorithm);
        for piece in self.kept.as_ref()? {
            hasher.update(piece);
        }
        Some(hasher.finish())
    }

    fn content(&mut self) -> Content {
        let Some(kept) = self.kept.take() else {
            return Content::Discarded(self.received);
        };
        let mut whole = BytesMut::with_capacity(crate::content::to_usize(self.received));
        for piece in kept {
            whole.extend_from_slice(&piece);
        }
        Content::Bytes(whole.freeze())
    }
}
