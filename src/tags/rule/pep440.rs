use super::attributes::Attributes;
use crate::tags::error::Reason;
use crate::tags::evaluation::{Evaluation, Found, Parts, extract};
use crate::tags::template::Template;
use crate::tags::version;
use crate::tags::words::{self, Place};

/// `type=pep440`: parts of the Python version that the git tag, or a value, names.
#[derive(Clone, Debug)]
pub(crate) struct Pep440 {
    pattern: String,
    pub(super) value: String,
    matching: String,
}

impl Pep440 {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, Reason> {
        let pattern = attributes.need("pep440", "pattern")?;
        let value = attributes.get("value").unwrap_or_default();
        words::check(pattern, Place::Pep440)?;
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
        let Some(version) = version::Pep440::parse(&text) else {
            run.warn(format!(
                "{text} does not conform to PEP 440. More info: https://www.python.org/dev/peps/pep-0440"
            ));
            return Ok(None);
        };
        if version.is_special() {
            let raw = Template::parse(&self.pattern).is_ok_and(|pattern| pattern.is_raw());
            let text = if raw { text } else { version.text() };
            return Ok(Some(Found::plain(text)));
        }
        let text = Parts(&version).render(&self.pattern)?;
        let floating = Parts(&version.next()).render(&self.pattern)? == text;
        Ok(Some(Found {
            text,
            latest: true,
            floating,
        }))
    }
}
