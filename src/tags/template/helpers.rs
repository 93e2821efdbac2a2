//! The helpers that handlebars.js brings along.
//! <https://handlebarsjs.com/guide/builtin-helpers.html>

use std::rc::Rc;

use super::ast::Program;
use super::lexer::Failure;
use super::render::{Arguments, Arms, Data, Renderer, State, With};
use super::value::Value;

/// Their names, for who looks for a near word.
pub(crate) const NAMES: [&str; 6] = ["each", "if", "log", "lookup", "unless", "with"];

/// Whether a name is always a helper.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || matches!(name, "helperMissing" | "blockHelperMissing")
}

/// Calls a helper by name.
pub(super) fn call(
    renderer: &Renderer<'_>,
    name: &str,
    arguments: Arguments<'_>,
    arms: Option<Arms<'_>>,
    state: &State,
) -> Result<Value, Failure> {
    let block = arms.ok_or_else(|| {
        Failure(format!(
            "{name} is a block: {{{{#{name} …}}}} … {{{{/{name}}}}}"
        ))
    });
    match name {
        "log" => Ok(Value::Undefined),
        "lookup" => look_up(arguments.params),
        "if" => condition(renderer, name, arguments, block?, state),
        "unless" => {
            let Arms { program, inverse } = block?;
            let turned = Arms {
                program: inverse,
                inverse: program,
            };
            condition(renderer, name, arguments, turned, state)
        }
        "each" => {
            let list = one(renderer, name, arguments, state)?;
            each(renderer, &list, block?, state)
        }
        "with" => with(
            renderer,
            &one(renderer, name, arguments, state)?,
            block?,
            state,
        ),
        _ => Err(Failure(format!("{name} can't be called"))),
    }
}

/// What `{{#name}} … {{/name}}` does when `name` is no helper.
pub(super) fn missing_block(
    renderer: &Renderer<'_>,
    value: &Value,
    arms: Arms<'_>,
    state: &State,
) -> Result<Value, Failure> {
    match value {
        Value::Bool(true) => renderer.arm(arms.program, state.context(), With::default(), state),
        Value::Undefined | Value::Null | Value::Bool(false) => otherwise(renderer, arms, state),
        Value::List(_) => each(renderer, value, arms, state),
        context => renderer.arm(arms.program, context, With::default(), state),
    }
}

fn otherwise(renderer: &Renderer<'_>, arms: Arms<'_>, state: &State) -> Result<Value, Failure> {
    renderer.arm(arms.inverse, state.context(), With::default(), state)
}

fn look_up(params: &[Value]) -> Result<Value, Failure> {
    match params {
        [object, name, ..] if params.len() > 2 && object.truthy() => Err(Failure(format!(
            "lookup takes an object and a name, not {:?} as well",
            name.text()
        ))),
        [object, name] if object.truthy() => Ok(object.property(&name.text())),
        [object, ..] if !object.truthy() => Ok(object.clone()),
        _ => Err(Failure("lookup takes an object and a name".into())),
    }
}

/// The only parameter of a helper; a function stands for what it returns.
fn one(
    renderer: &Renderer<'_>,
    name: &str,
    arguments: Arguments<'_>,
    state: &State,
) -> Result<Value, Failure> {
    match arguments.params {
        [Value::Function(function)] => {
            let nothing = Arguments {
                params: &[],
                hash: None,
            };
            renderer.function(*function, nothing, state)
        }
        [value] => Ok(value.clone()),
        _ => Err(Failure(format!("{name} takes one parameter"))),
    }
}

fn condition(
    renderer: &Renderer<'_>,
    name: &str,
    arguments: Arguments<'_>,
    arms: Arms<'_>,
    state: &State,
) -> Result<Value, Failure> {
    let value = one(renderer, name, arguments, state)?;
    let hash = arguments.hash.unwrap_or_default();
    let zero_counts = hash
        .iter()
        .any(|(key, value)| key == "includeZero" && value.truthy());
    if (!zero_counts && !value.truthy()) || value.empty() {
        return otherwise(renderer, arms, state);
    }
    renderer.arm(arms.program, state.context(), With::default(), state)
}

fn with(
    renderer: &Renderer<'_>,
    value: &Value,
    arms: Arms<'_>,
    state: &State,
) -> Result<Value, Failure> {
    if value.empty() {
        return otherwise(renderer, arms, state);
    }
    let with = With {
        data: None,
        block_params: Some(vec![value.clone()]),
    };
    renderer.arm(arms.program, value, with, state)
}

fn each(
    renderer: &Renderer<'_>,
    value: &Value,
    arms: Arms<'_>,
    state: &State,
) -> Result<Value, Failure> {
    let items: Vec<(Value, Value)> = match value {
        Value::List(items) => {
            let number = |at: usize| Value::Number(u32::try_from(at).map_or(f64::NAN, f64::from));
            items
                .iter()
                .enumerate()
                .map(|(at, item)| (number(at), item.clone()))
                .collect()
        }
        Value::Object(object) => {
            let fields = object.fields.iter();
            fields
                .map(|(key, value)| ((*key).into(), value.clone()))
                .collect()
        }
        _ => Vec::new(),
    };
    if items.is_empty() {
        return otherwise(renderer, arms, state);
    }
    let mut out = String::new();
    let count = items.len();
    for (at, (key, item)) in items.into_iter().enumerate() {
        let with = With {
            data: Some(frame(state, &key, at, at + 1 == count)),
            block_params: Some(vec![item.clone(), key]),
        };
        out.push_str(&iteration(renderer, arms.program, &item, with, state)?);
    }
    Ok(out.into())
}

fn iteration(
    renderer: &Renderer<'_>,
    program: Option<&Program>,
    item: &Value,
    with: With,
    state: &State,
) -> Result<String, Failure> {
    Ok(renderer.arm(program, item, with, state)?.text())
}

fn frame(state: &State, key: &Value, at: usize, last: bool) -> Rc<Data> {
    let mut values = vec![
        ("key", key.clone()),
        (
            "index",
            Value::Number(u32::try_from(at).map_or(f64::NAN, f64::from)),
        ),
        ("first", Value::Bool(at == 0)),
        ("last", Value::Bool(last)),
    ];
    let known = |name: &str| matches!(name, "key" | "index" | "first" | "last");
    values.extend(
        state
            .data
            .values
            .iter()
            .filter(|(name, _)| !known(name))
            .cloned(),
    );
    Rc::new(Data {
        values,
        parent: Some(Rc::clone(&state.data)),
    })
}
