use super::error::{Error, Reason};
use super::evaluation::Evaluation;
use super::flavor::bool;
use super::labels::{self, Label};
use super::rule::Rule;
use super::rules::Rules;
use crate::context::Context;
use crate::oci::Tag;

/// The tags of one run, and what belongs to them.
#[derive(Clone, Debug)]
pub struct TagSet {
    /// All tags as docker/metadata-action prints them: the version first, `latest` last, doubles kept.
    pub(super) printed: Vec<Tag>,
    pub(super) names: Vec<Name>,
    pub(super) labels: Vec<Label>,
    pub(super) annotations: Vec<Label>,
    pub(super) levels: Vec<String>,
    /// What a person should know about the input, in the order it came up.
    pub warnings: Vec<String>,
}

/// A tag and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The tag.
    pub tag: Tag,
    /// The line of the input `tags` that made it; `None` for a `latest` that came by itself.
    pub line: Option<usize>,
    /// That line's text; the flavor's word for a `latest` that came by itself.
    pub rule: String,
    /// Whether several versions give the same tag, as `v1` and `latest`: it moves, and should only move forward.
    pub floating: bool,
    /// Whether the rule that made it names the pull request.
    pub pull_request: bool,
}

impl TagSet {
    /// The tag that counts as the version: the first one.
    pub fn version(&self) -> Option<&Tag> {
        self.printed.first()
    }

    /// The tags, each once, in the order they are printed.
    pub fn names(&self) -> &[Name] {
        &self.names
    }
}

/// Follows the rules in this run.
pub fn derive(rules: &Rules, context: &Context) -> Result<TagSet, Error> {
    let run = Evaluation::new(context, &rules.flavor, None);
    let (printed, names) = name_tags(rules, &run, &|_| true)?;
    let version = printed.first().map(Tag::as_str).unwrap_or_default();
    let labels = labels::lines("labels", &rules.labels, version, &run)?;
    let annotations = labels::lines("annotations", &rules.annotations, version, &run)?;
    let mut warnings = run.into_warnings();
    if printed.is_empty() {
        warnings.push("No Docker image version has been generated. Check tags input.".into());
        warnings.push("No Docker tag has been generated. Check tags input.".into());
    }
    Ok(TagSet {
        printed,
        names,
        labels,
        annotations,
        levels: context.annotation_levels.clone(),
        warnings,
    })
}

/// The tags that those of the rules make which are wanted.
pub(super) fn name_tags(
    rules: &Rules,
    run: &Evaluation<'_>,
    wanted: &dyn Fn(&Rule) -> bool,
) -> Result<(Vec<Tag>, Vec<Name>), Error> {
    let mut latest = None;
    let mut names: Vec<Name> = Vec::new();
    for rule in rules.rules.iter().filter(|rule| wanted(rule)) {
        let at = |reason| Error::at("tags", &rule.item, reason);
        let Some((name, auto)) = name(rule, run).map_err(at)? else {
            continue;
        };
        latest.get_or_insert_with(|| rules.flavor.latest.or(auto));
        if !names.iter().any(|known| known.tag == name.tag) {
            names.push(name);
        }
    }
    // However it came about: the versions of a repository share it.
    for name in names
        .iter_mut()
        .filter(|name| name.tag.as_str() == rules.flavor.latest_name())
    {
        name.floating = true;
    }
    let mut printed: Vec<Tag> = names.iter().map(|name| name.tag.clone()).collect();
    if latest == Some(true) {
        let name = latest_name(rules)?;
        printed.push(name.tag.clone());
        match names.iter_mut().find(|known| known.tag == name.tag) {
            Some(known) => known.floating = true,
            None => names.push(name),
        }
    }
    Ok((printed, names))
}

/// What a rule makes, dressed and sanitised, and whether `latest` comes along.
fn name(rule: &Rule, run: &Evaluation<'_>) -> Result<Option<(Name, bool)>, Reason> {
    if !bool("enable", &run.expressions.render(&rule.enable)?)? {
        return Ok(None);
    }
    let Some(found) = rule.find(run)? else {
        return Ok(None);
    };
    let text = run.dress(rule, &found.text)?;
    if text.is_empty() {
        return Ok(None);
    }
    let name = Name {
        tag: tag(&text)?,
        line: Some(rule.item.line),
        rule: rule.item.text.clone(),
        floating: found.floating,
        pull_request: rule.kind.is_pull_request(),
    };
    Ok(Some((name, found.latest)))
}

fn latest_name(rules: &Rules) -> Result<Name, Error> {
    let text = rules.flavor.latest_name();
    let tag = tag(&text).map_err(|reason| Error {
        input: "flavor",
        line: None,
        text: text.clone(),
        reason,
    })?;
    Ok(Name {
        tag,
        line: None,
        rule: "latest".into(),
        floating: true,
        pull_request: false,
    })
}

fn tag(text: &str) -> Result<Tag, Reason> {
    let tag = sanitise(text);
    tag.parse().map_err(|why| Reason::Tag { tag, why })
}

/// Puts a hyphen for each run of characters that no tag can hold.
fn sanitise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        let legal = c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if legal {
            out.push(c);
        } else if !gap {
            out.push('-');
        }
        gap = !legal;
    }
    out
}
