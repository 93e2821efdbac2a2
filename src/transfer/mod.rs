//! Carries a plan out: looks, uploads everything everywhere, and only then moves tags.

mod attach;
mod commit;
mod crowd;
mod feed;
mod inspect;
mod lane;
mod look;
mod manifests;
mod progress;
mod remedy;
mod rollback;
mod settle;
mod shipment;
mod tee;
mod upload;
mod window;

pub use commit::{Told, commit};
pub use inspect::{Gap, Lack, estimate, gaps};
pub use look::{Asked, look};
pub use remedy::{Place, failure};
pub use upload::{Ready, Uploaded, prepare, upload};
