use super::error::{Error, Reason};
use super::flavor::bool;
use super::list::{self, Item};
use super::suggest;

/// An image's name to put before tags, and whether it takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name, in lower case.
    pub name: String,
    /// `enable=`.
    pub enable: bool,
    /// The line of the input it stands on, from 1.
    pub line: usize,
}

const INPUT: &str = "images";

/// Reads the input `images`.
pub(super) fn parse(text: &str) -> Result<Vec<Image>, Error> {
    let items = list::items(INPUT, text)?;
    if let [only] = items.as_slice() {
        let fields = list::fields(INPUT, only)?;
        // One line of plain names is the oldest way to write this list.
        if fields.iter().all(|field| list::pair(field).is_none()) {
            return Ok(fields.iter().map(|field| plain(field, only.line)).collect());
        }
    }
    items.iter().map(entry).collect()
}

fn plain(field: &str, line: usize) -> Image {
    Image {
        name: super::js::trim(field).to_lowercase(),
        enable: true,
        line,
    }
}

fn entry(item: &Item) -> Result<Image, Error> {
    let at = |reason| Error::at(INPUT, item, reason);
    let mut image = Image {
        name: String::new(),
        enable: true,
        line: item.line,
    };
    for field in list::fields(INPUT, item)? {
        let Some((key, value)) = list::pair(&field) else {
            image.name = plain(&field, item.line).name;
            continue;
        };
        match key.as_str() {
            "name" => image.name = value.to_lowercase(),
            "enable" => image.enable = bool("enable", value).map_err(at)?,
            _ => {
                return Err(at(Reason::Unknown {
                    what: "image attribute",
                    nearest: suggest::nearest(&key, &["name", "enable"]),
                    found: key,
                }));
            }
        }
    }
    if image.name.is_empty() {
        return Err(at(Reason::Value {
            attribute: "name",
            found: String::new(),
            allowed: "the name of an image",
        }));
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, bool)> {
        let images = parse(text).unwrap();
        images
            .into_iter()
            .map(|image| (image.name, image.enable))
            .collect()
    }

    #[test]
    fn reads_names_and_entries() {
        let rows: [(&str, &[(&str, bool)]); 9] = [
            ("", &[]),
            ("name/foo", &[("name/foo", true)]),
            (
                "Name/Foo, ghcr.io/Name/Bar",
                &[("name/foo", true), ("ghcr.io/name/bar", true)],
            ),
            ("a\nb", &[("a", true), ("b", true)]),
            ("name=a", &[("a", true)]),
            ("name=a,enable=false\nB", &[("a", false), ("b", true)]),
            ("a,enable=false", &[("a", false)]),
            ("a\nb,c", &[("a", true), ("c", true)]),
            (" NAME = a ", &[("a", true)]),
        ];
        for (text, expected) in rows {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, enable)| ((*name).to_owned(), *enable))
                .collect();
            assert_eq!(names(text), expected, "{text:?}");
        }
    }

    #[test]
    fn names_line_and_reason() {
        for (text, line, words) in [
            (
                "a\nname=b,enabel=true",
                2,
                "unknown image attribute \"enabel\", did you mean \"enable\"?",
            ),
            (
                "name=a,enable=yes",
                1,
                "enable is \"yes\", it can only be true or false",
            ),
            ("a\nname=", 2, "name is \"\""),
            ("enable=true", 1, "name is \"\""),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, Some(line), "{text:?}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
