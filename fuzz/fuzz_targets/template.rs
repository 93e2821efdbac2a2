//! One template, in every place that has names of its own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use truxe_registry_action::tags::Inputs;
use truxe_registry_action_fuzz::follow;

fuzz_target!(|template: &str| {
    let tags = |tags: String| Inputs {
        tags,
        ..Inputs::default()
    };
    for value in ["v1.2.3", "1.2.3-rc.1+b.5"] {
        let rule = format!("type=semver,value={value},pattern={template}");
        follow(&tags(rule), "push", "refs/heads/main");
    }
    let rule = format!("type=pep440,value=1.2,pattern={template}");
    follow(&tags(rule), "push", "refs/heads/main");
    let rule = format!("type=schedule,pattern={template}");
    follow(&tags(rule), "schedule", "refs/heads/main");
    let labels = Inputs {
        labels: format!("key={template}"),
        ..tags("type=sha".to_owned())
    };
    follow(&labels, "push", "refs/tags/v1.2.3");
});
