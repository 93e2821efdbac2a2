//! The expressions that values, prefixes, suffixes, conditions, labels and annotations share: `{{branch}}` and its kin.

use std::cell::RefCell;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::error::Reason;
use super::js;
use super::moment::Moment;
use super::suggest;
use super::template::{Arguments, Failure, Function, Object, Scope, Template, Value};
use super::zone;
use crate::context::Context;

/// The functions of a scope, and how many parameters each declares.
type Table = [(&'static str, u8)];

/// What every template but a pattern can say.
pub(super) const GLOBAL: &Table = &[
    ("branch", 0),
    ("tag", 0),
    ("sha", 0),
    ("base_ref", 0),
    ("commit_date", 2),
    ("is_default_branch", 0),
    ("is_not_default_branch", 0),
    ("date", 2),
];

/// What a schedule's pattern can say.
pub(super) const SCHEDULE: &Table = &[("date", 2), ("commit_date", 2)];

/// A scope of functions that look at the context.
pub(super) struct Expressions<'a> {
    context: &'a Context,
    root: Value,
    /// What is worth saying about the values that were asked for.
    warnings: RefCell<Vec<String>>,
}

impl<'a> Expressions<'a> {
    pub(super) fn new(context: &'a Context, table: &'static Table) -> Self {
        Self {
            context,
            root: functions(table),
            warnings: RefCell::default(),
        }
    }

    /// Renders a template in this scope.
    pub(super) fn render(&self, template: &str) -> Result<String, Reason> {
        if !template.contains("{{") {
            return Ok(template.into());
        }
        let rendered = Template::parse(template).and_then(|parsed| parsed.render(self));
        rendered.map_err(|why| Reason::template(template, why))
    }

    /// The warnings so far; they are not given twice.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    fn short_sha(&self) -> Result<String, Failure> {
        let length =
            short_sha_length(self.context).map_err(|reason| Failure(reason.to_string()))?;
        Ok(self.context.sha.chars().take(length).collect())
    }

    fn date(&self, date: Timestamp, arguments: Arguments<'_>) -> Result<Value, Failure> {
        let ([format], Some(hash)) = (arguments.params, arguments.hash) else {
            return Err(Failure(
                "a date takes one format, as in {{date 'YYYYMMDD'}}".into(),
            ));
        };
        let format = match format {
            Value::Text(format) => format,
            Value::Undefined | Value::Null | Value::Bool(false) => "",
            Value::Number(number) if *number == 0.0 => "",
            _ => return Err(Failure("a date's format is a text in quotes".into())),
        };
        let mut name = "UTC";
        for (key, value) in hash {
            name = match (key.as_str(), value) {
                ("tz", Value::Text(zone)) if !zone.is_empty() => zone,
                ("tz", _) => {
                    return Err(Failure(
                        "tz= takes the name of a time zone, in quotes".into(),
                    ));
                }
                _ => {
                    let nearest = suggest::nearest(key, &["tz"]);
                    let meant = nearest.map_or("", |_| ", did you mean tz=?");
                    return Err(Failure(format!("a date has no {key}={meant}")));
                }
            };
        }
        let text = self.moment(date, name).format(format);
        text.map(Value::from)
            .ok_or_else(|| Failure("the format has nothing to print".into()))
    }

    fn moment(&self, date: Timestamp, name: &str) -> Moment {
        let zone = zone::find(name);
        if zone.is_none() {
            let warning = format!("There is no time zone named {name:?}; UTC is taken.");
            self.warnings.borrow_mut().push(warning);
        }
        Moment {
            zoned: zone.is_some(),
            time: date.to_zoned_datetime(zone.unwrap_or(TimeZone::UTC)),
        }
    }
}

impl Scope for Expressions<'_> {
    fn root(&self) -> Value {
        self.root.clone()
    }

    fn call(
        &self,
        function: Function,
        at_root: bool,
        arguments: Arguments<'_>,
    ) -> Result<Value, Failure> {
        let context = self.context;
        let bool = |value: bool| Ok(if value { "true" } else { "false" }.into());
        match function.name {
            "branch" => Ok(context.branch().unwrap_or_default().into()),
            "tag" => Ok(context.tag().unwrap_or_default().into()),
            "sha" => self.short_sha().map(Value::from),
            "base_ref" => Ok(context.base_ref().unwrap_or_default().into()),
            "is_default_branch" => bool(context.is_default_branch()),
            "is_not_default_branch" if at_root => bool(!context.is_default_branch()),
            "date" => self.date(context.now, arguments),
            // Without a commit's date, the run's own is the next best.
            "commit_date" => self.date(context.commit_date.unwrap_or(context.now), arguments),
            name => Err(Failure(format!("{name} has no value inside this block"))),
        }
    }
}

/// A scope's root: an object of functions.
pub(super) fn functions(table: &Table) -> Value {
    let function = |(name, parameters): &(&'static str, u8)| {
        let function = Function {
            name,
            parameters: *parameters,
        };
        (*name, Value::Function(function))
    };
    Value::Object(Rc::new(Object {
        fields: table.iter().map(function).collect(),
        text: "[object Object]".into(),
    }))
}

/// How many characters a short commit has: seven, or what `DOCKER_METADATA_SHORT_SHA_LENGTH` says.
pub(super) fn short_sha_length(context: &Context) -> Result<usize, Reason> {
    let Some(value) = &context.short_sha_length else {
        return Ok(7);
    };
    let length = js::number(value).ok_or_else(|| Reason::Number {
        name: "DOCKER_METADATA_SHORT_SHA_LENGTH",
        value: value.clone(),
    })?;
    let whole = length.max(0.0).min(f64::from(u32::MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between zero and 2^32"
    )]
    Ok(whole as usize)
}
