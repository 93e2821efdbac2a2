//! Every kind of image from every kind of source, to the byte; and what is refused.

mod conformance;
mod docker_archive;
mod hostile;
mod platforms;
mod properties;
mod referrers;
mod scene;
mod store;
