//! What a template is made of, once read.

/// A run of statements: a whole template, or one arm of a block.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(super) body: Vec<Node>,
    pub(super) block_params: Vec<String>,
    /// Whether this is the arm of an `{{else if}}`.
    pub(super) chained: bool,
}

/// One statement.
#[derive(Debug)]
pub(super) enum Node {
    Content(Content),
    Mustache {
        call: Call,
        escaped: bool,
        strip: Strip,
    },
    Block(Box<Block>),
    Comment(Strip),
}

/// Text that stands for itself.
#[derive(Debug)]
pub(super) struct Content {
    /// As written: white-space control looks at this.
    pub(super) original: String,
    /// As printed, after white-space control.
    pub(super) value: String,
    pub(super) left_stripped: bool,
    pub(super) right_stripped: bool,
}

/// Which sides of a tag carry a `~`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strip {
    pub(super) open: bool,
    pub(super) close: bool,
}

/// `{{#name …}} program {{else}} inverse {{/name}}`.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) call: Call,
    pub(super) program: Option<Program>,
    pub(super) inverse: Option<Program>,
    pub(super) open: Strip,
    pub(super) middle: Strip,
    pub(super) close: Strip,
}

/// A name with parameters: a look-up or a helper's call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: Path,
    pub(super) params: Vec<Param>,
    pub(super) hash: Vec<(String, Param)>,
}

/// One parameter of a call.
#[derive(Debug)]
pub(super) enum Param {
    Path(Path),
    Call(Box<Call>),
    Text(String),
    Number(f64),
    Bool(bool),
    Undefined,
    Null,
}

/// Where a value is looked up.
#[derive(Debug)]
pub(super) struct Path {
    /// Whether it began with `@`.
    pub(super) data: bool,
    /// How many `..` it began with.
    pub(super) depth: usize,
    pub(super) parts: Vec<String>,
    pub(super) original: String,
    /// Whether a literal stands where a name is expected, as in `{{"name"}}`.
    pub(super) literal: bool,
}

impl Path {
    /// Whether the path says itself which context it means, by a leading dot or a `this`.
    pub(super) fn scoped(&self) -> bool {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let ends = |(at, _): (usize, &str)| !self.original[at + 4..].starts_with(word);
        self.original.starts_with('.') || self.original.match_indices("this").any(ends)
    }

    /// Whether the path is one plain name.
    pub(super) fn simple(&self) -> bool {
        self.parts.len() == 1 && self.depth == 0 && !self.scoped()
    }
}
