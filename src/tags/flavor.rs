use super::error::{Error, Reason};
use super::list;
use super::suggest;
use super::words::{self, Place};

/// What holds for all tags: when `latest` comes, and what goes before and after each tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flavor {
    pub(super) latest: Latest,
    pub(super) prefix: Affix,
    pub(super) suffix: Affix,
}

/// When the tag `latest` comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Latest {
    /// When the first tag's rule is one for releases.
    #[default]
    Auto,
    /// Always, or never.
    Fixed(bool),
}

/// A prefix or suffix: a template, and whether `latest` wears it (as it is written, then) as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Affix {
    pub(super) text: String,
    pub(super) on_latest: bool,
}

const INPUT: &str = "flavor";
const ENTRIES: [&str; 4] = ["latest", "prefix", "suffix", "onlatest"];

impl Latest {
    /// Whether `latest` comes, where a rule by itself would say `auto`.
    pub(super) fn or(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::Fixed(value) => value,
        }
    }

    fn read(value: &str) -> Result<Self, Reason> {
        match value {
            "auto" => Ok(Self::Auto),
            "true" | "false" => Ok(Self::Fixed(value == "true")),
            _ => Err(Reason::Value {
                attribute: "latest",
                found: value.into(),
                allowed: "auto, true or false",
            }),
        }
    }
}

impl Flavor {
    /// Reads the input `flavor`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut flavor = Self::default();
        for item in list::items(INPUT, text)? {
            let mut last: Option<Side> = None;
            for field in list::fields(INPUT, &item)? {
                let read = flavor.entry(&field, &mut last);
                read.map_err(|reason| Error::at(INPUT, &item, reason))?;
            }
        }
        Ok(flavor)
    }

    fn entry(&mut self, field: &str, last: &mut Option<Side>) -> Result<(), Reason> {
        let unknown = |found: &str| Reason::Unknown {
            what: "flavor entry",
            found: found.into(),
            nearest: suggest::nearest(found, &ENTRIES),
        };
        let (key, value) = list::pair(field).ok_or_else(|| unknown(field))?;
        match key.as_str() {
            "latest" => self.latest = Latest::read(value)?,
            "prefix" | "suffix" => {
                let side = if key == "prefix" {
                    Side::Prefix
                } else {
                    Side::Suffix
                };
                words::check(value, Place::Anywhere)?;
                self.affix(side).text = value.into();
                *last = Some(side);
            }
            "onlatest" => {
                let value = bool("onlatest", value)?;
                if let Some(side) = *last {
                    self.affix(side).on_latest = value;
                }
            }
            _ => return Err(unknown(&key)),
        }
        Ok(())
    }

    fn affix(&mut self, side: Side) -> &mut Affix {
        match side {
            Side::Prefix => &mut self.prefix,
            Side::Suffix => &mut self.suffix,
        }
    }

    /// `latest` as it is worn here.
    pub(super) fn latest_name(&self) -> String {
        let worn = |affix: &Affix| {
            if affix.on_latest {
                affix.text.clone()
            } else {
                String::new()
            }
        };
        format!("{}latest{}", worn(&self.prefix), worn(&self.suffix))
    }
}

#[derive(Clone, Copy)]
enum Side {
    Prefix,
    Suffix,
}

/// `true` or `false`, and nothing else.
pub(super) fn bool(attribute: &'static str, value: &str) -> Result<bool, Reason> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Reason::Value {
            attribute,
            found: value.into(),
            allowed: "true or false",
        }),
    }
}
