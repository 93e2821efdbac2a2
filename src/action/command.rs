//! Workflow commands, as text: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

/// The runner cuts a message here.
pub(super) const MAX_MESSAGE: usize = 4096;

/// A kind of annotation; a step keeps ten of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Red.
    Error,
    /// Yellow.
    Warning,
}

/// An annotation with a title, cut to the length that is shown.
pub(super) fn annotation(level: Level, title: &str, message: &str) -> String {
    let name = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let title = escape_property(title);
    let message = escape_data(&cut(message));
    format!("::{name} title={title}::{message}")
}

/// A line that only shows with step debug logging on.
pub(super) fn debug(message: &str) -> String {
    format!("::debug::{}", escape_data(message))
}

/// Opens a group.
pub(super) fn group(title: &str) -> String {
    format!("::group::{}", escape_data(title))
}

/// Closes the group.
pub(super) const END_GROUP: &str = "::endgroup::";

/// Hides a text from here on, all of its lines in one command: the runner would print what follows a line end.
pub(super) fn mask(secret: &str) -> String {
    format!("::add-mask::{}", escape_data(secret))
}

/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

fn cut(message: &str) -> String {
    const END: &str = " … (the log has it all)";
    // The runner counts UTF-16 code units; bytes are never fewer.
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    let mut end = MAX_MESSAGE - END.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{END}", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_properties_are_escaped_as_the_toolkit_does() {
        assert_eq!(
            annotation(Level::Error, "a: b, c%", "100 %\r\n::error::x"),
            "::error title=a%3A b%2C c%25::100 %25%0D%0A::error::x"
        );
        assert_eq!(
            annotation(Level::Warning, "t", "a:b,c"),
            "::warning title=t::a:b,c"
        );
        assert_eq!(debug("a\nb"), "::debug::a%0Ab");
        assert_eq!(group("a\nb"), "::group::a%0Ab");
        assert_eq!(mask("a%\nb"), "::add-mask::a%25%0Ab");
    }

    #[test]
    fn long_messages_are_cut_where_a_character_ends() {
        let said = annotation(Level::Error, "t", &"é".repeat(3000));
        let message = said.strip_prefix("::error title=t::").unwrap();
        assert!(message.len() <= MAX_MESSAGE && message.len() > MAX_MESSAGE - 4);
        assert!(message.ends_with("é … (the log has it all)"));
        assert_eq!(cut(&"a".repeat(4096)).len(), 4096);
    }
}
