//! White-space control: `~`, and lines that hold nothing but a block's tag.
//! <https://handlebarsjs.com/guide/expressions.html#whitespace-control>

use super::ast::{Block, Content, Node, Program, Strip};
use crate::tags::js::is_space;

/// Strips what a template's tags ask to strip.
pub(super) fn control(program: &mut Program) {
    control_body(program, true);
}

/// What a statement asks of its neighbours.
#[derive(Default)]
struct Wish {
    strip: Strip,
    open_standalone: bool,
    close_standalone: bool,
    inline_standalone: bool,
}

fn control_body(program: &mut Program, root: bool) {
    let body = &mut program.body;
    for at in 0..body.len() {
        let Some(wish) = wish(&mut body[at]) else {
            continue;
        };
        let before = before_is_blank(body, at, root);
        let after = after_is_blank(body, Some(at), root);
        if wish.strip.close {
            omit_right(body, Some(at), true);
        }
        if wish.strip.open {
            omit_left(body, Some(at), true);
        }
        if wish.inline_standalone && before && after {
            omit_right(body, Some(at), false);
            omit_left(body, Some(at), false);
        }
        if wish.open_standalone && before {
            if let Node::Block(block) = &mut body[at] {
                omit_right(first_arm(block), None, false);
            }
            omit_left(body, Some(at), false);
        }
        if wish.close_standalone && after {
            omit_right(body, Some(at), false);
            if let Node::Block(block) = &mut body[at] {
                omit_left(last_arm(block), None, false);
            }
        }
    }
}

fn first_arm(block: &mut Block) -> &mut [Node] {
    let arm = block.program.as_mut().or(block.inverse.as_mut());
    arm.map_or(&mut [], |program| &mut program.body)
}

fn last_arm(block: &mut Block) -> &mut [Node] {
    let arm = block.inverse.as_mut().or(block.program.as_mut());
    arm.map_or(&mut [], |program| &mut program.body)
}

fn wish(node: &mut Node) -> Option<Wish> {
    match node {
        Node::Content(_) => None,
        Node::Mustache { strip, .. } => Some(Wish {
            strip: *strip,
            ..Wish::default()
        }),
        Node::Comment(strip) => Some(Wish {
            strip: *strip,
            inline_standalone: true,
            ..Wish::default()
        }),
        Node::Block(block) => Some(control_block(block)),
    }
}

fn control_block(block: &mut Block) -> Wish {
    for arm in [&mut block.program, &mut block.inverse]
        .into_iter()
        .flatten()
    {
        control_body(arm, false);
    }
    let both = block.program.is_some() && block.inverse.is_some();
    let (open, middle, close) = (block.open, block.middle, block.close);
    let wish = Wish {
        strip: Strip {
            open: open.open,
            close: close.close,
        },
        open_standalone: after_is_blank(first_arm(block), None, false),
        close_standalone: {
            let arm = first_inverse(block, both);
            before_is_blank(arm, arm.len(), false)
        },
        inline_standalone: false,
    };
    if open.close {
        omit_right(first_arm(block), None, true);
    }
    if both {
        control_inverse(block, middle, close);
    } else if close.open {
        omit_left(first_arm(block), None, true);
    }
    wish
}

fn control_inverse(block: &mut Block, middle: Strip, close: Strip) {
    if middle.open {
        omit_left(first_arm(block), None, true);
    }
    if middle.close {
        omit_right(first_inverse(block, true), None, true);
    }
    if close.open {
        omit_left(last_inverse(block.inverse.as_mut()), None, true);
    }
    let arm = first_arm(block);
    if before_is_blank(arm, arm.len(), false)
        && after_is_blank(first_inverse(block, true), None, false)
    {
        omit_left(first_arm(block), None, false);
        omit_right(first_inverse(block, true), None, false);
    }
}

/// The body right after the first `{{else}}`; the only body where there is none.
fn first_inverse(block: &mut Block, both: bool) -> &mut [Node] {
    if !both {
        return first_arm(block);
    }
    match block.inverse.as_mut() {
        Some(inverse) if inverse.chained => match inverse.body.first_mut() {
            Some(Node::Block(inner)) => first_arm(inner),
            _ => &mut [],
        },
        Some(inverse) => &mut inverse.body,
        None => &mut [],
    }
}

/// The body after the last `{{else}}` of a chain.
fn last_inverse(inverse: Option<&mut Program>) -> &mut [Node] {
    let Some(inverse) = inverse else {
        return &mut [];
    };
    if !inverse.chained {
        return &mut inverse.body;
    }
    match inverse.body.last_mut() {
        Some(Node::Block(inner)) => last_inverse(inner.program.as_mut()),
        _ => &mut [],
    }
}

fn content(body: &[Node], at: Option<usize>) -> Option<&Content> {
    match body.get(at?) {
        Some(Node::Content(content)) => Some(content),
        _ => None,
    }
}

fn before_is_blank(body: &[Node], at: usize, root: bool) -> bool {
    if at == 0 {
        return root;
    }
    let only = at == 1 && root;
    content(body, at.checked_sub(1)).is_some_and(|content| {
        let text = content.original.trim_end_matches(is_space);
        let blank = &content.original[text.len()..];
        blank.contains('\n') || (only && text.is_empty())
    })
}

fn after_is_blank(body: &[Node], at: Option<usize>, root: bool) -> bool {
    let next = at.map_or(0, |at| at + 1);
    if next >= body.len() {
        return root;
    }
    let only = next + 1 == body.len() && root;
    content(body, Some(next)).is_some_and(|content| {
        let text = content.original.trim_start_matches(is_space);
        let blank = &content.original[..content.original.len() - text.len()];
        blank.contains('\n') || (only && text.is_empty())
    })
}

fn omit_right(body: &mut [Node], at: Option<usize>, all: bool) {
    let Some(Node::Content(content)) = body.get_mut(at.map_or(0, |at| at + 1)) else {
        return;
    };
    if !all && content.right_stripped {
        return;
    }
    let rest = if all {
        content.value.trim_start_matches(is_space)
    } else {
        let rest = content.value.trim_start_matches([' ', '\t']);
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        rest.strip_prefix('\n').unwrap_or(rest)
    };
    content.right_stripped = rest.len() != content.value.len();
    content.value = rest.to_owned();
}

fn omit_left(body: &mut [Node], at: Option<usize>, all: bool) {
    let Some(previous) = at.unwrap_or(body.len()).checked_sub(1) else {
        return;
    };
    let Some(Node::Content(content)) = body.get_mut(previous) else {
        return;
    };
    if !all && content.left_stripped {
        return;
    }
    let rest = if all {
        content.value.trim_end_matches(is_space)
    } else {
        content.value.trim_end_matches([' ', '\t'])
    };
    content.left_stripped = rest.len() != content.value.len();
    content.value = rest.to_owned();
}
