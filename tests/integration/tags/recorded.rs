//! What docker/metadata-action itself gave, event by event; the file's first line says which one and how.

use jiff::Timestamp;
use serde_json::Value;
use truxe_registry_action::context::{Context, Details, World};
use truxe_registry_action::tags::{Inputs, Outputs, Rules, derive};

const RECORDED: &str = include_str!("recorded.jsonl");

fn cases() -> impl Iterator<Item = Value> {
    let lines = RECORDED.lines().skip(1);
    lines.map(|line| serde_json::from_str(line).unwrap())
}

fn time(text: &Value) -> Option<Timestamp> {
    text.as_str().map(|text| text.parse().unwrap())
}

/// The outputs and warnings of a case.
fn run(case: &Value) -> Result<(Outputs, Vec<String>), String> {
    let env = case["env"].as_object().unwrap().iter();
    let world = World {
        env: env
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        event: case["event"].clone(),
        docker_config: None,
        now: time(&case["now"]).unwrap(),
    };
    let mut context = Context::read(&world).map_err(|error| error.to_string())?;
    context.details = context.details.or(Details::of(&case["repository"]));
    context.commit_date = context.commit_date.or(time(&case["commit_date"]));
    let rules = Rules::parse(&Inputs::read(&world)).map_err(|error| error.to_string())?;
    let tags = derive(&rules, &context).map_err(|error| error.to_string())?;
    let outputs = tags.outputs(&rules, rules.images());
    Ok((outputs, tags.warnings))
}

fn output<'o>(outputs: &'o Outputs, name: &str) -> &'o str {
    match name {
        "version" => &outputs.version,
        "tags" => &outputs.tags,
        "tag-names" => &outputs.tag_names,
        "labels" => &outputs.labels,
        "annotations" => &outputs.annotations,
        "json" => &outputs.json,
        _ => panic!("there is no output {name}"),
    }
}

#[test]
fn every_recorded_run_gives_the_same_outputs_and_warnings_to_the_byte() {
    let (mut same, mut refused) = (0, 0);
    for case in cases() {
        if case["error"].is_string() {
            let outcome = run(&case);
            assert!(outcome.is_err(), "{case:#} is accepted: {outcome:?}");
            refused += 1;
            continue;
        }
        let (outputs, warnings) = run(&case).unwrap_or_else(|error| panic!("{case:#}: {error}"));
        for (name, expected) in case["outputs"].as_object().unwrap() {
            let found = output(&outputs, name);
            assert_eq!(Some(found), expected.as_str(), "{name} of {case:#}");
        }
        assert_eq!(Value::from(warnings), case["warnings"], "{case:#}");
        same += 1;
    }
    assert!(same >= 300 && refused >= 30, "{same} and {refused} cases");
}
