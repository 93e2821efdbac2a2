//! Log lines that can't be taken for workflow commands, whatever is in them.

/// The lines of a text, each of them safe to print.
///
/// The runner takes `::name::` at a line's start and `##[name]` anywhere in it for a command. Its search for them skips
/// characters that have no width, so that what breaks a command up has to be visible.
/// <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> {
    // Windows' line ends, and the lone return the runner ends a line at as well.
    let lines = text.split('\n').flat_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r')
    });
    lines.map(line)
}

fn line(text: &str) -> String {
    let visible: String = text.chars().map(Shown).map(String::from).collect();
    let broken = break_old_commands(&visible);
    if starts_like_a_command(&broken) {
        format!("| {broken}")
    } else {
        broken
    }
}

/// A character, or its number where it can't be seen: control characters would act on terminals, others hide.
struct Shown(char);

impl From<Shown> for String {
    fn from(Shown(c): Shown) -> Self {
        // What Rust itself finds fit to be printed, but not its escapes for what is special in its strings.
        let escaped = c.escape_debug();
        if matches!(c, '\t' | '\\' | '"' | '\'') || escaped.len() == 1 {
            c.to_string()
        } else {
            c.escape_unicode().to_string()
        }
    }
}

/// Whether nothing but white space and characters that may have no width come before `::`, or between its colons.
fn starts_like_a_command(line: &str) -> bool {
    let mut ascii = line.chars().filter(|c| c.is_ascii() && !c.is_whitespace());
    ascii.next() == Some(':') && ascii.next() == Some(':')
}

fn break_old_commands(line: &str) -> String {
    let mut broken = String::with_capacity(line.len());
    let mut hashes = 0;
    for c in line.chars() {
        match c {
            '#' => hashes += 1,
            '[' if hashes >= 2 => broken.push(' '),
            c if c.is_ascii() => hashes = 0,
            _ => {}
        }
        broken.push(c);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_lines(text: &str, expected: &[&str]) {
        assert_eq!(lines(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn harmless_lines_stay_as_they_are() {
        for text in [
            "",
            "pushing a::b:c",
            r#"{"errors":["a\b"]}"#,
            "é 🎉 日本",
            "# [x]",
            "a\tb",
        ] {
            assert_lines(text, &[text]);
        }
    }

    #[test]
    fn commands_are_broken_up_visibly() {
        assert_lines("::error::x", &["| ::error::x"]);
        assert_lines(
            " \t::set-output name=a::b",
            &["|  \t::set-output name=a::b"],
        );
        assert_lines("a ##[error]x", &["a ## [error]x"]);
        assert_lines("###[group]", &["### [group]"]);
    }

    #[test]
    fn what_has_no_width_is_no_way_around() {
        assert_lines("\u{200b}::error::x", &["\\u{200b}::error::x"]);
        assert_lines(":\u{ad}:error::x", &[":\\u{ad}:error::x"]);
        // A filler that counts as a letter: https://www.unicode.org/charts/PDF/U3130.pdf
        assert_lines("\u{3164}:\u{3164}:x", &["| \u{3164}:\u{3164}:x"]);
        assert_lines("#\u{3164}#\u{3164}[x]", &["#\u{3164}#\u{3164} [x]"]);
    }

    #[test]
    fn line_ends_of_every_kind_start_a_new_line() {
        assert_lines("a\r\nb\n::c::\rd", &["a", "b", "| ::c::", "d"]);
        assert_lines("\u{1b}[31mred\0", &["\\u{1b}[31mred\\u{0}"]);
    }
}
