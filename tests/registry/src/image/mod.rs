//! Images to put into a registry: the same seed always gives the same bytes.
//!
//! ```
//! use test_registry::Registry;
//! use test_registry::image::{Image, Index};
//!
//! let registry = Registry::start();
//! let index = Index::of([
//!     Image::new().platform("linux/amd64").layers(6, 50_000),
//!     Image::new().platform("linux/arm64").layers(6, 50_000),
//! ]);
//! let built = index.attested().push(&registry, "owner/name", "v1");
//! let signature = Image::referrer(&built, "application/vnd.example.signature");
//! signature.push_untagged(&registry, "owner/name");
//! assert_eq!(registry.tag("owner/name", "v1"), Some(built.digest()));
//! ```

mod built;
mod flavour;
mod index;
mod layer;
mod single;
mod zoo;

pub use built::{Blob, Built, Descriptor, Manifest};
pub use flavour::{Flavour, Style};
pub use index::{Child, Index};
pub use layer::Kind;
pub use single::Image;
pub use zoo::{built, zoo};
