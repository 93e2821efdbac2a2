//! What rules have at hand while they are evaluated.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use super::error::Reason;
use super::expression::{self, Expressions};
use super::flavor::Flavor;
use super::pattern;
use super::rule::Rule;
use super::template::{Arguments, Failure, Function, Object, Scope, Template, Value};
use super::version::Pep440;
use crate::context::Context;

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) text: String,
    /// Whether `latest` comes along by itself.
    pub(super) latest: bool,
    /// Whether other versions would find the same.
    pub(super) floating: bool,
}

impl Found {
    /// A text that neither brings `latest` nor stands for a version's part.
    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            latest: false,
            floating: false,
        }
    }
}

/// One run through the rules.
pub(super) struct Evaluation<'a> {
    pub(super) context: &'a Context,
    pub(super) expressions: Expressions<'a>,
    pub(super) schedule: Expressions<'a>,
    flavor: &'a Flavor,
    /// Stands in for the git tag and for any rule's value: another version that is being asked about.
    other: Option<&'a str>,
    warnings: RefCell<Vec<String>>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(context: &'a Context, flavor: &'a Flavor, other: Option<&'a str>) -> Self {
        Self {
            context,
            expressions: Expressions::new(context, expression::GLOBAL),
            schedule: Expressions::new(context, expression::SCHEDULE),
            flavor,
            other,
            warnings: RefCell::default(),
        }
    }

    /// The git tag of this run, or of the version that is being asked about.
    pub(super) fn git_tag(&self) -> Option<&str> {
        self.other.or_else(|| self.context.tag())
    }

    /// The text a version is read from: a rule's value, else the git tag.
    pub(super) fn version_text(&self, value: &str) -> Result<Option<String>, Reason> {
        match self.other {
            Some(other) => Ok(Some(other.into())),
            None if value.is_empty() => Ok(self.context.tag().map(str::to_owned)),
            // A value that turns out empty does not fall back to the tag.
            None => self.expressions.render(value).map(Some),
        }
    }

    /// Puts prefix and suffix on: the rule's own, even if empty, else the flavor's.
    pub(super) fn dress(&self, rule: &Rule, text: &str) -> Result<String, Reason> {
        let prefix = rule.prefix.as_deref().unwrap_or(&self.flavor.prefix.text);
        let suffix = rule.suffix.as_deref().unwrap_or(&self.flavor.suffix.text);
        let prefix = self.expressions.render(prefix)?;
        Ok(format!(
            "{prefix}{text}{}",
            self.expressions.render(suffix)?
        ))
    }

    pub(super) fn warn(&self, warning: String) {
        self.collect();
        self.warnings.borrow_mut().push(warning);
    }

    fn collect(&self) {
        let mut warnings = self.warnings.borrow_mut();
        warnings.extend(self.expressions.warnings());
        warnings.extend(self.schedule.warnings());
    }

    /// All warnings, in the order they came up.
    pub(super) fn into_warnings(self) -> Vec<String> {
        self.collect();
        self.warnings.into_inner()
    }
}

/// The first group of `match=`, where that is given and matches.
pub(super) fn extract<'t>(
    run: &Evaluation<'_>,
    matching: &str,
    text: impl Into<Cow<'t, str>>,
) -> Result<String, Reason> {
    let text = text.into();
    if matching.is_empty() {
        return Ok(text.into());
    }
    let Some(groups) = pattern::find(matching, "", &text)? else {
        run.warn(format!("{matching} does not match {text}."));
        return Ok(text.into());
    };
    groups
        .into_iter()
        .nth(1)
        .flatten()
        .ok_or_else(|| Reason::Pattern {
            pattern: matching.into(),
            why: "the version must be in its first group, which took no part".into(),
        })
}

/// The scope of a semantic version's pattern.
pub(super) struct Fields(Value);

impl Fields {
    pub(super) fn of(fields: Object) -> Self {
        Self(Value::Object(Rc::new(fields)))
    }

    pub(super) fn render(&self, pattern: &str) -> Result<String, Reason> {
        render(pattern, self)
    }
}

impl Scope for Fields {
    fn root(&self) -> Value {
        self.0.clone()
    }

    fn call(&self, function: Function, _: bool, _: Arguments<'_>) -> Result<Value, Failure> {
        Err(Failure(format!("{} is not a function", function.name)))
    }
}

/// The scope of a Python version's pattern.
pub(super) struct Parts<'v>(pub(super) &'v Pep440);

impl Parts<'_> {
    pub(super) fn render(&self, pattern: &str) -> Result<String, Reason> {
        render(pattern, self)
    }
}

impl Scope for Parts<'_> {
    fn root(&self) -> Value {
        expression::functions(&[
            ("raw", 0),
            ("version", 0),
            ("major", 0),
            ("minor", 0),
            ("patch", 0),
        ])
    }

    fn call(&self, function: Function, _: bool, _: Arguments<'_>) -> Result<Value, Failure> {
        Ok(match function.name {
            "raw" => self.0.raw.as_str().into(),
            "major" => Value::Number(self.0.part(0)),
            "minor" => Value::Number(self.0.part(1)),
            "patch" => Value::Number(self.0.part(2)),
            _ => self.0.text().into(),
        })
    }
}

fn render(pattern: &str, scope: &dyn Scope) -> Result<String, Reason> {
    let rendered = Template::parse(pattern).and_then(|parsed| parsed.render(scope));
    rendered.map_err(|why| Reason::template(pattern, why))
}
