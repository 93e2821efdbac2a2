//! Reads an input that is a list: lines, comments, quotes.

use super::csv::{self, Dialect};
use super::error::{Error, Reason};
use super::js;

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The line it starts on, from 1.
    pub(super) line: usize,
    /// Its text, quotes resolved, trimmed.
    pub(super) text: String,
}

/// The entries of an input.
pub(super) fn items(input: &'static str, text: &str) -> Result<Vec<Item>, Error> {
    let dialect = Dialect {
        relaxed: true,
        comments: true,
    };
    let records = csv::parse(js::trim(text), dialect).map_err(|why| Error {
        input,
        line: None,
        text: String::new(),
        reason: Reason::Syntax(why),
    })?;
    let item = |record: csv::Record| Item {
        line: record.line,
        text: record.fields.join(","),
    };
    let items = records
        .into_iter()
        .map(item)
        .filter(|item| !item.text.is_empty());
    let trim = |item: Item| Item {
        text: js::trim(&item.text).into(),
        ..item
    };
    Ok(items.map(trim).collect())
}

/// The fields of an entry: a second reading, in which a stray quote is an error.
pub(super) fn fields(input: &'static str, item: &Item) -> Result<Vec<String>, Error> {
    let dialect = Dialect {
        relaxed: false,
        comments: false,
    };
    let records = csv::parse(&item.text, dialect);
    let records = records.map_err(|why| Error::at(input, item, Reason::Syntax(why)))?;
    let first = records.into_iter().next();
    let first = first.ok_or_else(|| Error::at(input, item, Reason::Blank))?;
    Ok(first.fields)
}

/// `key=value`, both trimmed; `None` where there is no `=`, and for what follows a second one.
pub(super) fn pair(field: &str) -> Option<(String, &str)> {
    let mut parts = field.split('=').map(js::trim);
    let key = parts.next()?.to_lowercase();
    Some((key, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        items("tags", text)
            .unwrap()
            .into_iter()
            .map(|item| item.text)
            .collect()
    }

    #[test]
    fn reads_lists_as_there() {
        let rows: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("a", &["a"]),
            ("a,b\nc", &["a,b", "c"]),
            ("a\r\nb", &["a", "b"]),
            ("a\rb", &["a", "b"]),
            ("\n\n a \n\n\n b\n", &["a", "b"]),
            ("# no\na # yes\n  # kept", &["a # yes", "# kept"]),
            ("\"a,b\",c", &["a,b,c"]),
            ("\"a\"\"b\"", &["a\"b"]),
            ("\"a\"b", &["\"a\"b"]),
            ("a=\"x, y\"", &["a=\"x, y\""]),
            ("\"a\nb\"\nc", &["a\nb", "c"]),
            ("a\r\nb\nc", &["a", "b\nc"]),
            ("\"\"\na", &["a"]),
        ];
        for (text, expected) in rows {
            assert_eq!(texts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn knows_the_lines() {
        let lines = |text| {
            items("tags", text)
                .unwrap()
                .into_iter()
                .map(|item| item.line)
                .collect::<Vec<_>>()
        };
        assert_eq!(lines("a\n\n# c\nb\n\"x\ny\"\nz"), [1, 4, 5, 7]);
    }

    #[test]
    fn refuses_stray_quotes_in_entries_only() {
        let item = |text: &str| Item {
            line: 3,
            text: text.into(),
        };
        assert_eq!(fields("tags", &item("a=\"b\"")).unwrap_err().line, Some(3));
        assert!(fields("tags", &item("\"a\"b")).is_err());
        assert!(fields("tags", &item("\"a")).is_err());
        assert_eq!(fields("tags", &item("")).unwrap_err().reason, Reason::Blank);
        assert_eq!(fields("tags", &item("\"a,b\",c")).unwrap(), ["a,b", "c"]);
        assert!(items("tags", "\"a").is_err());
    }
}
