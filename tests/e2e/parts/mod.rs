//! The real parts: a Docker Engine, registries, the tools of others, and what ties them together.

mod authority;
mod container;
pub(crate) mod docker;
mod gallery;
mod images;
mod referrers_registry;
mod registry;
mod scene;
mod throttle;
pub(crate) mod tools;

pub(crate) use gallery::{Gallery, MAKES, Make};
pub(crate) use images::Image;
pub(crate) use referrers_registry::ReferrersRegistry;
pub(crate) use registry::RealRegistry;
pub(crate) use scene::Scene;
pub(crate) use throttle::Throttle;
