//! Which tags an image gets: the rules of docker/metadata-action, decided by pure code.
//!
//! Its behaviour is the specification. What differs is refused, never silently other: a tag that no registry takes, and words
//! nobody defined. Reading (`rules`, `rule`, `flavor`, `image`, `list`, `csv`), following (`set`, `evaluation`, `expression`,
//! `template`, `version`, `moment`) and printing (`output`, `labels`) stay apart.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most arms over a template's tokens and values mean: anything else"
)]

mod collate;
mod csv;
mod error;
mod evaluation;
mod expression;
mod flavor;
mod image;
mod js;
mod labels;
mod line;
mod list;
mod moment;
mod output;
mod pattern;
mod rule;
mod rules;
mod set;
mod suggest;
mod template;
mod version;
mod words;
mod zone;

pub use error::{Error, Reason};
pub use image::Image;
pub use line::Line;
pub use output::Outputs;
pub use rules::{DEFAULT_RULES, Inputs, Needs, Rules};
pub use set::{Name, TagSet, derive};
pub use version::Version;
