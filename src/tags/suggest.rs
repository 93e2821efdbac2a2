//! Finds the legal word that a mistyped one was meant to be.

/// The word at the smallest distance, if that is small enough to be a slip, or the first that is part of what was written.
pub(super) fn nearest(found: &str, words: &[&'static str]) -> Option<&'static str> {
    let found = found.to_lowercase();
    let length = found.chars().count();
    let rated = words.iter().map(|word| (distance(&found, word), *word));
    let slip = |(distance, word): &(usize, &str)| *distance <= 1.max(word.len().min(length) / 3);
    let slips = rated.filter(slip).filter(|_| length > 1);
    let part = |word: &&&str| {
        word.len() > 2 && found.contains(**word) || length > 2 && word.contains(found.as_str())
    };
    let slip = slips
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word);
    slip.or_else(|| words.iter().find(part).copied())
}

/// How many letters must be added, dropped, changed or swapped with the next one.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = rows[i][j] + usize::from(x != y);
            let mut best = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        let types = [
            "schedule", "semver", "pep440", "match", "edge", "ref", "raw", "sha",
        ];
        for (found, expected) in [
            ("semvre", Some("semver")),
            ("sem", Some("semver")),
            ("Semver", Some("semver")),
            ("pep-440", Some("pep440")),
            ("schedlue", Some("schedule")),
            ("rfe", Some("ref")),
            ("branch", None),
            ("", None),
            ("calver", None),
        ] {
            assert_eq!(nearest(found, &types), expected, "{found}");
        }
    }
}
