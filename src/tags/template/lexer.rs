//! Cuts a template into tokens, state by state, as handlebars.js does.

use crate::tags::js::is_space;

/// A template that can't be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Content,
    Comment,
    Open,
    OpenUnescaped,
    OpenBlock,
    OpenInverse,
    OpenInverseChain,
    Inverse,
    OpenEnd,
    OpenPartial,
    OpenRaw,
    CloseRaw,
    EndRaw,
    Close,
    CloseUnescaped,
    OpenCall,
    CloseCall,
    OpenBlockParams,
    CloseBlockParams,
    Equals,
    Separator,
    At,
    Id,
    Text,
    Number,
    Bool,
    Undefined,
    Null,
    End,
}

/// A token: its kind and its text, quotes and escapes resolved.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Mustache,
    Escaped,
    Comment,
    Raw,
}

/// All tokens of a template, the last one being `End`.
pub(super) fn tokens(source: &str) -> Result<Vec<Token>, Failure> {
    let mut lexer = Lexer {
        rest: source,
        states: Vec::new(),
        tokens: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    rest: &'s str,
    states: Vec<State>,
    tokens: Vec<Token>,
}

impl<'s> Lexer<'s> {
    fn run(&mut self) -> Result<(), Failure> {
        while !self.rest.is_empty() {
            match self.states.last() {
                None => self.content(),
                Some(State::Mustache) => self.mustache()?,
                Some(State::Escaped) => self.escaped(),
                Some(State::Comment) => self.long_comment()?,
                Some(State::Raw) => self.raw()?,
            }
        }
        if matches!(self.states.last(), Some(State::Raw | State::Comment)) {
            return Err(Failure("it ends too early".into()));
        }
        self.push(Kind::End, "");
        Ok(())
    }

    fn push(&mut self, kind: Kind, text: impl Into<String>) {
        let text = text.into();
        self.tokens.push(Token { kind, text });
    }

    fn take(&mut self, length: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn content(&mut self) {
        let Some(end) = self.rest.find("{{") else {
            let text = self.take(self.rest.len());
            return self.push(Kind::Content, text);
        };
        let text = self.take(end);
        let (text, state) = if let Some(text) = text.strip_suffix("\\\\") {
            (format!("{text}\\"), State::Mustache)
        } else if let Some(text) = text.strip_suffix('\\') {
            (text.to_owned(), State::Escaped)
        } else {
            (text.to_owned(), State::Mustache)
        };
        self.states.push(state);
        if !text.is_empty() {
            self.push(Kind::Content, text);
        }
    }

    /// After a backslash the next mustache is text, up to the one that follows it.
    fn escaped(&mut self) {
        let stop = |at: &usize| {
            let rest = &self.rest[*at..];
            ["{{", "\\{{", "\\\\{{"]
                .iter()
                .any(|stop| rest.starts_with(stop))
        };
        let mut starts = self.rest.char_indices().skip(2).map(|(at, _)| at);
        let end = starts.find(stop).unwrap_or(self.rest.len());
        let text = self.take(end);
        self.states.pop();
        self.push(Kind::Content, text);
    }

    fn long_comment(&mut self) -> Result<(), Failure> {
        let ends = ["--}}", "--~}}"].map(|end| self.rest.find(end).map(|at| at + end.len()));
        let end = ends.into_iter().flatten().min();
        let end = end.ok_or_else(|| Failure("a comment does not end".into()))?;
        let text = self.take(end);
        self.states.pop();
        self.push(Kind::Comment, text);
        Ok(())
    }

    fn raw(&mut self) -> Result<(), Failure> {
        if self.rest.starts_with("{{{{") && !self.rest[4..].starts_with('/') && self.rest.len() > 4
        {
            let text = self.take(4);
            self.states.push(State::Raw);
            self.push(Kind::Content, text);
            return Ok(());
        }
        if let Some(name) = self.end_of_raw() {
            let text = self.take(name + 9);
            self.states.pop();
            if self.states.last() == Some(&State::Raw) {
                self.push(Kind::Content, text);
            } else {
                self.push(Kind::EndRaw, &text[5..5 + name]);
            }
            return Ok(());
        }
        let next = self.rest.char_indices().skip(1).map(|(at, _)| at);
        let mut ends = next.filter(|at| self.rest[*at..].starts_with("{{{{"));
        let end = ends
            .next()
            .ok_or_else(|| Failure("a raw block does not end".into()))?;
        let text = self.take(end);
        self.push(Kind::Content, text);
        Ok(())
    }

    /// The length of the name in `{{{{/name}}}}`, if that comes next.
    fn end_of_raw(&self) -> Option<usize> {
        let name = self.rest.strip_prefix("{{{{/")?;
        let length = name.find(|c| !is_name(c))?;
        let closes = length > 0 && name[length..].starts_with("}}}}");
        closes.then_some(length)
    }

    fn mustache(&mut self) -> Result<(), Failure> {
        if let Some(token) = punctuation(self.rest) {
            return self.open_or_close(token);
        }
        let length = self.rest.len() - self.rest.trim_start_matches(is_space).len();
        if length > 0 {
            self.take(length);
            return Ok(());
        }
        let (kind, length, text) = word(self.rest)
            .ok_or_else(|| Failure(format!("{:?} is not expected", self.rest.chars().next())))?;
        self.take(length);
        self.push(kind, text);
        Ok(())
    }

    fn open_or_close(&mut self, (kind, length): (Kind, usize)) -> Result<(), Failure> {
        if kind == Kind::Comment && self.rest[..length].ends_with("--") {
            self.states.pop();
            self.states.push(State::Comment);
            return Ok(());
        }
        let length = if kind == Kind::Comment {
            let end = self.rest.find("}}").map(|end| end + 2);
            end.ok_or_else(|| Failure("a comment does not end".into()))?
        } else {
            length
        };
        let text = self.take(length);
        match kind {
            Kind::Close | Kind::CloseUnescaped | Kind::Inverse | Kind::Comment => {
                self.states.pop();
            }
            Kind::CloseRaw => {
                self.states.pop();
                self.states.push(State::Raw);
            }
            _ => {}
        }
        self.push(kind, text);
        Ok(())
    }
}

/// Whether a character can be part of a plain name.
fn is_name(c: char) -> bool {
    !is_space(c)
        && !matches!(c, '!' | '"' | '#' | '%'..=',' | '.' | '/' | ';'..='>' | '@' | '['..='^' | '`' | '{'..='~')
}

/// The first of handlebars.js's rules for braces and brackets that fits here; their order is its order.
fn punctuation(rest: &str) -> Option<(Kind, usize)> {
    let first = match rest.as_bytes().first()? {
        b'(' => Some((Kind::OpenCall, 1)),
        b')' => Some((Kind::CloseCall, 1)),
        b'|' => Some((Kind::CloseBlockParams, 1)),
        b'=' => Some((Kind::Equals, 1)),
        b'{' if rest.starts_with("{{{{") => Some((Kind::OpenRaw, 4)),
        b'{' => opening(rest),
        b'}' if rest.starts_with("}}}}") => Some((Kind::CloseRaw, 4)),
        b'}' if rest.starts_with("}}}") => Some((Kind::CloseUnescaped, 3)),
        b'}' if rest.starts_with("}~}}") => Some((Kind::CloseUnescaped, 4)),
        b'}' if rest.starts_with("}}") => Some((Kind::Close, 2)),
        b'~' if rest.starts_with("~}}") => Some((Kind::Close, 3)),
        _ => None,
    };
    first.or_else(|| block_params(rest))
}

fn block_params(rest: &str) -> Option<(Kind, usize)> {
    let after = rest.strip_prefix("as")?;
    let bar = after.trim_start_matches(is_space);
    let spaced = bar.len() < after.len() && bar.starts_with('|');
    spaced.then(|| (Kind::OpenBlockParams, rest.len() - bar.len() + 1))
}

fn opening(rest: &str) -> Option<(Kind, usize)> {
    let inside = rest.strip_prefix("{{")?;
    let tilde = usize::from(inside.starts_with('~'));
    let inside = &inside[tilde..];
    let length = 2 + tilde;
    let plain = match inside.as_bytes().first() {
        Some(b'>' | b'*') => Some((Kind::OpenPartial, 1)),
        Some(b'#') if inside.starts_with("#>") || inside.starts_with("#*") => {
            Some((Kind::OpenPartial, 2))
        }
        Some(b'#') => Some((Kind::OpenBlock, 1)),
        Some(b'/') => Some((Kind::OpenEnd, 1)),
        Some(b'{') => Some((Kind::OpenUnescaped, 1)),
        Some(b'&') => Some((Kind::Open, 1)),
        Some(b'!') if inside.starts_with("!--") => Some((Kind::Comment, 3)),
        Some(b'!') => Some((Kind::Comment, 1)),
        _ => None,
    };
    let (kind, more) = plain.or_else(|| inverse(inside)).unwrap_or((Kind::Open, 0));
    Some((kind, length + more))
}

/// `^` and `else`, alone or with a condition.
fn inverse(inside: &str) -> Option<(Kind, usize)> {
    let closes = |rest: &str| {
        let rest = rest.trim_start_matches(is_space);
        let rest = rest.strip_prefix('~').unwrap_or(rest);
        rest.strip_prefix("}}")
            .map(|rest| inside.len() - rest.len())
    };
    if let Some(rest) = inside.strip_prefix('^') {
        return Some(closes(rest).map_or((Kind::OpenInverse, 1), |length| (Kind::Inverse, length)));
    }
    let rest = inside.trim_start_matches(is_space).strip_prefix("else")?;
    if let Some(length) = closes(rest) {
        return Some((Kind::Inverse, length));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!rest.starts_with(word)).then(|| (Kind::OpenInverseChain, inside.len() - rest.len()))
}

/// A name, a literal or a separator: its kind, its length and its text.
fn word(rest: &str) -> Option<(Kind, usize, String)> {
    let first = rest.chars().next()?;
    match first {
        '"' | '\'' => return quoted(rest, first),
        '@' => return Some((Kind::At, 1, "@".into())),
        '.' if rest.starts_with("..") => return Some((Kind::Id, 2, "..".into())),
        '.' if rest[1..].starts_with(ends_name) => return Some((Kind::Id, 1, ".".into())),
        '.' | '/' => return Some((Kind::Separator, 1, first.into())),
        '[' => return bracketed(rest),
        _ => {}
    }
    let length = rest.find(|c| !is_name(c)).filter(|length| *length > 0)?;
    let (name, after) = rest.split_at(length);
    if after.starts_with(ends_literal)
        && let Some(kind) = literal(name)
    {
        return Some((kind, length, name.into()));
    }
    if let Some(length) = number(rest) {
        return Some((Kind::Number, length, rest[..length].into()));
    }
    let kind = after.starts_with(ends_name).then_some(Kind::Id)?;
    Some((kind, length, name.into()))
}

fn literal(name: &str) -> Option<Kind> {
    match name {
        "true" | "false" => Some(Kind::Bool),
        "undefined" => Some(Kind::Undefined),
        "null" => Some(Kind::Null),
        _ => None,
    }
}

fn number(rest: &str) -> Option<usize> {
    let digits = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let sign = usize::from(rest.starts_with('-'));
    let whole = digits(&rest[sign..]);
    let end = sign + whole;
    let fraction = rest[end..].strip_prefix('.').map_or(0, digits);
    let ends = [
        if fraction > 0 {
            end + 1 + fraction
        } else {
            end
        },
        end,
    ];
    let fits = |end: &usize| rest[*end..].starts_with(ends_literal);
    ends.into_iter().find(fits).filter(|_| whole > 0)
}

fn ends_literal(c: char) -> bool {
    is_space(c) || matches!(c, '~' | '}' | ')')
}

fn ends_name(c: char) -> bool {
    ends_literal(c) || matches!(c, '=' | '/' | '.' | '|')
}

fn quoted(rest: &str, quote: char) -> Option<(Kind, usize, String)> {
    let mut escaped = false;
    let mut ends = rest.char_indices().skip(1).filter(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\';
        ends
    });
    // A quote after a backslash ends the text only where no other does, as a backtracking match has it.
    let end = match ends.next() {
        Some((end, _)) => end,
        None => rest.rfind(quote).filter(|end| *end > 0)?,
    };
    let text = rest[1..end].replace(&format!("\\{quote}"), &quote.to_string());
    Some((Kind::Text, end + 1, text))
}

fn bracketed(rest: &str) -> Option<(Kind, usize, String)> {
    let mut escaped = false;
    let mut ends = rest.char_indices().skip(1).filter(|(_, c)| {
        let ends = *c == ']' && !escaped;
        escaped = *c == '\\';
        ends
    });
    let end = match ends.next() {
        Some((end, _)) => end,
        None => rest.rfind(']')?,
    };
    Some((Kind::Id, end + 1, unescape(&rest[..=end])))
}

/// Drops the backslash before a backslash or a closing bracket.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(&next) if c == '\\' && matches!(next, '\\' | ']') => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}
