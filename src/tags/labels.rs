//! Labels and annotations: what is known of the image, under the keys of the OCI.
//! <https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys>

use super::collate;
use super::error::Error;
use super::evaluation::Evaluation;
use super::list::Item;
use crate::context::Context;

/// A key and its value.
pub(super) type Label = (String, String);

/// The lines of the output `labels` or `annotations`, sorted by key; a custom line replaces one of the same key.
pub(super) fn lines(
    input: &'static str,
    custom: &[Item],
    version: &str,
    run: &Evaluation<'_>,
) -> Result<Vec<Label>, Error> {
    let mut labels = known(run.context, version);
    for item in custom {
        let rendered = run.expressions.render(&item.text);
        let line = rendered.map_err(|reason| Error::at(input, item, reason))?;
        // A line without an equals sign says nothing.
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match labels.iter_mut().find(|(known, _)| known == key) {
            Some(known) => known.1 = value.into(),
            None => labels.push((key.into(), value.into())),
        }
    }
    collate::sort_by_key(&mut labels, |(key, _)| key);
    Ok(labels)
}

fn known(context: &Context, version: &str) -> Vec<Label> {
    let details = &context.details;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let url = text(&details.html_url);
    [
        ("title", text(&details.name)),
        ("description", text(&details.description)),
        ("url", url.clone()),
        ("source", url),
        ("version", version.into()),
        (
            "created",
            format!("{}", context.now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")),
        ),
        ("revision", context.sha.clone()),
        ("licenses", text(&details.license)),
    ]
    .into_iter()
    .map(|(key, value)| (format!("org.opencontainers.image.{key}"), value))
    .collect()
}
