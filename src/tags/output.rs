use serde_json::Value;

use super::image::Image;
use super::labels::Label;
use super::rules::Rules;
use super::set::TagSet;

/// The outputs that docker/metadata-action has, to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// The first tag.
    pub version: String,
    /// `image:tag`, for each image and each tag.
    pub tags: String,
    /// The tags alone.
    pub tag_names: String,
    /// `key=value`, sorted by key.
    pub labels: String,
    /// `level:key=value`, for each level.
    pub annotations: String,
    /// All of it.
    pub json: String,
}

impl TagSet {
    /// `image:tag` for each enabled image; the tags alone where there is none.
    pub fn references(&self, images: &[Image]) -> Vec<String> {
        let enabled: Vec<&Image> = images.iter().filter(|image| image.enable).collect();
        if enabled.is_empty() {
            return self.tag_names();
        }
        let tags = |image: &&Image| {
            let prefix = if image.name.is_empty() {
                String::new()
            } else {
                format!("{}:", image.name)
            };
            self.printed
                .iter()
                .map(move |tag| format!("{prefix}{tag}"))
                .collect::<Vec<_>>()
        };
        enabled.iter().flat_map(tags).collect()
    }

    fn tag_names(&self) -> Vec<String> {
        self.printed.iter().map(ToString::to_string).collect()
    }

    /// Prints everything, for these images and with the rules' separators.
    pub fn outputs(&self, rules: &Rules, images: &[Image]) -> Outputs {
        let separators = &rules.separators;
        let labels: Vec<String> = self.labels.iter().map(line).collect();
        Outputs {
            version: self.version().map(ToString::to_string).unwrap_or_default(),
            tags: self.references(images).join(&separators.tags),
            tag_names: self.tag_names().join(&separators.tags),
            labels: labels.join(&separators.labels),
            annotations: self.annotation_lines().join(&separators.annotations),
            json: self.json(images),
        }
    }

    fn annotation_lines(&self) -> Vec<String> {
        let level = |level: &String| {
            let level = level.clone();
            self.annotations
                .iter()
                .map(move |label| format!("{level}:{}", line(label)))
        };
        self.levels.iter().flat_map(level).collect()
    }

    fn json(&self, images: &[Image]) -> String {
        let list = |items: Vec<String>| Value::from(items).to_string();
        format!(
            "{{\"tags\":{},\"tag-names\":{},\"labels\":{},\"annotations\":{}}}",
            list(self.references(images)),
            list(self.tag_names()),
            object(&self.labels),
            list(self.annotation_lines()),
        )
    }
}

fn line((key, value): &Label) -> String {
    format!("{key}={value}")
}

/// An object as JavaScript keeps it: whole numbers first, in their order, then the rest as they came; a value ends with its line.
fn object(labels: &[Label]) -> String {
    let line_end = ['\n', '\r', '\u{2028}', '\u{2029}'];
    let index = |key: &str| {
        key.parse::<u32>()
            .ok()
            .filter(|index| index.to_string() == key && *index != u32::MAX)
    };
    let mut entries: Vec<&Label> = labels
        .iter()
        .filter(|(key, _)| key != "__proto__")
        .collect();
    entries.sort_by_key(|(key, _)| index(key).map_or((1, 0), |index| (0, index)));
    let entry = |(key, value): &&Label| {
        let value = value.split(line_end).next().unwrap_or_default();
        format!("{}:{}", Value::from(key.as_str()), Value::from(value))
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!("{{{}}}", entries.join(","))
}
