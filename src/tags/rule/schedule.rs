use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Found};
use crate::tags::words::{self, Place};

/// `type=schedule`: on a schedule event, a fixed word or a date.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pattern: String,
}

impl Schedule {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, Reason> {
        let pattern = attributes.get("pattern").unwrap_or("nightly");
        words::check(pattern, Place::Schedule)?;
        Ok(Self {
            pattern: pattern.into(),
        })
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Result<Option<Found>, Reason> {
        if !run.context.event_name.contains("schedule") {
            return Ok(None);
        }
        Ok(Some(Found::plain(run.schedule.render(&self.pattern)?)))
    }
}
