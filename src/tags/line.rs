//! The versions that rules like ours have published elsewhere, seen from the one that is being published.

use super::evaluation::Evaluation;
use super::rule::Kind;
use super::rules::Rules;
use super::set::{Name, name_tags};
use super::version::{Npm, Pep440, Version};
use crate::context::Context;
use crate::oci::Tag;

/// The version of this run, and how its tags are made of it.
#[derive(Clone, Debug)]
pub struct Line {
    rules: Rules,
    context: Context,
    /// What the rules read: the git tag, or a rule's value.
    text: String,
    /// The part of it that is the version, as tags hold it.
    stem: String,
    scheme: Scheme,
    version: Version,
    /// What stands before and after the version in tags that belong to it alone.
    shapes: Vec<(String, String)>,
    /// Whether the rules make such tags at all; else any version there counts.
    has_own: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Semver,
    Pep440,
}

impl Line {
    /// `None` where no rule reads a version in this run.
    pub fn of(rules: &Rules, context: &Context) -> Option<Self> {
        let run = Evaluation::new(context, &rules.flavor, None);
        let (schemes, text) = rules.rules.iter().find_map(|rule| {
            let text = run.version_text(rule.kind.version_value()?).ok()??;
            Some((Scheme::of(&rule.kind), text))
        })?;
        let mut schemes = schemes.iter().copied();
        let (scheme, (version, stem)) =
            schemes.find_map(|scheme| Some((scheme, scheme.find(&text)?)))?;
        let (mut shapes, mut has_own) = (Vec::new(), None);
        for example in std::iter::once(stem.clone()).chain(counterpart(&version)) {
            let text = text.replacen(&stem, &example, 1);
            let run = Evaluation::new(context, &rules.flavor, Some(&text));
            let (_, names) = name_tags(rules, &run, &|_| true).ok()?;
            shapes.extend(names.iter().filter_map(|name| shape(name, &example)));
            has_own.get_or_insert(!shapes.is_empty());
        }
        let has_own = has_own.unwrap_or_default();
        if !has_own {
            shapes.extend(["", "v"].map(|before| (before.to_owned(), String::new())));
        }
        Some(Self {
            rules: rules.clone(),
            context: context.clone(),
            text,
            stem,
            scheme,
            version,
            shapes,
            has_own,
        })
    }

    /// The version of this run.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Of these tags the highest that belongs to a version above ours for which the rules give this floating tag too.
    pub fn above<'t>(&self, floating: &Tag, tags: &'t [String]) -> Option<&'t str> {
        let higher = tags.iter().flat_map(|tag| self.higher(tag));
        let mut higher: Vec<_> = higher.collect();
        higher
            .sort_by(|(_, a, _), (_, b, _)| b.partial_cmp(a).unwrap_or(std::cmp::Ordering::Equal));
        let mut candidates = higher.into_iter();
        let (tag, ..) = candidates.find(|(tag, _, text)| self.shares(floating, tag, text))?;
        Some(tag)
    }

    /// The versions above ours that a tag may belong to, with the text the rules would have read for them.
    fn higher<'t>(&self, tag: &'t str) -> Vec<(&'t str, Version, String)> {
        let read = |(before, after): &(String, String)| {
            let stem = tag
                .strip_prefix(before.as_str())?
                .strip_suffix(after.as_str())?;
            let version = self.scheme.read(stem)?;
            let text = self.text.replacen(&self.stem, stem, 1);
            (version > self.version).then_some((tag, version, text))
        };
        self.shapes.iter().filter_map(read).collect()
    }

    /// Whether the rules would make this tag, and the floating one, of another version.
    fn shares(&self, floating: &Tag, tag: &str, text: &str) -> bool {
        let run = Evaluation::new(&self.context, &self.rules.flavor, Some(text));
        let Ok((_, names)) = name_tags(&self.rules, &run, &|_| true) else {
            return false;
        };
        let has = |wanted: &str| names.iter().any(|name| name.tag.as_str() == wanted);
        has(floating.as_str()) && (!self.has_own || has(tag))
    }
}

/// A release where ours is a pre-release and the other way round, since rules may write one with a `v` and one without.
fn counterpart(version: &Version) -> Option<String> {
    let Version::Semver(version) = version else {
        return None;
    };
    let release = format!("{}.{}.{}", version.major, version.minor, version.patch);
    let is_release = version.pre.is_empty();
    Some(if is_release {
        format!("{release}-0")
    } else {
        release
    })
}

/// What stands around the version in a tag that is its alone.
fn shape(name: &Name, version: &str) -> Option<(String, String)> {
    let (before, after) = name.tag.as_str().split_once(version)?;
    (!name.floating).then(|| (before.to_owned(), after.to_owned()))
}

impl Scheme {
    /// How a rule reads versions; some take whatever there is.
    fn of(kind: &Kind) -> &'static [Self] {
        match kind {
            Kind::Semver(_) => &[Self::Semver],
            Kind::Pep440(_) => &[Self::Pep440],
            _ => &[Self::Semver, Self::Pep440],
        }
    }

    /// The version in a text, and how it is written without what tags leave out.
    fn find(self, text: &str) -> Option<(Version, String)> {
        let starts = text.char_indices().filter(|(_, c)| c.is_ascii_digit());
        let mut rests = starts.map(|(start, _)| &text[start..]);
        rests.find_map(|rest| {
            let version = self.read(rest)?;
            let stem = Npm::parse(rest).filter(|_| self == Self::Semver);
            Some((
                version,
                stem.map_or_else(|| rest.to_owned(), |npm| npm.text()),
            ))
        })
    }

    fn read(self, text: &str) -> Option<Version> {
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        match self {
            Self::Semver => Npm::parse(text).map(|npm| Version::Semver(npm.version)),
            Self::Pep440 => Pep440::parse(text).map(|found| Version::Pep440(found.version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::World;
    use crate::tags::Inputs;

    fn line(tags: &str, flavor: &str, git_tag: &str) -> Option<Line> {
        let inputs = Inputs {
            tags: tags.into(),
            flavor: flavor.into(),
            ..Inputs::default()
        };
        let world = World {
            env: [("GITHUB_REF".to_owned(), format!("refs/tags/{git_tag}"))].into(),
            event: serde_json::Value::Null,
            docker_config: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let rules = Rules::parse(&inputs).unwrap();
        Line::of(&rules, &Context::read(&world).unwrap())
    }

    /// Rules, flavor, git tag, floating tag, tags there: the tag of a higher version that shares the floating one.
    const TABLE: &str = "
        default |  | v1.2.3 | latest |  | -
        default |  | v1.2.3 | latest | v1.2.3 v1.2.2 | -
        default |  | v1.2.3 | latest | v1.2.4 | v1.2.4
        default |  | v1.2.3 | latest | v1.2.4 v1.10.0 v1.9.0 | v1.10.0
        default |  | v1.2.3 | v1 | v2.0.0 | -
        default |  | v1.2.3 | v1 | v2.0.0 v1.3.0 | v1.3.0
        default |  | v1.2.3 | v1.2 | v1.3.0 v2.0.0 | -
        default |  | v1.2.3 | v1.2 | v1.2.10 | v1.2.10
        default |  | v0.5.6 | v0 | v0.6.0 v1.0.0 | v0.6.0
        default |  | v1.2.3 | latest | v2.0.0-rc.1 | -
        default |  | v1.2.3 | v1.2 | v1.2.4-alpha | -
        default | latest=true | v1.2.3 | latest | v2.0.0-rc.1 | v2.0.0-rc.1
        default | latest=true | v2.0.0-rc.2 | latest | v2.0.0-rc.1 | -
        default | latest=true | v2.0.0-rc.2 | latest | v2.0.0-rc.10 | v2.0.0-rc.10
        mixed | latest=true | v1.2.3 | latest | 2.0.0-rc.1 | 2.0.0-rc.1
        mixed | latest=true | v2.0.0-rc.2 | latest | 2.0.0-rc.1 | -
        mixed | latest=true | v2.0.0-rc.2 | latest | 2.0.0-rc.10 | 2.0.0-rc.10
        mixed | latest=true | v2.0.0-rc.2 | latest | v2.0.0 | v2.0.0
        default | latest=true | v2.0.0-rc.2 | latest | v2.0.0 | v2.0.0
        default | latest=true | v2.0.0 | latest | v2.0.0-rc.10 | -
        default |  | v1.2.3 | latest | 2.0.0 main v2 sha256-ab.sig | -
        default |  | v1.2.3+b.5 | latest | v1.2.4 | v1.2.4
        plain |  | v1.2.3 | latest | v2.0.0 1.2.4 | 1.2.4
        default | suffix=-alpine | v1.2.3 | v1-alpine | v1.3.0 v1.4.0-alpine | v1.4.0-alpine
        default | prefix=app-,suffix=-alpine | v1.2.3 | latest | app-v1.3.0 app-v1.4.0-alpine | app-v1.4.0-alpine
        python |  | 1.2 | 1 | 1.3rc1 1.2.post1 | -
        python |  | 1.2 | 1 | 1.10 2.0 | 1.10
        own |  | app/v1.2.3 | 1 | 1.2.4 2.0.0 | 1.2.4
        major |  | v1.2.3 | 1 | v1.3.0 2.0.0 | v1.3.0
        major |  | v1.2.3 | 1 | 1 | -
    ";

    fn rules(name: &str) -> &'static str {
        match name {
            "plain" => "type=semver,pattern={{version}}",
            "mixed" => "type=semver,pattern=v{{version}}\ntype=semver,pattern=v{{major}}",
            "python" => "type=pep440,pattern={{version}}\ntype=pep440,pattern={{major}}",
            "own" => {
                "type=match,pattern=app/v(.*),group=1\ntype=match,pattern=app/v(\\d+)\\.,group=1"
            }
            "major" => "type=semver,pattern={{major}}",
            _ => "",
        }
    }

    #[test]
    fn a_floating_tag_belongs_to_the_highest_version_that_shares_it() {
        for row in TABLE.lines().filter(|row| !row.trim().is_empty()) {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let line = line(rules(cells[0]), cells[1], cells[2]).unwrap();
            let there: Vec<_> = cells[4].split_whitespace().map(str::to_owned).collect();
            let above = line.above(&cells[3].parse().unwrap(), &there);
            assert_eq!(above.unwrap_or("-"), cells[5], "{row}");
        }
    }

    #[test]
    fn without_a_version_there_is_no_line() {
        for git_tag in ["nightly", "v1", "release"] {
            assert!(line("", "", git_tag).is_none(), "{git_tag}");
        }
        assert!(line("type=sha", "", "v1.2.3").is_none());
    }
}
