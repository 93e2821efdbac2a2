//! A real container registry on loopback, with faults as data and a journal of every request.
//!
//! Every server of this crate lives on threads of its own: nothing here is `async`, and a test may block.
//! By default a [`Registry`] is a correct, open, plain HTTP registry after the OCI distribution-spec 1.1;
//! its [`Builder`] makes it as odd as real ones are, [`Registry::on`] makes single requests go wrong.
//!
//! ```
//! use test_registry::image::{Image, Index};
//! use test_registry::{Capability, Dialect, Method, Registry};
//!
//! // A source with something in it, and a destination with a character.
//! let source = Registry::start();
//! let image = Image::new().platform("linux/amd64").layers(3, 50_000);
//! let built = Index::of([image]).push(&source, "owner/name", "v1");
//! let target = Registry::builder()
//!     .name("target")
//!     .tokens(Dialect::ghcr())
//!     .user("bot", "secret")
//!     .without(Capability::Referrers)
//!     .start();
//!
//! // The second manifest PUT is throttled once, the first blob breaks off, the third is lost after it landed.
//! target.on(Method::PUT, "/manifests/").nth(2).status(429).retry_after(1);
//! source.on(Method::GET, "/blobs/").nth(1).cut_body_at(1_000);
//! target.on(Method::PUT, "/blobs/uploads/").nth(3).apply_then_close();
//!
//! // ... run the program against source.host() and target.host(), then ask what happened:
//! assert_eq!(source.blob_reads(&built.blobs[0].descriptor.digest), 0);
//! assert_eq!(target.count(Method::PUT, "/manifests/"), 0);
//! assert!(target.snapshot().is_empty(), "{}", target.transcript());
//! ```
//!
//! # Layout
//! - [`Registry`], [`Builder`]: start it; put and read blobs, manifests and tags; freeze, stop, revoke tokens.
//! - [`Rule`]: faults as data: which requests, and what happens to them.
//! - [`Exchange`]: a line of the journal; `sequence` counts over all registries of the process.
//! - [`Registry::put_github_repository`] and its kin: a little of GitHub's REST API on the same listener.
//! - [`Capability`], [`Immutable`], [`Full`], [`Dialect`]: what real registries lack, refuse and speak.
//! - [`image`]: images, indexes, attestations and referrers, the same bytes for the same seed.
//! - [`Content`], [`Synthetic`]: blobs in memory, or made while they are read.
//! - [`Authority`]: certificates for any host name. [`Proxy`]: a CONNECT proxy that leads `ghcr.io:443` to
//!   loopback. [`Relay`]: a TCP relay. Both can be far away and narrow, see [`Link`].
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::result_large_err,
    reason = "a test that can't have its registry shall fail at once"
)]

mod access;
mod api;
mod asked;
mod authority;
mod builder;
mod call;
mod content;
mod dialect;
mod digest;
mod fault;
mod gate;
mod github;
mod held;
pub mod image;
mod inflow;
mod journal;
mod link;
mod listener;
mod outflow;
mod pace;
mod proxy;
mod quirk;
mod registry;
mod relay;
mod reply;
mod rule;
mod runtime;
mod server;
mod settings;
mod store;
mod upload;

pub use access::{Authorization, Right};
pub use authority::Authority;
pub use builder::Builder;
pub use call::Origin;
pub use content::{Content, Synthetic};
pub use dialect::{Dialect, Missing, TokenField};
pub use digest::Digest;
pub use hyper::Method;
pub use journal::Exchange;
pub use link::Link;
pub use proxy::{Connect, Proxy, ProxyBuilder};
pub use quirk::{Capability, Full, Immutable};
pub use registry::Registry;
pub use relay::Relay;
pub use rule::Rule;
