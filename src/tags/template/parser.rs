//! Builds the tree of a template from its tokens, by the grammar of handlebars.js.

use super::ast::{Block, Call, Content, Node, Param, Path, Program, Strip};
use super::lexer::{self, Failure, Kind, Token};

/// Deeper than any template a person writes, and shallow enough for any stack.
const DEEPEST: usize = 64;

/// Reads a template, white space as written.
pub(super) fn parse(source: &str) -> Result<Program, Failure> {
    let mut parser = Parser {
        tokens: lexer::tokens(source)?,
        at: 0,
        depth: 0,
    };
    let program = parser.program()?;
    parser.expect(Kind::End)?;
    Ok(program)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// The opening tag of a block, or of an `{{else if}}`.
struct Opening {
    call: Call,
    block_params: Vec<String>,
    strip: Strip,
}

/// What stands between `{{else}}` and the end of a block.
struct Inverse {
    program: Program,
    strip: Strip,
    chain: bool,
}

impl Parser {
    fn kind(&self) -> Kind {
        self.tokens
            .get(self.at)
            .map_or(Kind::End, |token| token.kind)
    }

    fn next(&mut self) -> String {
        let text = self
            .tokens
            .get_mut(self.at)
            .map(|token| std::mem::take(&mut token.text));
        self.at += 1;
        text.unwrap_or_default()
    }

    fn expect(&mut self, kind: Kind) -> Result<String, Failure> {
        if self.kind() == kind {
            return Ok(self.next());
        }
        let found = self
            .tokens
            .get(self.at)
            .map_or("", |token| token.text.as_str());
        Err(Failure(match (self.kind(), kind) {
            (Kind::End, _) => "it ends too early".into(),
            (_, Kind::Close) if !found.is_empty() => {
                format!("{found:?} stands where \"}}}}\" should")
            }
            _ => format!("{found:?} is not expected there"),
        }))
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Failure(format!("it nests deeper than {DEEPEST} levels")));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn program(&mut self) -> Result<Program, Failure> {
        let mut body = Vec::new();
        while let Some(node) = self.statement()? {
            body.push(node);
        }
        Ok(Program {
            body,
            ..Program::default()
        })
    }

    fn statement(&mut self) -> Result<Option<Node>, Failure> {
        let node = match self.kind() {
            Kind::Content => self.content(),
            Kind::Comment => {
                let text = self.next();
                Node::Comment(strip(&text, &text))
            }
            Kind::Open => self.mustache(Kind::Close)?,
            Kind::OpenUnescaped => self.mustache(Kind::CloseUnescaped)?,
            Kind::OpenBlock => self.deeper(Self::block)?,
            Kind::OpenInverse => self.deeper(Self::inverse_block)?,
            Kind::OpenRaw => self.raw_block()?,
            Kind::OpenPartial => {
                return Err(Failure("partials and decorators are not for tags".into()));
            }
            _ => return Ok(None),
        };
        Ok(Some(node))
    }

    fn content(&mut self) -> Node {
        let original = self.next();
        Node::Content(Content {
            value: original.clone(),
            original,
            left_stripped: false,
            right_stripped: false,
        })
    }

    fn mustache(&mut self, close: Kind) -> Result<Node, Failure> {
        let open = self.next();
        let call = self.call()?;
        let close = self.expect(close)?;
        let flag = open.chars().nth(3).or_else(|| open.chars().nth(2));
        Ok(Node::Mustache {
            call,
            escaped: !matches!(flag, Some('{' | '&')),
            strip: strip(&open, &close),
        })
    }

    fn raw_block(&mut self) -> Result<Node, Failure> {
        self.next();
        let call = self.call()?;
        self.expect(Kind::CloseRaw)?;
        let mut program = Program::default();
        while self.kind() == Kind::Content {
            program.body.push(self.content());
        }
        let end = self.expect(Kind::EndRaw)?;
        matching(&call.path.original, &end)?;
        Ok(Node::Block(Box::new(Block {
            call,
            program: Some(program),
            inverse: None,
            open: Strip::default(),
            middle: Strip::default(),
            close: Strip::default(),
        })))
    }

    fn opening(&mut self) -> Result<Opening, Failure> {
        let open = self.next();
        let call = self.call()?;
        let mut block_params = Vec::new();
        if self.kind() == Kind::OpenBlockParams {
            self.next();
            while self.kind() == Kind::Id {
                block_params.push(unbracket(self.next()).0);
            }
            if block_params.is_empty() {
                return Err(Failure("a name is missing between the bars".into()));
            }
            self.expect(Kind::CloseBlockParams)?;
        }
        let close = self.expect(Kind::Close)?;
        Ok(Opening {
            call,
            block_params,
            strip: strip(&open, &close),
        })
    }

    fn block(&mut self) -> Result<Node, Failure> {
        let opening = self.opening()?;
        let mut program = self.program()?;
        let inverse = self.inverse_chain()?;
        let close = self.end_of(&opening)?;
        program.block_params = opening.block_params;
        let (middle, inverse) = finish(inverse, close);
        Ok(Node::Block(Box::new(Block {
            call: opening.call,
            program: Some(program),
            inverse,
            open: opening.strip,
            middle,
            close,
        })))
    }

    fn inverse_block(&mut self) -> Result<Node, Failure> {
        let opening = self.opening()?;
        let mut inverse = self.program()?;
        let program = match self.kind() {
            Kind::Inverse => Some(self.inverse_and_program()?),
            _ => None,
        };
        let close = self.end_of(&opening)?;
        inverse.block_params = opening.block_params;
        let (middle, program) = finish(program, close);
        Ok(Node::Block(Box::new(Block {
            call: opening.call,
            program,
            inverse: Some(inverse),
            open: opening.strip,
            middle,
            close,
        })))
    }

    fn end_of(&mut self, opening: &Opening) -> Result<Strip, Failure> {
        if self.kind() == Kind::End {
            let name = &opening.call.path.original;
            return Err(Failure(format!("{{{{#{name}}}}} is never closed")));
        }
        let open = self.expect(Kind::OpenEnd)?;
        let path = self.name()?;
        let close = self.expect(Kind::Close)?;
        matching(&opening.call.path.original, &path.original)?;
        Ok(strip(&open, &close))
    }

    fn inverse_and_program(&mut self) -> Result<Inverse, Failure> {
        let text = self.next();
        Ok(Inverse {
            program: self.program()?,
            strip: strip(&text, &text),
            chain: false,
        })
    }

    fn inverse_chain(&mut self) -> Result<Option<Inverse>, Failure> {
        match self.kind() {
            Kind::Inverse => self.inverse_and_program().map(Some),
            Kind::OpenInverseChain => self.deeper(Self::chained).map(Some),
            _ => Ok(None),
        }
    }

    fn chained(&mut self) -> Result<Inverse, Failure> {
        let opening = self.opening()?;
        let mut program = self.program()?;
        program.block_params = opening.block_params;
        let inverse = self.inverse_chain()?;
        let close = inverse
            .as_ref()
            .map(|inverse| inverse.strip)
            .unwrap_or_default();
        let (middle, inverse) = finish(inverse, close);
        let block = Block {
            call: opening.call,
            program: Some(program),
            inverse,
            open: opening.strip,
            middle,
            close,
        };
        Ok(Inverse {
            program: Program {
                body: vec![Node::Block(Box::new(block))],
                block_params: Vec::new(),
                chained: true,
            },
            strip: opening.strip,
            chain: true,
        })
    }

    fn call(&mut self) -> Result<Call, Failure> {
        let path = self.name()?;
        let mut call = Call {
            path,
            params: Vec::new(),
            hash: Vec::new(),
        };
        while !self.at_hash()
            && let Some(param) = self.param()?
        {
            call.params.push(param);
        }
        while self.at_hash() {
            let key = unbracket(self.next()).0;
            self.next();
            let value = self
                .param()?
                .ok_or_else(|| Failure(format!("{key}= has no value")))?;
            call.hash.push((key, value));
        }
        Ok(call)
    }

    fn at_hash(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| token.kind);
        self.kind() == Kind::Id && next == Some(Kind::Equals)
    }

    fn param(&mut self) -> Result<Option<Param>, Failure> {
        let param = match self.kind() {
            Kind::Id | Kind::At => Param::Path(self.path()?),
            Kind::Text => Param::Text(self.next()),
            Kind::Number => Param::Number(self.next().parse().unwrap_or(f64::NAN)),
            Kind::Bool => Param::Bool(self.next() == "true"),
            Kind::Undefined => {
                self.next();
                Param::Undefined
            }
            Kind::Null => {
                self.next();
                Param::Null
            }
            Kind::OpenCall => self.deeper(Self::sub_expression)?,
            _ => return Ok(None),
        };
        Ok(Some(param))
    }

    fn sub_expression(&mut self) -> Result<Param, Failure> {
        self.next();
        let call = self.call()?;
        self.expect(Kind::CloseCall)?;
        Ok(Param::Call(Box::new(call)))
    }

    /// What stands first in a tag: a path, or a literal that is taken for one.
    fn name(&mut self) -> Result<Path, Failure> {
        let text = match self.kind() {
            Kind::Id | Kind::At => return self.path(),
            Kind::Number => {
                let number = self.next().parse().unwrap_or(f64::NAN);
                crate::tags::js::number_to_text(number)
            }
            Kind::Text | Kind::Bool | Kind::Undefined | Kind::Null => self.next(),
            _ => {
                return self
                    .expect(Kind::Id)
                    .and(Err(Failure("a name is missing".into())));
            }
        };
        Ok(Path {
            data: false,
            depth: 0,
            parts: vec![text.clone()],
            original: text,
            literal: true,
        })
    }

    fn path(&mut self) -> Result<Path, Failure> {
        let data = self.kind() == Kind::At;
        if data {
            self.next();
        }
        let mut path = Path {
            data,
            depth: 0,
            parts: Vec::new(),
            original: if data { "@".into() } else { String::new() },
            literal: false,
        };
        loop {
            let (part, bracketed) = unbracket(self.expect(Kind::Id)?);
            path.original.push_str(&part);
            dig(&mut path, part, bracketed)?;
            if self.kind() != Kind::Separator {
                return Ok(path);
            }
            path.original.push_str(&self.next());
        }
    }
}

fn dig(path: &mut Path, part: String, bracketed: bool) -> Result<(), Failure> {
    if bracketed || !matches!(part.as_str(), ".." | "." | "this") {
        path.parts.push(part);
    } else if !path.parts.is_empty() {
        return Err(Failure(format!("{:?} is not a path", path.original)));
    } else if part == ".." {
        path.depth += 1;
    }
    Ok(())
}

/// `[name]` without its brackets, and whether it had them.
fn unbracket(text: String) -> (String, bool) {
    let inside = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match inside {
        Some(inside) if !inside.contains(['\n', '\r', '\u{2028}', '\u{2029}']) => {
            (inside.to_owned(), true)
        }
        _ => (text, false),
    }
}

fn matching(open: &str, close: &str) -> Result<(), Failure> {
    if open == close {
        return Ok(());
    }
    Err(Failure(format!(
        "{{{{#{open}}}}} is closed by {{{{/{close}}}}}"
    )))
}

/// Gives the last `{{else if}}` of a chain the end of the whole block.
fn finish(inverse: Option<Inverse>, close: Strip) -> (Strip, Option<Program>) {
    let Some(mut inverse) = inverse else {
        return (Strip::default(), None);
    };
    if inverse.chain
        && let Some(Node::Block(block)) = inverse.program.body.first_mut()
    {
        block.close = close;
    }
    (inverse.strip, Some(inverse.program))
}

fn strip(open: &str, close: &str) -> Strip {
    let last = close
        .len()
        .checked_sub(3)
        .and_then(|at| close.as_bytes().get(at));
    Strip {
        open: open.as_bytes().get(2) == Some(&b'~'),
        close: last == Some(&b'~'),
    }
}
