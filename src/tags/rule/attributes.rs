use crate::tags::error::Reason;
use crate::tags::{js, suggest};

/// `key=value` fields of a rule, as written.
#[derive(Debug)]
pub(super) struct Attributes {
    pub(super) kind: Option<String>,
    values: Vec<(&'static str, String)>,
}

/// All attributes that any type knows. One that means nothing to a rule's type is left alone, as in docker/metadata-action.
const NAMES: [&str; 12] = [
    "type", "value", "pattern", "match", "group", "event", "branch", "format", "prefix", "suffix",
    "enable", "priority",
];

impl Attributes {
    pub(super) fn read(fields: &[String]) -> Result<Self, Reason> {
        let mut attributes = Self {
            kind: None,
            values: Vec::new(),
        };
        for field in fields {
            // An equals sign in front is part of the value.
            match field.split_once('=').filter(|(key, _)| !key.is_empty()) {
                None => attributes.set("value", js::trim(field)),
                Some((key, value)) => {
                    attributes.field(&js::trim(key).to_lowercase(), js::trim(value))?;
                }
            }
        }
        Ok(attributes)
    }

    fn field(&mut self, key: &str, value: &str) -> Result<(), Reason> {
        if key == "type" {
            self.kind = Some(value.into());
            return Ok(());
        }
        let known = NAMES.iter().find(|name| **name == key);
        let known = known.ok_or_else(|| Reason::Unknown {
            what: "attribute",
            found: key.into(),
            nearest: suggest::nearest(key, &NAMES),
        })?;
        self.set(known, value);
        Ok(())
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.values.push((name, value.into()));
    }

    /// The value given last.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.values.iter().rev();
        values
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value, or that it is missing.
    pub(super) fn need(&self, kind: &'static str, attribute: &'static str) -> Result<&str, Reason> {
        self.get(attribute)
            .ok_or(Reason::Missing { kind, attribute })
    }

    /// Gives an attribute its default.
    pub(super) fn or_set(&mut self, name: &'static str, value: &str) {
        if self.get(name).is_none() {
            self.set(name, value);
        }
    }
}
