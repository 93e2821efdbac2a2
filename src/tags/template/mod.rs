//! Templates, as handlebars.js 4 reads and renders them: text with `{{expressions}}`.
//!
//! The `handlebars` crate is another dialect: functions as values, `{{#name}}` and `{{^name}}` blocks, raw blocks, `{{"name"}}`,
//! lists and escapes in strings come out differently or not at all. Users bring rules that handlebars.js rendered, so this room
//! keeps to its lexer, grammar and white-space rules. Partials and decorators are left out: a tag has no use for them.

mod ast;
mod helpers;
mod lexer;
mod parser;
mod render;
mod value;
mod whitespace;
mod words;

pub(crate) use helpers::NAMES as HELPERS;
pub(crate) use lexer::Failure;
pub(crate) use render::{Arguments, Scope};
pub(crate) use value::{Function, Object, Value};

/// A template that was read.
#[derive(Debug)]
pub(crate) struct Template(ast::Program);

impl Template {
    /// Reads a template.
    pub(crate) fn parse(source: &str) -> Result<Self, Failure> {
        let mut program = parser::parse(source)?;
        whitespace::control(&mut program);
        Ok(Self(program))
    }

    /// Renders it.
    pub(crate) fn render(&self, scope: &dyn Scope) -> Result<String, Failure> {
        render::render(&self.0, scope)
    }

    /// Whether it is nothing but `{{raw}}`, in any of its forms.
    pub(crate) fn is_raw(&self) -> bool {
        match self.0.body.as_slice() {
            [ast::Node::Mustache { call, .. }] => !call.path.literal && call.path.parts == ["raw"],
            _ => false,
        }
    }

    /// The names it looks up in the scope itself, helpers aside.
    pub(crate) fn words(&self) -> Vec<&str> {
        words::of(&self.0)
    }
}
