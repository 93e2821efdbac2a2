use super::error::Error;
use super::flavor::Flavor;
use super::image::{self, Image};
use super::list::{self, Item};
use super::rule::{Kind, Rule};
use super::words::{self, Place};
use crate::context::World;

/// The rules that hold where the input `tags` is empty.
///
/// A version tag gives `v1.2.3`, `v1.2`, `v1` and `latest`, a pre-release only itself; a branch gives its name, and its name with
/// the short commit; a pull request gives its number. The `v` is a prefix and no part of the patterns, as a pre-release gives
/// `{{version}}` whatever the pattern.
pub const DEFAULT_RULES: &str = "\
type=semver,pattern={{version}},prefix=v
type=semver,pattern={{major}}.{{minor}},prefix=v
type=semver,pattern={{major}},prefix=v
type=ref,event=branch
type=ref,event=pr
type=raw,value={{{branch}}}-{{sha}},enable={{#if branch}}true{{else}}false{{/if}}
";

/// The inputs this room understands, as written; empty means not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// `images`
    pub images: String,
    /// `tags`
    pub tags: String,
    /// `flavor`
    pub flavor: String,
    /// `labels`
    pub labels: String,
    /// `annotations`
    pub annotations: String,
    /// `sep-tags`, untrimmed
    pub sep_tags: String,
    /// `sep-labels`, untrimmed
    pub sep_labels: String,
    /// `sep-annotations`, untrimmed
    pub sep_annotations: String,
}

impl Inputs {
    /// Takes the inputs out of the environment.
    pub fn read(world: &World) -> Self {
        let raw = |name: &str| world.variable(name).unwrap_or_default().to_owned();
        Self {
            images: raw("INPUT_IMAGES"),
            tags: raw("INPUT_TAGS"),
            flavor: raw("INPUT_FLAVOR"),
            labels: raw("INPUT_LABELS"),
            annotations: raw("INPUT_ANNOTATIONS"),
            sep_tags: raw("INPUT_SEP-TAGS"),
            sep_labels: raw("INPUT_SEP-LABELS"),
            sep_annotations: raw("INPUT_SEP-ANNOTATIONS"),
        }
    }
}

/// The inputs, understood.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "the rules of the input `tags` have no better name"
)]
pub struct Rules {
    pub(super) images: Vec<Image>,
    /// By priority, the highest first.
    pub(super) rules: Vec<Rule>,
    pub(super) flavor: Flavor,
    pub(super) labels: Vec<Item>,
    pub(super) annotations: Vec<Item>,
    pub(super) separators: Separators,
}

/// What stands between the entries of the outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Separators {
    pub(super) tags: String,
    pub(super) labels: String,
    pub(super) annotations: String,
}

/// What the rules ask about, beyond what every event says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// When the commit was made: a template says so.
    pub commit_date: bool,
    /// The default branch: `type=edge` without a branch can't tell otherwise.
    pub default_branch: bool,
}

impl Rules {
    /// Reads the inputs; `tags` without a rule means the default ones.
    pub fn parse(inputs: &Inputs) -> Result<Self, Error> {
        let flavor = Flavor::parse(&inputs.flavor)?;
        let rules = match read(&inputs.tags)? {
            none if none.is_empty() => by_default(&flavor)?,
            rules => rules,
        };
        let or_line = |separator: &str| {
            if separator.is_empty() {
                "\n".into()
            } else {
                separator.to_owned()
            }
        };
        Ok(Self {
            images: image::parse(&inputs.images)?,
            rules: by_priority(rules),
            flavor,
            labels: lines("labels", &inputs.labels)?,
            annotations: lines("annotations", &inputs.annotations)?,
            separators: Separators {
                tags: or_line(&inputs.sep_tags),
                labels: or_line(&inputs.sep_labels),
                annotations: or_line(&inputs.sep_annotations),
            },
        })
    }

    /// The images, in the order given.
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// What must be asked of GitHub where the event does not say it.
    pub fn needs(&self) -> Needs {
        let rules = self.rules.iter().map(|rule| &rule.item);
        let mut items = rules.chain(&self.labels).chain(&self.annotations);
        let edge =
            |rule: &Rule| matches!(&rule.kind, Kind::Edge(edge) if edge.needs_default_branch());
        let affixes = [&self.flavor.prefix, &self.flavor.suffix];
        Needs {
            commit_date: items.any(|item| item.text.contains("commit_date"))
                || affixes
                    .iter()
                    .any(|affix| affix.text.contains("commit_date")),
            default_branch: self.rules.iter().any(edge),
        }
    }
}

fn read(tags: &str) -> Result<Vec<Rule>, Error> {
    list::items("tags", tags)?.iter().map(Rule::parse).collect()
}

/// The default rules. A flavor's prefix stands before their `v`, where it would be lost behind a rule's own prefix.
fn by_default(flavor: &Flavor) -> Result<Vec<Rule>, Error> {
    let mut rules = read(DEFAULT_RULES)?;
    let versions = rules
        .iter_mut()
        .filter(|rule| matches!(rule.kind, Kind::Semver(_)));
    for own in versions.filter_map(|rule| rule.prefix.as_mut()) {
        own.insert_str(0, &flavor.prefix.text);
    }
    Ok(rules)
}

fn lines(input: &'static str, text: &str) -> Result<Vec<Item>, Error> {
    let items = list::items(input, text)?;
    for item in &items {
        words::check(&item.text, Place::Anywhere)
            .map_err(|reason| Error::at(input, item, reason))?;
    }
    Ok(items)
}

/// Sorts as V8 sorts short lists: by binary insertion, after the run that is in order already. Equal and incomparable priorities
/// therefore end where docker/metadata-action has them.
fn by_priority(mut rules: Vec<Rule>) -> Vec<Rule> {
    let before = |a: &Rule, b: &Rule| a.priority > b.priority;
    let mut run = 1.min(rules.len());
    let descending = rules.len() > 1 && before(&rules[1], &rules[0]);
    while run < rules.len() && before(&rules[run], &rules[run - 1]) == descending {
        run += 1;
    }
    if descending {
        rules[..run].reverse();
    }
    for at in run..rules.len() {
        let (mut left, mut right) = (0, at);
        while left < right {
            let middle = left.midpoint(right);
            if before(&rules[at], &rules[middle]) {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        rules[left..=at].rotate_right(1);
    }
    rules
}
