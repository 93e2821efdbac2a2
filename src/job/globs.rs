use globset::{Glob, GlobSet, GlobSetBuilder};

use super::{InputError, Problem};
use crate::context::World;
use crate::oci::Tag;

/// Patterns of tags, a line each: `*`, `?`, `[0-9]`, `{a,b}`.
#[derive(Clone, Debug, Default)]
pub struct Globs(GlobSet);

impl Globs {
    /// Whether one of them matches the whole tag.
    pub fn matches(&self, tag: &Tag) -> bool {
        self.0.is_match(tag.as_str())
    }

    pub(super) fn read(world: &World, input: &'static str) -> Result<Self, InputError> {
        let lines = world.input(input).unwrap_or_default().lines();
        let lines = lines
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut globs = GlobSetBuilder::new();
        for line in lines {
            let problem = |error: globset::Error| Problem::Glob(error.to_string()).of(input);
            globs.add(Glob::new(line).map_err(problem)?);
        }
        let problem = |error: globset::Error| Problem::Glob(error.to_string()).of(input);
        globs.build().map(Self).map_err(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::world;
    use super::*;

    fn read(text: &str) -> Result<Globs, InputError> {
        Globs::read(&world(&[("INPUT_IMMUTABLE-TAGS", text)]), "immutable-tags")
    }

    #[test]
    fn globs_match_whole_tags() {
        let globs = read("# releases\nv*.*.*\n\n 20[0-9][0-9]-?? \n{stable,lts}").unwrap();
        for (tag, expected) in [
            ("v1.2.3", true),
            ("v1.2.3-rc.1", true),
            ("v1.2", false),
            ("xv1.2.3", false),
            ("2026-11", true),
            ("2026-1", false),
            ("lts", true),
            ("lts2", false),
        ] {
            assert_eq!(globs.matches(&tag.parse().unwrap()), expected, "{tag}");
        }
        assert!(!read("").unwrap().matches(&"v1".parse().unwrap()));
        assert!(
            read("v[1")
                .unwrap_err()
                .to_string()
                .starts_with("input `immutable-tags`: ")
        );
    }
}
