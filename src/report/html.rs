use std::fmt::Write;

/// Text that others wrote, as text and nothing else, in HTML and in Markdown alike.
///
/// Markup characters of both become entities; line ends and what can't be seen (control characters, marks that turn
/// the writing direction) become spaces, since an empty line would end the HTML block and let Markdown in again.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '\\' | '#' | '$' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_control() || is_invisible(c) => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Zero-width and bidirectional marks: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// In code, so that GitHub neither links nor mentions nor shows an emoji for what is in it.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Several lines as code, each escaped.
pub(super) fn code_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(code).collect();
    lines.join("<br>")
}

/// Sentences of ours, which put names in backquotes: those become code, all is escaped.
pub(super) fn prose(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(prose_line).collect();
    lines.join("<br>")
}

fn prose_line(line: &str) -> String {
    let parts: Vec<_> = line.split('`').collect();
    if parts.len() % 2 == 0 {
        return escape(line);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => escape(part),
        _ => code(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// An element around something that is HTML already.
pub(super) fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// A table's row of cells that are HTML already.
pub(super) fn row(cell: &str, cells: impl IntoIterator<Item = String>) -> String {
    let cells: String = cells
        .into_iter()
        .map(|inner| element(cell, &inner))
        .collect();
    element("tr", &cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        assert_eq!(escape("ghcr.io/a/b-c:v1.2"), "ghcr.io/a/b-c:v1.2");
        assert_eq!(
            escape("<b>&\"'`*_[x](y)|~\\#$"),
            "&lt;b&gt;&amp;&quot;&#39;&#96;&#42;&#95;&#91;x&#93;(y)&#124;&#126;&#92;&#35;&#36;"
        );
        assert_eq!(escape("a\r\n\n# b\u{202e}\u{1b}[m"), "a   &#35; b  &#91;m");
        assert_eq!(
            prose("a `<b>` c\nd `e"),
            "a <code>&lt;b&gt;</code> c<br>d &#96;e"
        );
        assert_eq!(code_lines("a\n<"), "<code>a</code><br><code>&lt;</code>");
    }
}
