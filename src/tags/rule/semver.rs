use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Fields, Found, extract};
use crate::tags::template::Template;
use crate::tags::version::Npm;
use crate::tags::words::{self, Place};

/// `type=semver`: parts of the semantic version that the git tag, or a value, names.
#[derive(Clone, Debug)]
pub(crate) struct Semver {
    pattern: String,
    pub(super) value: String,
    matching: String,
}

impl Semver {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, Reason> {
        let pattern = attributes.need("semver", "pattern")?;
        let value = attributes.get("value").unwrap_or_default();
        words::check(pattern, Place::Semver)?;
        words::check(value, Place::Anywhere)?;
        Ok(Self {
            pattern: pattern.into(),
            value: value.into(),
            matching: attributes.get("match").unwrap_or_default().into(),
        })
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Result<Option<Found>, Reason> {
        let Some(text) = run.version_text(&self.value)? else {
            return Ok(None);
        };
        let text = extract(run, &self.matching, text)?.replace('/', "-");
        let Some(version) = Npm::parse(&text) else {
            run.warn(format!(
                "{text} is not a valid semver. More info: https://semver.org/"
            ));
            return Ok(None);
        };
        if version.is_prerelease() {
            let raw = Template::parse(&self.pattern).is_ok_and(|pattern| pattern.is_raw());
            let pattern = if raw { &self.pattern } else { "{{version}}" };
            return Ok(Some(Found::plain(render(pattern, &version)?)));
        }
        let text = render(&self.pattern, &version)?;
        let floating = render(&self.pattern, &version.next())? == text;
        Ok(Some(Found {
            text,
            latest: true,
            floating,
        }))
    }
}

fn render(pattern: &str, version: &Npm) -> Result<String, Reason> {
    Fields::of(version.fields()).render(pattern)
}
