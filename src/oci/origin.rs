use std::fmt;
use std::path::PathBuf;

use super::{Digest, Reference, Repository};

/// Where the image is read, in the terms of containers-transports(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A registry.
    Registry(Reference),
    /// A folder or a file that an earlier step wrote.
    Store(Store),
}

/// A folder or a file with images in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// How it is laid out.
    pub form: Form,
    /// Where it is, as this program sees it.
    pub path: PathBuf,
    /// Which of its images.
    pub wanted: Wanted,
    /// As the user wrote it, for messages.
    pub written: String,
    /// Folders for temporary files, the best first.
    pub scratch: Vec<PathBuf>,
}

/// The forms of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `oci:`, a folder laid out as the OCI image specification says.
    Layout,
    /// `oci-archive:`, the same as a tar file, perhaps gzipped.
    LayoutArchive,
    /// `docker-archive:`, what `docker save` writes.
    DockerArchive,
}

/// Which image of a store is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The only one.
    Only,
    /// The one of this name.
    Name(String),
    /// The one of this digest.
    Digest(Digest),
}

impl Origin {
    /// The repository, where it is in a registry.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Registry(reference) => Some(&reference.repository),
            Self::Store(_) => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => reference.fmt(formatter),
            Self::Store(store) => formatter.write_str(&store.written),
        }
    }
}
