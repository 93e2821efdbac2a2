use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Found};
use crate::tags::expression;

/// `type=sha`: the commit, short or long.
#[derive(Clone, Debug)]
pub(crate) struct Sha {
    long: bool,
}

impl Sha {
    pub(super) fn read(attributes: &mut Attributes) -> Result<Self, Reason> {
        attributes.or_set("prefix", "sha-");
        match attributes.get("format").unwrap_or("short") {
            "short" => Ok(Self { long: false }),
            "long" => Ok(Self { long: true }),
            found => Err(Reason::Value {
                attribute: "format",
                found: found.into(),
                allowed: "short or long",
            }),
        }
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Result<Option<Found>, Reason> {
        let sha = &run.context.sha;
        if sha.is_empty() {
            return Ok(None);
        }
        if self.long {
            return Ok(Some(Found::plain(sha.clone())));
        }
        let length = expression::short_sha_length(run.context)?;
        Ok(Some(Found::plain(sha.chars().take(length).collect())))
    }
}
