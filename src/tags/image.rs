use super::error::{Error, Reason};
use super::flavor::bool;
use super::list::{self, Item};
use super::suggest;
use crate::oci::Tag;

/// An image's name to put before tags, and whether it takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name, in lower case.
    pub name: String,
    /// The one tag it is to get; all of them where none is written. So the outputs of one step can be the input of another.
    pub tag: Option<Tag>,
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

impl Image {
    /// An image that takes part, as it is written.
    pub fn named(text: &str, line: usize) -> Self {
        let (name, tag) = split(text);
        Self {
            name: name.to_lowercase(),
            tag,
            enable: true,
            line,
        }
    }
}

/// Name and tag, where what stands behind the last colon can be one and not a port.
fn split(text: &str) -> (&str, Option<Tag>) {
    let tagged = text.rsplit_once(':').and_then(|(name, tag)| {
        let is_digest = name.contains('@');
        Some((name, tag.parse().ok().filter(|_| !is_digest)?))
    });
    tagged.map_or((text, None), |(name, tag)| (name, Some(tag)))
}

fn plain(field: &str, line: usize) -> Image {
    Image::named(super::js::trim(field), line)
}

fn entry(item: &Item) -> Result<Image, Error> {
    let at = |reason| Error::at(INPUT, item, reason);
    let mut image = Image::named("", item.line);
    for field in list::fields(INPUT, item)? {
        let Some((key, value)) = list::pair(&field) else {
            let Image { name, tag, .. } = plain(&field, item.line);
            (image.name, image.tag) = (name, tag);
            continue;
        };
        match key.as_str() {
            "name" => {
                let Image { name, tag, .. } = Image::named(value, item.line);
                (image.name, image.tag) = (name, tag);
            }
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
    fn tells_a_tag_from_a_port_and_a_digest() {
        for (text, name, tag) in [
            ("ghcr.io/A/b:V1.2", "ghcr.io/a/b", Some("V1.2")),
            ("name=a:v1,enable=true", "a", Some("v1")),
            ("localhost:5000/a", "localhost:5000/a", None),
            ("localhost:5000/a:v1", "localhost:5000/a", Some("v1")),
            ("a@sha256:12", "a@sha256:12", None),
            ("a:", "a:", None),
        ] {
            let image = &parse(text).unwrap()[0];
            let found = (image.name.as_str(), image.tag.as_ref().map(Tag::as_str));
            assert_eq!(found, (name, tag), "{text}");
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
