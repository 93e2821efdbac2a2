//! The vocabulary: what the OCI specifications call things, as plain values.

mod credential;
mod digest;
mod manifest;
mod origin;
mod platform;
mod reference;
mod referrers;
mod repository;
mod revision;
mod selection;
mod tag;
mod tree;

pub use credential::Credential;
pub use digest::{Algorithm, Digest, Hasher, InvalidDigest};
pub use manifest::{
    Descriptor, InvalidManifest, MAX_MANIFEST_SIZE, Manifest, acceptable, media_type,
};
pub use origin::{Form, Origin, Store, Wanted};
pub use platform::{InvalidPlatform, Platform};
pub use reference::{InvalidReference, Reference};
pub use referrers::{Referrers, cosign_tags, referrer_entry, referrers_tag, with_referrers};
pub use repository::{Repository, canonical_registry};
pub use revision::{NoRevision, Revision, first_image};
pub use selection::{NotThere, Selection, select};
pub use tag::{InvalidTag, Tag};
pub use tree::{InvalidTree, Tree, TreeBuilder};
