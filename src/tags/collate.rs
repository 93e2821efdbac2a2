//! The order that JavaScript's `localeCompare` gives keys: Unicode's collation, as ICU has it for the root locale and English.

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorPreferences};

/// Sorts by a key; equal keys stay as they came.
pub(super) fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    // Its tables are in the program: there always is one.
    let collator = Collator::try_new(CollatorPreferences::default(), CollatorOptions::default());
    items.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        collator
            .as_ref()
            .map_or_else(|_| a.cmp(b), |collator| collator.compare(a, b))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_node_does() {
        // As sorted by Node 24 with `localeCompare`.
        let sorted = [
            "",
            "_a",
            "-a",
            ":a",
            ".a",
            "/a",
            "😀",
            "1",
            "10",
            "2",
            "a",
            "A",
            "á",
            "ä",
            "a_b",
            "a-b",
            "a.b",
            "a/b",
            "a1",
            "aa",
            "ab",
            "Ab",
            "b",
            "B",
            "e",
            "é",
            "f",
            "maintainer",
            "org.opencontainers.image.ref.name",
            "org.opencontainers.image.revision",
            "Z",
            "λ",
            "я",
            "中",
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        sort_by_key(&mut shuffled, |key| key);
        assert_eq!(shuffled, sorted);
    }
}
