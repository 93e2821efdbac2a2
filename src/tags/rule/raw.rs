use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Found};
use crate::tags::words::{self, Place};

/// `type=raw`, or no type at all: the text itself.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(super) value: String,
}

impl Raw {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, Reason> {
        let value = attributes.need("raw", "value")?;
        words::check(value, Place::Anywhere)?;
        Ok(Self {
            value: value.into(),
        })
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Result<Option<Found>, Reason> {
        Ok(Some(Found::plain(run.expressions.render(&self.value)?)))
    }
}
