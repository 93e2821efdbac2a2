//! Which names a template takes from its scope.

use super::ast::{Call, Node, Param, Path, Program};
use super::helpers;

/// All names looked up where the context is still the scope: not inside `each`, `with` and other blocks that change it.
pub(super) fn of(program: &Program) -> Vec<&str> {
    let mut words = Vec::new();
    in_program(program, &mut words);
    words
}

fn in_program<'p>(program: &'p Program, words: &mut Vec<&'p str>) {
    for node in &program.body {
        match node {
            Node::Content(_) | Node::Comment(_) => {}
            Node::Mustache { call, .. } => in_call(call, words),
            Node::Block(block) => {
                in_call(&block.call, words);
                let kept = matches!(block.call.path.original.as_str(), "if" | "unless");
                let arms = [&block.program, &block.inverse];
                arms.into_iter()
                    .flatten()
                    .filter(|_| kept)
                    .for_each(|arm| in_program(arm, words));
            }
        }
    }
}

fn in_call<'p>(call: &'p Call, words: &mut Vec<&'p str>) {
    let helper = call
        .path
        .parts
        .first()
        .is_some_and(|name| helpers::is_known(name));
    if !helper {
        in_path(&call.path, words);
    }
    let hash = call.hash.iter().map(|(_, param)| param);
    for param in call.params.iter().chain(hash) {
        match param {
            Param::Path(path) => in_path(path, words),
            Param::Call(call) => in_call(call, words),
            Param::Text(_) | Param::Number(_) | Param::Bool(_) | Param::Undefined | Param::Null => {
            }
        }
    }
}

fn in_path<'p>(path: &'p Path, words: &mut Vec<&'p str>) {
    if !path.data && path.depth == 0 {
        words.extend(path.parts.first().map(String::as_str));
    }
}
