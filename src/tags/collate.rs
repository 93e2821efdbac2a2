//! The order JavaScript's `localeCompare` gives keys: Unicode's collation, for the characters keys are made of.

use std::cmp::Ordering;

/// White space and punctuation as the root collation has them, then digits, then letters.
const MARKS: &str = "\t\n\u{b}\u{c}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// Compares by characters first, lower before upper case only to break a tie.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let primary = a
        .chars()
        .filter_map(weight)
        .cmp(b.chars().filter_map(weight));
    let case = |text: &str| {
        text.chars()
            .filter(|c| weight(*c).is_some())
            .map(char::is_uppercase)
            .collect::<Vec<_>>()
    };
    primary.then_with(|| case(a).cmp(&case(b)))
}

/// A character's place; control characters have none. Beyond ASCII, the order is that of the code points.
fn weight(c: char) -> Option<(u8, u32)> {
    if let Some(at) = MARKS.chars().position(|mark| mark == c) {
        return Some((0, u32::try_from(at).unwrap_or(u32::MAX)));
    }
    match c {
        '0'..='9' => Some((1, c.into())),
        'a'..='z' | 'A'..='Z' => Some((2, c.to_ascii_lowercase().into())),
        c if c.is_control() => None,
        c => Some((3, c.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_node_does() {
        // As sorted by Node 20 with `localeCompare`.
        let sorted = [
            "",
            "_a",
            "-a",
            ":a",
            ".a",
            "/a",
            "1",
            "10",
            "2",
            "a",
            "A",
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
            "maintainer",
            "org.opencontainers.image.ref.name",
            "org.opencontainers.image.revision",
            "Z",
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        shuffled.sort_by(|a, b| compare(a, b));
        assert_eq!(shuffled, sorted);
    }
}
