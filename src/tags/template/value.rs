//! The values a template meets, with the habits JavaScript gives them.

use std::rc::Rc;

use crate::tags::js;

/// Something a template can look up, pass on or print.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    List(Rc<[Value]>),
    Object(Rc<Object>),
    Function(Function),
}

/// Named values, in the order they are listed.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) fields: Vec<(&'static str, Value)>,
    /// What it prints as.
    pub(crate) text: String,
}

/// A function that the scope carries out, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// How many parameters it declares: its `length`.
    pub(crate) parameters: u8,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Value {
    /// A list of values.
    pub(crate) fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::List(values.into_iter().collect())
    }

    /// Whether it is `null` or `undefined`.
    pub(super) fn absent(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Whether JavaScript takes it for true.
    pub(super) fn truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Object(_) | Self::Function(_) => true,
        }
    }

    /// Whether handlebars.js takes it for empty: false but not zero, or a list without items.
    pub(super) fn empty(&self) -> bool {
        match self {
            Self::Number(number) => number.is_nan(),
            Self::List(items) => items.is_empty(),
            other => !other.truthy(),
        }
    }

    /// As string concatenation prints it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => js::number_to_text(*number),
            Self::Text(text) => text.to_string(),
            Self::List(items) => {
                let print = |item: &Self| {
                    if item.absent() {
                        String::new()
                    } else {
                        item.text()
                    }
                };
                items.iter().map(print).collect::<Vec<_>>().join(",")
            }
            Self::Object(object) => object.text.clone(),
            Self::Function(function) => format!("function {}() {{}}", function.name),
        }
    }

    /// An empty text for `null` and `undefined`.
    pub(super) fn or_nothing(self) -> Self {
        if self.absent() { "".into() } else { self }
    }

    /// JavaScript's `a + b`: a sum of numbers and truths, else one text.
    pub(super) fn plus(a: &Self, b: &Self) -> Self {
        match (a.addend(), b.addend()) {
            (Some(a), Some(b)) => Self::Number(a + b),
            _ => (a.text() + &b.text()).into(),
        }
    }

    fn addend(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Undefined
            | Self::Null
            | Self::Text(_)
            | Self::List(_)
            | Self::Object(_)
            | Self::Function(_) => None,
        }
    }

    /// An own property; anything inherited is out of a template's reach.
    pub(super) fn property(&self, name: &str) -> Self {
        let found = match self {
            Self::Text(text) => text_property(text, name),
            Self::List(items) => match name {
                "length" => Some(length(items.len())),
                _ => index(name).and_then(|at| items.get(at).cloned()),
            },
            Self::Object(object) => {
                let field = object.fields.iter().find(|(field, _)| *field == name);
                field.map(|(_, value)| value.clone())
            }
            Self::Function(function) => match name {
                "length" => Some(Self::Number(function.parameters.into())),
                "name" => Some(function.name.into()),
                _ => None,
            },
            Self::Undefined | Self::Null | Self::Bool(_) | Self::Number(_) => None,
        };
        found.unwrap_or(Self::Undefined)
    }

    /// Whether both are the same context, so that `..` need not step between them.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b).is_eq(),
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::List(a), Self::List(b)) => Rc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => Rc::ptr_eq(a, b),
            (Self::Function(a), Self::Function(b)) => a == b,
            (a, b) => a.absent() && b.absent(),
        }
    }
}

fn text_property(text: &str, name: &str) -> Option<Value> {
    if name == "length" {
        return Some(length(text.encode_utf16().count()));
    }
    let unit = text.encode_utf16().nth(index(name)?)?;
    Some(String::from_utf16_lossy(&[unit]).into())
}

/// `"12"` as an index; `"012"` and `"1.0"` are names like any other.
fn index(name: &str) -> Option<usize> {
    let at: usize = name.parse().ok()?;
    (at.to_string() == name).then_some(at)
}

fn length(count: usize) -> Value {
    Value::Number(u32::try_from(count).map_or(f64::INFINITY, f64::from))
}
