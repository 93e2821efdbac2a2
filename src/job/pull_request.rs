use super::{InputError, Job, Mode, Problem};
use crate::context::{Context, World};
use crate::tags::{Name, TagSet};

/// What a pull request may write: anyone can open one, so only tags of its own, and only where that was asked for.
pub fn check_pull_request(
    world: &World,
    context: &Context,
    job: &Job,
    tags: &TagSet,
) -> Result<(), InputError> {
    let writes = job.source.is_some() && job.mode == Mode::Mirror;
    if !writes || !context.event_name.starts_with("pull_request") {
        return Ok(());
    }
    if world.input("images").is_none() {
        return Err(Problem::PullRequestAnywhere.of("images"));
    }
    let number = context.pull_request().unwrap_or_default();
    let mut names = tags.names().iter();
    match names.find(|name| !is_its_own(name, number)) {
        Some(name) => Err(Problem::PullRequestTag(name.tag.to_string()).of("tags")),
        None => Ok(()),
    }
}

/// A tag of the rule for pull requests, or one that says `pr-7`.
fn is_its_own(name: &Name, number: &str) -> bool {
    let words: Vec<_> = name.tag.as_str().split(['-', '_']).collect();
    let says_so = words.windows(2).any(|pair| pair == ["pr", number]);
    !name.floating && (name.pull_request || says_so)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tests::world;
    use super::*;
    use crate::tags::{Inputs, Rules, derive};

    fn check(event: &str, env: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_SHA", "abcdef1234567890abcdef1234567890abcdef12"),
            ("INPUT_SOURCE", "ghcr.io/a/b:built"),
            ("INPUT_IMAGES", "ghcr.io/a/b"),
        ];
        all.extend(env);
        let mut world = world(&all);
        world.event = serde_json::json!({"number": 7});
        let context = Context::read(&world).unwrap();
        let rules = Rules::parse(&Inputs::read(&world)).unwrap();
        let job = read(&world, &["ghcr.io/a/b".to_owned()]).unwrap();
        let tags = derive(&rules, &context).unwrap();
        match check_pull_request(&world, &context, &job, &tags) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn pull_requests_write_tags_of_their_own_only() {
        let tags = |tags: &'static str| vec![("INPUT_TAGS", tags)];
        for (event, env, fine) in [
            ("pull_request", vec![], true),
            ("pull_request_target", vec![], true),
            (
                "pull_request",
                tags("type=ref,event=pr,prefix=preview-"),
                true,
            ),
            ("pull_request", tags("type=raw,value=app-pr-7-alpine"), true),
            (
                "pull_request",
                tags("type=ref,event=pr\ntype=raw,value=latest"),
                false,
            ),
            ("pull_request_target", tags("latest"), false),
            ("pull_request", tags("main"), false),
            ("pull_request", tags("type=raw,value=pr-70"), false),
            (
                "pull_request",
                tags("type=semver,pattern={{version}},value=1.2.3"),
                false,
            ),
            ("pull_request", tags("type=sha"), false),
            ("pull_request", vec![("INPUT_FLAVOR", "latest=true")], false),
            ("pull_request", vec![("INPUT_IMAGES", "")], false),
            (
                "pull_request",
                vec![("INPUT_TAGS", "main"), ("INPUT_MODE", "dry-run")],
                true,
            ),
            (
                "pull_request",
                vec![("INPUT_TAGS", "main"), ("INPUT_SOURCE", "")],
                true,
            ),
            ("push", tags("main"), true),
        ] {
            let said = check(event, &env);
            assert_eq!(said == "fine", fine, "{event} {env:?}: {said}");
        }
    }
}
