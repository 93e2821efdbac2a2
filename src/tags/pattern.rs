//! Regular expressions with JavaScript's meaning, on UTF-16 as there.

use regress::{Flags, Regex};

use super::error::Reason;

/// What `text.match(pattern)` gives: the match and its groups, or all matches of a global expression.
pub(super) type Groups = Vec<Option<String>>;

/// `text.match(new RegExp(source, flags))`.
pub(super) fn find(source: &str, flags: &str, text: &str) -> Result<Option<Groups>, Reason> {
    let regex = compile(source, flags)?;
    let units: Vec<u16> = text.encode_utf16().collect();
    let unicode = flags.contains(['u', 'v']);
    let matches: Box<dyn Iterator<Item = regress::Match>> = if unicode {
        Box::new(regex.find_from_utf16(&units, 0))
    } else {
        Box::new(regex.find_from_ucs2(&units, 0))
    };
    let sticky = flags.contains('y');
    if flags.contains('g') {
        return Ok(all(matches, sticky, &units));
    }
    let mut matches = matches.filter(|found| !sticky || found.start() == 0);
    let groups = matches.next().map(|found| {
        let groups = found.groups();
        groups
            .map(|range| range.map(|range| String::from_utf16_lossy(&units[range])))
            .collect()
    });
    Ok(groups)
}

fn all(
    matches: impl Iterator<Item = regress::Match>,
    sticky: bool,
    units: &[u16],
) -> Option<Groups> {
    let mut found = Vec::new();
    let mut end = 0;
    for each in matches {
        if sticky && each.start() != end {
            break;
        }
        end = each.end();
        found.push(Some(String::from_utf16_lossy(&units[each.range()])));
    }
    (!found.is_empty()).then_some(found)
}

/// Splits `/source/flags`; a pattern that is not so written has no flags.
pub(super) fn split(pattern: &str) -> (&str, &str) {
    let line_end = |text: &str| text.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
    match pattern
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
    {
        Some((source, flags)) if !source.is_empty() && !line_end(pattern) => (source, flags),
        _ => (pattern, ""),
    }
}

fn compile(source: &str, flags: &str) -> Result<Regex, Reason> {
    let bad = |why: String| Reason::Pattern {
        pattern: source.into(),
        why,
    };
    let twice = |(at, flag): (usize, char)| flags[..at].contains(flag);
    if flags.contains(|flag| !"dgimsuvy".contains(flag))
        || flags.char_indices().any(twice)
        || (flags.contains('u') && flags.contains('v'))
    {
        return Err(bad(format!(
            "{flags:?} are no flags of a JavaScript regular expression"
        )));
    }
    let parsed = Flags::from(flags);
    let regex = if parsed.unicode || parsed.unicode_sets {
        Regex::from_unicode(source.chars().map(u32::from), parsed)
    } else {
        Regex::from_unicode(source.encode_utf16().map(u32::from), parsed)
    };
    regex.map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_javascript_does() {
        let rows: [(&str, &str, &[Option<&str>]); 14] = [
            (r"\d.\d.\d", "v1.2.3", &[Some("1.2.3")]),
            ("v(.*)", "v1.2.3", &[Some("v1.2.3"), Some("1.2.3")]),
            ("/V(\\d+)/i", "v12", &[Some("v12"), Some("12")]),
            ("/\\d/g", "1.2", &[Some("1"), Some("2")]),
            ("/(a)|(b)/", "b", &[Some("b"), None, Some("b")]),
            ("/b/y", "ab", &[]),
            ("/a|b/gy", "abcab", &[Some("a"), Some("b")]),
            ("(?<=v)\\d", "v1", &[Some("1")]),
            ("^(?!v0)v", "v0", &[]),
            ("(?<x>\\d)\\k<x>", "122", &[Some("22"), Some("2")]),
            ("/./u", "😀", &[Some("😀")]),
            (".", "😀", &[Some("\u{fffd}")]),
            ("/", "a/b", &[Some("/")]),
            ("", "x", &[Some("")]),
        ];
        for (pattern, text, expected) in rows {
            let (source, flags) = split(pattern);
            let found = find(source, flags, text).unwrap().unwrap_or_default();
            let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
            assert_eq!(found, expected, "{pattern} {text}");
        }
    }

    #[test]
    fn refuses_what_javascript_refuses() {
        for (source, flags) in [
            ("(", ""),
            ("[", ""),
            ("*", ""),
            ("a", "q"),
            ("a", "gg"),
            ("a", "uv"),
            ("\\", ""),
        ] {
            assert!(find(source, flags, "a").is_err(), "{source} {flags}");
        }
    }
}
