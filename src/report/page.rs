use super::html::element;

/// GitHub takes 1 MiB a step and shows nothing at all of a larger summary; what is left is for closing it.
const LIMIT: usize = 1024 * 1024 - 4096;

/// A page of HTML blocks that never grows beyond the limit, and says what it left out.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    /// Adds a block of its own; left out if it is too large.
    pub(super) fn block(&mut self, html: &str) {
        if self.push_line(html) {
            self.text.push('\n');
        } else {
            self.left_out += 1;
        }
    }

    /// Adds a table with as many of the rows as there is room for.
    pub(super) fn table(&mut self, heading: &str, rows: impl Iterator<Item = String>) {
        let mut is_open = self.push_line(&format!("<table>\n{heading}"));
        let had_opened = is_open;
        for row in rows {
            is_open = is_open && self.push_line(&row);
            self.left_out += usize::from(!is_open);
        }
        if had_opened {
            self.text.push_str("</table>\n\n");
        }
    }

    fn push_line(&mut self, html: &str) -> bool {
        let fits = self.text.len() + html.len() + 2 <= LIMIT;
        if fits {
            self.text.push_str(html);
            self.text.push('\n');
        }
        fits
    }

    /// The page's text.
    pub(super) fn finish(mut self) -> String {
        if self.left_out > 0 {
            let text = format!(
                "✂ {} rows or messages are left out: GitHub shows at most 1 MiB. The log has them all.",
                self.left_out
            );
            self.text.push_str(&element("p", &text));
            self.text.push('\n');
        }
        self.text
    }
}
