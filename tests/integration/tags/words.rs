//! A word that nobody defined is an error that says where, and which word was probably meant.

use truxe_registry_action::tags::Inputs;

use super::{follow, place};

#[track_caller]
fn says(inputs: &Inputs, expected: &str) {
    for at in ["tag v1.2.3", "branch main"] {
        let error = follow(inputs, &place(at)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nlacks {expected}");
    }
}

fn tags(line: &str) -> Inputs {
    // A comment and a line that is right stand before it.
    Inputs {
        tags: format!("# rules\ntype=sha\n{line}"),
        ..Inputs::default()
    }
}

#[test]
fn in_a_rule_the_type_the_attribute_and_the_expression() {
    for (line, words) in [
        (
            "type=semvr,pattern=x",
            "unknown type \"semvr\", did you mean \"semver\"?",
        ),
        ("type=Sha", "unknown type \"Sha\", did you mean \"sha\"?"),
        ("type=banana", "unknown type \"banana\""),
        (
            "type=raw,vlaue=x",
            "unknown attribute \"vlaue\", did you mean \"value\"?",
        ),
        (
            "type=ref,evnt=tag",
            "unknown attribute \"evnt\", did you mean \"event\"?",
        ),
        (
            "type=sha,enabel=true",
            "unknown attribute \"enabel\", did you mean \"enable\"?",
        ),
        (
            "type=ref,event=pull",
            "event is \"pull\", it can only be branch, tag or pr",
        ),
        (
            "type=sha,format=ling",
            "format is \"ling\", it can only be short or long",
        ),
        (
            "x,enable=yes",
            "enable is \"yes\", it can only be true or false",
        ),
        ("type=semver", "pattern= is missing: type=semver needs it"),
        (
            "type=raw,value={{brnach}}",
            "unknown expression \"brnach\", did you mean \"branch\"?",
        ),
        (
            "x,prefix={{sah}}-",
            "unknown expression \"sah\", did you mean \"sha\"?",
        ),
        (
            "x,suffix=-{{Tag}}",
            "unknown expression \"Tag\", did you mean \"tag\"?",
        ),
        (
            "x,enable={{is_default}}",
            "did you mean \"is_default_branch\"?",
        ),
        (
            "type=semver,pattern={{vesion}}",
            "unknown expression \"vesion\", did you mean \"version\"?",
        ),
        (
            "type=semver,value={{tga}},pattern=x",
            "did you mean \"tag\"?",
        ),
        ("type=pep440,pattern={{Major}}", "did you mean \"major\"?"),
        (
            "type=match,pattern=x,value={{brunch}}",
            "did you mean \"branch\"?",
        ),
        (
            "type=schedule,pattern={{dat 'YYYY'}}",
            "did you mean \"date\"?",
        ),
        (
            "x,enable={{#fi branch}}true{{/fi}}",
            "unknown expression \"fi\", did you mean \"if\"?",
        ),
        (
            "x,enable={{#unles tag}}true{{/unles}}",
            "did you mean \"unless\"?",
        ),
        ("x-{{lokup this 'tag'}}", "did you mean \"lookup\"?"),
        (
            "x-{{#if (lookp this 'tag')}}y{{/if}}",
            "did you mean \"lookup\"?",
        ),
        (
            "type=raw,value={{date 'YYYY' tx='UTC'}}",
            "date has no tx=, did you mean tz=?",
        ),
    ] {
        says(&tags(line), words);
        says(&tags(line), "input `tags`, line 3 (");
    }
}

#[test]
fn in_flavors_images_labels_and_annotations() {
    let says = |inputs: &Inputs, start: &str, words: &str| {
        says(inputs, start);
        says(inputs, words);
    };
    let flavor = |flavor: &str| Inputs {
        flavor: flavor.into(),
        ..Inputs::default()
    };
    says(
        &flavor("latest=auto\nprefx=v"),
        "input `flavor`, line 2",
        "did you mean \"prefix\"?",
    );
    says(
        &flavor("suffix=x\nonlatst=true"),
        "input `flavor`, line 2",
        "did you mean \"onlatest\"?",
    );
    says(
        &flavor("prefix={{brnch}}"),
        "input `flavor`, line 1",
        "did you mean \"branch\"?",
    );
    says(
        &flavor("latest=yes"),
        "input `flavor`, line 1",
        "auto, true or false",
    );
    let images = Inputs {
        images: "a\nname=b,enabled=true".into(),
        ..Inputs::default()
    };
    says(
        &images,
        "input `images`, line 2",
        "did you mean \"enable\"?",
    );
    let labels = Inputs {
        labels: "a=b\n\nc={{tagg}}".into(),
        ..Inputs::default()
    };
    says(&labels, "input `labels`, line 3", "did you mean \"tag\"?");
    let annotations = Inputs {
        annotations: "a={{comit_date 'YYYY'}}".into(),
        ..Inputs::default()
    };
    says(
        &annotations,
        "input `annotations`, line 1",
        "did you mean \"commit_date\"?",
    );
}
