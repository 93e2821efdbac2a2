//! All inputs about tags at once, and any ref.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use truxe_registry_action::tags::Inputs;
use truxe_registry_action_fuzz::follow;

#[derive(Arbitrary, Debug)]
struct Input {
    event: Event,
    reference: String,
    tags: String,
    images: String,
    flavor: String,
    labels: String,
    annotations: String,
}

#[derive(Arbitrary, Debug)]
enum Event {
    Tag,
    Branch,
    PullRequest,
    Schedule,
    Raw,
}

fuzz_target!(|input: Input| {
    let (name, reference) = match input.event {
        Event::Tag => ("push", format!("refs/tags/{}", input.reference)),
        Event::Branch => ("push", format!("refs/heads/{}", input.reference)),
        Event::PullRequest => ("pull_request", "refs/pull/7/merge".to_owned()),
        Event::Schedule => ("schedule", "refs/heads/main".to_owned()),
        Event::Raw => ("push", input.reference),
    };
    let inputs = Inputs {
        tags: input.tags,
        images: input.images,
        flavor: input.flavor,
        labels: input.labels,
        annotations: input.annotations,
        ..Inputs::default()
    };
    follow(&inputs, name, &reference);
});
