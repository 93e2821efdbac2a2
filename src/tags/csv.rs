//! Comma-separated values, as the npm package csv-parse reads them for docker/metadata-action.
//!
//! The `csv` crate has no relaxed quotes in csv-parse's sense (`"a"b` keeps its quotes there), no errors for stray quotes and no
//! comments that must start a line.

/// What the two readings of an input differ in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    /// Whether a quote inside a field is text; else it is an error.
    pub(super) relaxed: bool,
    /// Whether a line that starts with `#` is a comment.
    pub(super) comments: bool,
}

/// One record and the line it starts on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
}

/// All records, empty lines left out.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Vec<Record>, String> {
    let mut reader = Reader {
        dialect,
        delimiter: None,
        line: 1,
        start: 1,
        field: String::new(),
        record: Vec::new(),
        records: Vec::new(),
        quoting: false,
        was_quoting: false,
        commenting: false,
    };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = reader.step(c, rest)?;
        reader.line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    reader.finish()
}

struct Reader {
    dialect: Dialect,
    /// The first line ending that is met decides for the whole text.
    delimiter: Option<&'static str>,
    line: usize,
    start: usize,
    field: String,
    record: Vec<String>,
    records: Vec<Record>,
    quoting: bool,
    was_quoting: bool,
    commenting: bool,
}

impl Reader {
    /// Takes the next character, or as many as belong together; returns how many bytes that were.
    fn step(&mut self, c: char, rest: &str) -> Result<usize, String> {
        if self.blank() && !self.quoting {
            self.start = self.line;
        }
        if !self.quoting {
            self.discover(rest);
        }
        if self.quoting && rest.starts_with("\"\"") {
            self.field.push('"');
            return Ok(2);
        }
        if c == '"' && !self.commenting && self.quote(rest)? {
            return Ok(1);
        }
        if !self.quoting {
            let ending = self.delimiter.filter(|ending| rest.starts_with(ending));
            if let Some(ending) = ending {
                self.end_of_line();
                return Ok(ending.len());
            }
            if self.commenting || self.starts_comment(c) {
                self.commenting = true;
                return Ok(c.len_utf8());
            }
            if c == ',' {
                self.end_of_field();
                return Ok(1);
            }
        }
        self.field.push(c);
        Ok(c.len_utf8())
    }

    fn blank(&self) -> bool {
        !self.was_quoting && self.record.is_empty() && self.field.is_empty()
    }

    fn starts_comment(&self, c: char) -> bool {
        self.dialect.comments && c == '#' && self.record.is_empty() && self.field.is_empty()
    }

    fn discover(&mut self, rest: &str) {
        let endings = ["\r\n", "\n", "\r"];
        let found = endings.into_iter().find(|ending| rest.starts_with(ending));
        self.delimiter = self.delimiter.or(found);
    }

    /// A quote: returns whether it only opened or closed a field and is no text itself.
    fn quote(&mut self, rest: &str) -> Result<bool, String> {
        if self.quoting {
            let after = &rest[1..];
            self.discover(after);
            let line_ends = self
                .delimiter
                .is_some_and(|ending| after.starts_with(ending));
            let comment = self.dialect.comments && after.starts_with('#');
            if after.is_empty() || after.starts_with(',') || line_ends || comment {
                self.quoting = false;
                self.was_quoting = true;
                return Ok(true);
            }
            if !self.dialect.relaxed {
                let next = after.chars().next().unwrap_or_default();
                return Err(format!("{next:?} follows a closing quote"));
            }
            self.quoting = false;
            self.was_quoting = true;
            self.field.insert(0, '"');
            return Ok(false);
        }
        if self.field.is_empty() {
            self.quoting = true;
            return Ok(true);
        }
        if self.dialect.relaxed {
            return Ok(false);
        }
        Err(format!("a quote stands inside {:?}", self.field))
    }

    fn end_of_line(&mut self) {
        if !self.blank() {
            self.end_of_field();
            self.end_of_record();
        }
        self.commenting = false;
    }

    fn end_of_field(&mut self) {
        self.record.push(std::mem::take(&mut self.field));
        self.was_quoting = false;
    }

    fn end_of_record(&mut self) {
        self.records.push(Record {
            line: self.start,
            fields: std::mem::take(&mut self.record),
        });
    }

    fn finish(mut self) -> Result<Vec<Record>, String> {
        if self.quoting {
            return Err(format!("the quote on line {} is never closed", self.start));
        }
        if !self.blank() {
            self.end_of_field();
            self.end_of_record();
        }
        Ok(self.records)
    }
}
