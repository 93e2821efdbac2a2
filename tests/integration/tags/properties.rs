//! What holds for any input at all.

use proptest::prelude::*;
use truxe_registry_action::oci::Tag;
use truxe_registry_action::tags::{Inputs, Outputs};

use super::{follow, place};

/// Words of the language and its neighbourhood, so that much of what is thrown together means something.
const WORDS: &[&str] = &[
    "type=",
    "semver",
    "pep440",
    "match",
    "ref",
    "raw",
    "sha",
    "edge",
    "schedule",
    "pattern=",
    "value=",
    "group=1",
    "event=",
    "branch",
    "tag",
    "pr",
    "prefix=",
    "suffix=",
    "enable=",
    "true",
    "false",
    "priority=",
    "format=long",
    "{{",
    "}}",
    "{{{",
    "}}}",
    "{{version}}",
    "{{major}}",
    "{{raw}}",
    "{{branch}}",
    "{{sha}}",
    "{{#if tag}}",
    "{{#unless tag}}",
    "{{else}}",
    "{{/if}}",
    "{{/unless}}",
    "{{date 'YYYYMMDD'}}",
    "{{is_default_branch}}",
    "latest=auto",
    "onlatest=true",
    "v1.2.3",
    "1.2.3-rc.1",
    "(.*)",
    "/v(\\d+)/i",
    ",",
    ",",
    ",",
    "\n",
    "\n",
    "=",
    "\"",
    "#",
    " ",
    "~",
    "&",
    "name=",
    "é",
    "😀",
    "[",
    "\\",
];

fn language() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        9 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    proptest::collection::vec(word, 0..14).prop_map(|words| words.concat())
}

fn rules() -> impl Strategy<Value = String> {
    let kind = proptest::sample::select(
        [
            "type=semver,pattern=",
            "type=pep440,pattern=",
            "type=match,pattern=",
            "type=raw,value=",
            "type=sha,prefix=",
            "type=edge,branch=",
            "type=schedule,pattern=",
            "type=ref,event=tag,suffix=",
            "type=ref,event=branch,prefix=",
            "",
        ]
        .as_slice(),
    );
    let rule = (kind, language()).prop_map(|(kind, rest)| format!("{kind}{rest}"));
    proptest::collection::vec(rule, 0..4).prop_map(|rules| rules.join("\n"))
}

fn inputs() -> impl Strategy<Value = Inputs> {
    (rules(), language(), language(), language(), language()).prop_map(
        |(tags, images, flavor, labels, annotations)| Inputs {
            tags,
            images,
            flavor,
            labels,
            annotations,
            ..Inputs::default()
        },
    )
}

fn places() -> impl Strategy<Value = String> {
    prop_oneof![
        "v?[0-9]{1,3}(\\.[0-9]{1,3}){0,3}(-[a-z0-9.]{0,8})?(\\+[a-z0-9.]{0,5})?"
            .prop_map(|tag| format!("tag {tag}")),
        ".{0,12}".prop_map(|branch| format!("branch {branch}")),
        "[1-9][0-9]{0,4}".prop_map(|number| format!("pr {number}")),
        Just("schedule".to_owned()),
        ".{0,12}".prop_map(|reference| format!("push {reference}")),
    ]
}

fn names(outputs: &Outputs) -> Vec<&str> {
    outputs.tag_names.lines().collect()
}

proptest! {
    // A failure prints its input: no file is to be kept.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics_and_every_tag_is_legal(inputs in inputs(), at in places()) {
        if let Ok(outputs) = follow(&inputs, &place(&at)) {
            for name in names(&outputs) {
                prop_assert!(name.parse::<Tag>().is_ok(), "{name:?}");
            }
        }
    }

    #[test]
    fn the_same_input_gives_the_same_output(inputs in inputs(), at in places()) {
        let world = place(&at);
        prop_assert_eq!(follow(&inputs, &world), follow(&inputs, &world));
    }

    #[test]
    fn rules_of_one_priority_stay_in_the_order_they_are_written(values in proptest::collection::hash_set("[a-z]{1,8}", 1..12)) {
        let values: Vec<_> = values.into_iter().collect();
        let inputs = Inputs { tags: values.join("\n"), ..Inputs::default() };
        let outputs = follow(&inputs, &place("branch main")).unwrap();
        prop_assert_eq!(names(&outputs), values);
    }

    #[test]
    fn a_higher_priority_comes_first_wherever_it_is_written(priorities in proptest::collection::vec(0_u16..50, 1..12)) {
        let rule = |(at, priority): (usize, &u16)| format!("p{priority}-{at},priority={priority}");
        let tags: Vec<_> = priorities.iter().enumerate().map(rule).collect();
        let inputs = Inputs { tags: tags.join("\n"), ..Inputs::default() };
        let outputs = follow(&inputs, &place("branch main")).unwrap();
        let mut sorted: Vec<_> = priorities.iter().enumerate().collect();
        sorted.sort_by_key(|(at, priority)| (std::cmp::Reverse(**priority), *at));
        let expected: Vec<_> = sorted.iter().map(|(at, priority)| format!("p{priority}-{at}")).collect();
        prop_assert_eq!(names(&outputs), expected);
    }

    #[test]
    fn a_comment_or_an_empty_line_changes_nothing(inputs in inputs(), at in places(), comment in "[^\\r\\n\\x85\u{2028}\u{2029}]{0,10}") {
        let world = place(&at);
        // The first line ending is the one that counts.
        prop_assume!(!inputs.tags.trim().is_empty() && !inputs.tags.contains(['"', '\r']));
        let commented = Inputs { tags: format!("\n#{comment}\n\n{}", inputs.tags), ..inputs.clone() };
        let plain = follow(&inputs, &world).map_err(|error| error.reason);
        prop_assert_eq!(follow(&commented, &world).map_err(|error| error.reason), plain);
    }

    #[test]
    fn a_valid_version_gives_its_parts(major in 0_u32.., minor in 0_u32.., patch in 0_u32..) {
        let inputs = Inputs {
            tags: "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}".into(),
            flavor: "latest=false".into(),
            ..Inputs::default()
        };
        let outputs = follow(&inputs, &place(&format!("tag v{major}.{minor}.{patch}"))).unwrap();
        prop_assert_eq!(names(&outputs), [format!("{major}.{minor}.{patch}"), format!("{major}.{minor}")]);
    }
}
