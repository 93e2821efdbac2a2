//! Renders a template, step by step as the code that handlebars.js compiles would.

use std::rc::Rc;

use super::ast::{Block, Call, Node, Param, Path, Program};
use super::helpers;
use super::lexer::Failure;
use super::value::{Function, Value};

/// Where a template's names get their values.
pub(crate) trait Scope {
    /// The outermost context.
    fn root(&self) -> Value;

    /// Carries out one of its functions; `at_root` tells whether the context is the outermost one.
    fn call(
        &self,
        function: Function,
        at_root: bool,
        arguments: Arguments<'_>,
    ) -> Result<Value, Failure>;
}

/// What a function is called with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arguments<'a> {
    /// The positional parameters.
    pub(crate) params: &'a [Value],
    /// The named parameters; `None` where the function is called as a mere value.
    pub(crate) hash: Option<&'a [(String, Value)]>,
}

/// Renders a whole template.
pub(super) fn render(program: &Program, scope: &dyn Scope) -> Result<String, Failure> {
    let root = scope.root();
    let renderer = Renderer {
        scope,
        root: root.clone(),
    };
    let state = State {
        contexts: vec![root.clone()],
        data: Rc::new(Data::of_root(root)),
        block_params: vec![(Rc::default(), None)],
    };
    renderer.program(program, &state).map(|value| value.text())
}

/// `@root`, `@index` and the like.
pub(super) struct Data {
    pub(super) values: Vec<(&'static str, Value)>,
    pub(super) parent: Option<Rc<Data>>,
}

impl Data {
    fn of_root(root: Value) -> Self {
        Self {
            values: vec![("root", root)],
            parent: None,
        }
    }
}

type BlockParams = (Rc<[String]>, Option<Vec<Value>>);

/// Where the rendering stands.
#[derive(Clone)]
pub(super) struct State {
    /// The context and those around it, innermost first.
    contexts: Vec<Value>,
    pub(super) data: Rc<Data>,
    block_params: Vec<BlockParams>,
}

impl State {
    pub(super) fn context(&self) -> &Value {
        &self.contexts[0]
    }

    fn block_param(&self, path: &Path) -> Option<(&BlockParams, usize)> {
        let name = path.parts.first()?;
        if path.data || path.depth > 0 || path.scoped() {
            return None;
        }
        let find = |params: &&BlockParams| params.0.contains(name);
        let params = self.block_params.iter().rev().find(find)?;
        let at = params.0.iter().position(|param| param == name)?;
        Some((params, at))
    }
}

/// The arms of a block, for the helper that renders them.
#[derive(Clone, Copy)]
pub(super) struct Arms<'a> {
    pub(super) program: Option<&'a Program>,
    pub(super) inverse: Option<&'a Program>,
}

/// What an arm is rendered with, where it is not what surrounds the block.
#[derive(Default)]
pub(super) struct With {
    pub(super) data: Option<Rc<Data>>,
    pub(super) block_params: Option<Vec<Value>>,
}

pub(super) struct Renderer<'s> {
    scope: &'s dyn Scope,
    root: Value,
}

impl Renderer<'_> {
    /// Joins what its statements give, as JavaScript's `+` does: numbers that nothing escaped and no text parts are added up.
    ///
    /// Where a block's name may be a value as well as a helper, the compiled code starts a new sum. It shows where numbers meet.
    fn program(&self, program: &Program, state: &State) -> Result<Value, Failure> {
        let mut before = None;
        let mut sum: Vec<Value> = Vec::new();
        for node in &program.body {
            let Some(part) = self.statement(node, state)? else {
                continue;
            };
            let breaks = matches!(node, Node::Block(block) if is_ambiguous(&block.call, state));
            if !breaks || program.body.len() == 1 {
                sum.push(part);
                continue;
            }
            let whole = total(before.take(), [total(None, sum.drain(..))]);
            before = Some(Value::plus(&whole, &part));
        }
        Ok(total(before, sum))
    }

    fn statement(&self, node: &Node, state: &State) -> Result<Option<Value>, Failure> {
        Ok(match node {
            Node::Content(content) => Some(content.value.as_str())
                .filter(|text| !text.is_empty())
                .map(Value::from),
            Node::Comment(_) => None,
            Node::Mustache { call, escaped, .. } => {
                let value = self.evaluate(call, false, None, state)?;
                Some(if *escaped {
                    escape(&value).into()
                } else {
                    value.or_nothing()
                })
            }
            Node::Block(block) => Some(self.block(block, state)?.or_nothing()),
        })
    }

    /// Renders one arm of a block in a context.
    pub(super) fn arm(
        &self,
        arm: Option<&Program>,
        context: &Value,
        with: With,
        state: &State,
    ) -> Result<Value, Failure> {
        let Some(program) = arm else {
            return Ok("".into());
        };
        let mut state = state.clone();
        if !context.same(state.context()) {
            state.contexts.insert(0, context.clone());
        }
        if let Some(data) = with.data {
            state.data = data;
        }
        state
            .block_params
            .push((program.block_params.as_slice().into(), with.block_params));
        self.program(program, &state)
    }

    fn block(&self, block: &Block, state: &State) -> Result<Value, Failure> {
        let arms = Arms {
            program: block.program.as_ref(),
            inverse: block.inverse.as_ref(),
        };
        self.evaluate(&block.call, false, Some(arms), state)
    }

    /// Looks a name up or calls a helper, whichever the call turns out to be.
    fn evaluate(
        &self,
        call: &Call,
        sub: bool,
        arms: Option<Arms<'_>>,
        state: &State,
    ) -> Result<Value, Failure> {
        let path = &call.path;
        let simple = path.simple();
        let block_param = simple && state.block_param(path).is_some();
        let explicit = sub || !call.params.is_empty() || !call.hash.is_empty();
        let known = path.parts.first().filter(|name| helpers::is_known(name));
        if !block_param && (explicit || (simple && known.is_some())) {
            return self.helper(call, known.map(String::as_str), arms, state);
        }
        let value = look_up(path, false, state)?;
        let value = match value {
            Value::Function(function) => {
                let hash: Option<&[(String, Value)]> = if simple && !block_param {
                    Some(&[])
                } else {
                    None
                };
                self.function(function, Arguments { params: &[], hash }, state)?
            }
            Value::Undefined | Value::Null if simple && !block_param => Value::Undefined,
            value => value,
        };
        match arms {
            Some(arms) => helpers::missing_block(self, &value, arms, state),
            None => Ok(value),
        }
    }

    fn helper(
        &self,
        call: &Call,
        known: Option<&str>,
        arms: Option<Arms<'_>>,
        state: &State,
    ) -> Result<Value, Failure> {
        let params = call.params.iter().map(|param| self.param(param, state));
        let params = params.collect::<Result<Vec<_>, _>>()?;
        let mut hash: Vec<(String, Value)> = Vec::new();
        for (key, param) in &call.hash {
            let value = self.param(param, state)?;
            // Of two parameters with one name, handlebars.js keeps the first.
            if !hash.iter().any(|(known, _)| known == key) {
                hash.push((key.clone(), value));
            }
        }
        let arguments = Arguments {
            params: &params,
            hash: Some(&hash),
        };
        if let Some(name) = known {
            return helpers::call(self, name, arguments, arms, state);
        }
        match look_up(&call.path, true, state)? {
            Value::Function(function) => self.function(function, arguments, state),
            value if value.truthy() => {
                Err(Failure(format!("{} is not a function", call.path.original)))
            }
            // Without a parameter it may as well be a value that is not there.
            _ if params.is_empty() => Ok(Value::Undefined),
            _ => Err(Failure(format!(
                "there is no helper named {:?}",
                call.path.original
            ))),
        }
    }

    /// Calls a function in the present context.
    pub(super) fn function(
        &self,
        function: Function,
        arguments: Arguments<'_>,
        state: &State,
    ) -> Result<Value, Failure> {
        let at_root = state.context().same(&self.root);
        self.scope.call(function, at_root, arguments)
    }

    fn param(&self, param: &Param, state: &State) -> Result<Value, Failure> {
        Ok(match param {
            Param::Path(path) => look_up(path, false, state)?,
            Param::Call(call) => self.evaluate(call, true, None, state)?,
            Param::Text(text) => text.as_str().into(),
            Param::Number(number) => Value::Number(*number),
            Param::Bool(value) => Value::Bool(*value),
            Param::Undefined => Value::Undefined,
            Param::Null => Value::Null,
        })
    }
}

/// Whether a call without parameters may mean a helper as well as a value.
fn is_ambiguous(call: &Call, state: &State) -> bool {
    let path = &call.path;
    let known = path
        .parts
        .first()
        .is_some_and(|name| helpers::is_known(name));
    let plain = call.params.is_empty() && call.hash.is_empty();
    path.simple() && plain && !known && state.block_param(path).is_none()
}

/// What is there already and all of these, joined in turn; an empty text for nothing.
fn total(before: Option<Value>, parts: impl IntoIterator<Item = Value>) -> Value {
    let join = |sum: Option<Value>, part: Value| {
        Some(sum.map_or_else(|| part.clone(), |sum| Value::plus(&sum, &part)))
    };
    let sum = parts.into_iter().fold(before, join);
    sum.unwrap_or_else(|| "".into())
}

/// The value at a path; `falsy` stops at any false value, else only `null` and `undefined` stop.
fn look_up(path: &Path, falsy: bool, state: &State) -> Result<Value, Failure> {
    if let Some(((_, values), at)) = state.block_param(path) {
        let values = values
            .as_ref()
            .ok_or_else(|| Failure("the block passes no such parameter".into()))?;
        let value = values.get(at).cloned().unwrap_or(Value::Undefined);
        return Ok(dig(value, &path.parts[1..], false));
    }
    if path.data && !path.parts.is_empty() {
        return Ok(data(path, state));
    }
    let context = state
        .contexts
        .get(path.depth)
        .cloned()
        .unwrap_or(Value::Undefined);
    Ok(dig(context, &path.parts, falsy))
}

fn data(path: &Path, state: &State) -> Value {
    let mut data = Some(&state.data);
    for _ in 0..path.depth {
        data = data.and_then(|data| data.parent.as_ref());
    }
    let found = data.and_then(|data| {
        let named = data
            .values
            .iter()
            .find(|(name, _)| path.parts.first().is_some_and(|part| part == name));
        named.map(|(_, value)| value.clone())
    });
    dig(found.unwrap_or(Value::Undefined), &path.parts[1..], true)
}

fn dig(mut value: Value, parts: &[String], falsy: bool) -> Value {
    for part in parts {
        let stop = if falsy {
            !value.truthy()
        } else {
            value.absent()
        };
        if stop {
            return value;
        }
        value = value.property(part);
    }
    value
}

/// A value's text without the characters that mean something in HTML.
fn escape(value: &Value) -> String {
    if value.absent() {
        return String::new();
    }
    let text = value.text();
    if !value.truthy() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '`' => out.push_str("&#x60;"),
            '=' => out.push_str("&#x3D;"),
            c => out.push(c),
        }
    }
    out
}
