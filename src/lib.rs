//! One GitHub Actions step that publishes an image to every registry: same bytes, same tags, all or none.

pub mod action;
pub mod context;
pub mod error;
pub mod github;
pub mod job;
pub mod oci;
pub mod plan;
pub mod registry;
pub mod report;
pub mod run;
pub mod source;
pub mod tags;
pub mod transfer;
