//! What both targets do with an input: follow it twice, and expect the same and nothing illegal.

use jiff::Timestamp;
use serde_json::json;
use truxe_registry_action::context::{Context, World};
use truxe_registry_action::oci::Tag;
use truxe_registry_action::tags::{Inputs, Rules, derive};

/// Follows the rules in a run at this ref. Errors are fine; panics, hangs and tags that no registry takes are not.
pub fn follow(inputs: &Inputs, event_name: &str, reference: &str) {
    let world = World {
        env: [
            ("GITHUB_EVENT_NAME", event_name),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", "90dd6032fac8bda1b6c4436a2e65de27961ed071"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        event: json!({"repository": {"default_branch": "main"}, "number": 7}),
        docker_config: None,
        now: Timestamp::UNIX_EPOCH,
    };
    let Ok(context) = Context::read(&world) else {
        return;
    };
    let Ok(rules) = Rules::parse(inputs) else {
        return;
    };
    let first = derive(&rules, &context);
    match (&first, derive(&rules, &context)) {
        (Ok(first), Ok(second)) => {
            let outputs = first.outputs(&rules, rules.images());
            assert_eq!(outputs, second.outputs(&rules, rules.images()));
            for name in first.names() {
                name.tag.as_str().parse::<Tag>().expect("a legal tag");
            }
        }
        (Err(first), Err(second)) => assert_eq!(first, &second),
        _ => panic!("the same input gave tags once and an error once"),
    }
}
