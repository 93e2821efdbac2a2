use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Found};
use crate::tags::words::{self, Place};
use crate::tags::{js, pattern};

/// `type=match`: what a regular expression finds in the git tag, or in a value.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pattern: String,
    group: String,
    pub(super) value: String,
}

impl Match {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, Reason> {
        let pattern = attributes.need("match", "pattern")?.to_owned();
        let group = attributes.get("group").unwrap_or("0").to_owned();
        if js::number(&group).is_none() {
            return Err(Reason::Value {
                attribute: "group",
                found: group,
                allowed: "the number of a group",
            });
        }
        let value = attributes.get("value").unwrap_or_default().to_owned();
        words::check(&value, Place::Anywhere)?;
        Ok(Self {
            pattern,
            group,
            value,
        })
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Result<Option<Found>, Reason> {
        let Some(text) = run.version_text(&self.value)? else {
            return Ok(None);
        };
        let (source, flags) = pattern::split(&self.pattern);
        let Some(groups) = pattern::find(source, flags, &text)? else {
            run.warn(format!("{} does not match {text}.", self.pattern));
            return Ok(None);
        };
        let at = self
            .group
            .parse()
            .ok()
            .filter(|at: &usize| at.to_string() == self.group);
        let Some(found) = at.and_then(|at| groups.into_iter().nth(at)).flatten() else {
            run.warn(format!(
                "Group {} does not exist for {} pattern.",
                self.group, self.pattern
            ));
            return Ok(None);
        };
        // What stands from the first digit on is the version; a part of it is shared by several versions.
        let version = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        Ok(Some(Found {
            floating: !version.is_empty() && !found.contains(version),
            latest: true,
            text: found,
        }))
    }
}
