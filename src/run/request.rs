use super::learn::learn;
use super::lineage::Lineage;
use crate::action::Runner;
use crate::context::{Context, World};
use crate::error::BadInput;
use crate::job::{self, Job};
use crate::oci::Tag;
use crate::plan::Guards;
use crate::report::{Destination, Report, Row, State, Traffic};
use crate::tags::{self, Image, Line, Name, Rules, TagSet};

/// What is asked for, all of it checked.
pub(super) struct Request {
    pub(super) job: Job,
    pub(super) tags: TagSet,
    tag_outputs: Vec<(String, String)>,
    pub(super) guards: Guards,
    pub(super) lineage: Lineage,
}

impl Request {
    pub(super) async fn read(world: &World, runner: &Runner) -> Result<Self, BadInput> {
        let mut context = Context::read(world)?;
        let rules = Rules::parse(&tags::Inputs::read(world))?;
        let images = images(&rules, world);
        let enabled: Vec<_> = images
            .iter()
            .filter(|image| image.enable)
            .map(|image| image.name.clone())
            .collect();
        let job = job::read(world, &enabled)?;
        runner.mask_all(&job.secrets());
        let unknown = learn(&mut context, &rules, world).await;
        let mut tags = tags::derive(&rules, &context)?;
        tags.warnings.splice(..0, unknown);
        job::check_pull_request(world, &context, &job, &tags)?;
        let guards = guards(&job, &rules, &context, &tags);
        let tag_outputs = named(tags.outputs(&rules, &images));
        Ok(Self {
            job,
            tags,
            tag_outputs,
            guards,
            lineage: Lineage::new(&context, world),
        })
    }

    pub(super) fn names(&self) -> Vec<Tag> {
        self.tags
            .names()
            .iter()
            .map(|name| name.tag.clone())
            .collect()
    }

    /// Nothing done yet: every tag counts as failed until it is seen to be right.
    pub(super) fn report(&self) -> Report {
        let rows = |state| {
            let row = |tag| Row {
                tag,
                old: None,
                new: None,
                state,
            };
            self.names().into_iter().map(row).collect()
        };
        let destination = |destination: &job::Destination, state| Destination {
            repository: destination.repository.clone(),
            rows: rows(state),
            to_send: None,
            traffic: Traffic::default(),
        };
        let asked = self
            .job
            .destinations
            .iter()
            .map(|asked| destination(asked, State::Failed));
        let skipped = self
            .job
            .skipped
            .iter()
            .map(|skipped| destination(skipped, State::Skipped));
        let moves_anything = self.job.source.is_some();
        Report {
            source: self.job.source.as_ref().map(ToString::to_string),
            tag_outputs: self.tag_outputs.clone(),
            destinations: if moves_anything {
                asked.chain(skipped).collect()
            } else {
                Vec::new()
            },
            warnings: self.warnings(),
            ..Report::default()
        }
    }

    fn warnings(&self) -> Vec<String> {
        let skipped = self.job.skipped.iter().map(|skipped| {
            format!(
                "{} is skipped, because there are no credentials for Docker Hub: give dockerhub-username and dockerhub-token to publish there too",
                skipped.image
            )
        });
        let nowhere = self.job.source.is_some()
            && self.job.destinations.is_empty()
            && self.job.skipped.is_empty();
        let nowhere = nowhere
            .then(|| "No image of the input images is enabled: nothing is published".to_owned());
        let known = self.job.warnings.iter().chain(&self.tags.warnings).cloned();
        known.chain(skipped).chain(nowhere).collect()
    }
}

/// The images of the input, or this repository's own.
fn images(rules: &Rules, world: &World) -> Vec<Image> {
    if !rules.images().is_empty() {
        return rules.images().to_vec();
    }
    let own = job::default_image(world);
    own.map(|name| Image {
        name,
        enable: true,
        line: 0,
    })
    .into_iter()
    .collect()
}

fn guards(job: &Job, rules: &Rules, context: &Context, tags: &TagSet) -> Guards {
    let line = Line::of(rules, context);
    let by_version = |name: &&Name| name.floating && line.is_some();
    let on_branch = context.branch().is_some();
    let tags_that = |is_wanted: &dyn Fn(&&Name) -> bool| {
        let names = tags.names().iter().filter(is_wanted);
        names.map(|name| name.tag.clone()).collect()
    };
    Guards {
        older_version: job.older_version,
        floating: tags_that(&by_version),
        branch: tags_that(&|name| on_branch && !by_version(name)),
        line,
        immutable: job.immutable_tags.clone(),
    }
}

fn named(outputs: tags::Outputs) -> Vec<(String, String)> {
    let outputs = [
        ("tags", outputs.tags),
        ("tag-names", outputs.tag_names),
        ("version", outputs.version),
        ("labels", outputs.labels),
        ("annotations", outputs.annotations),
        ("json", outputs.json),
    ];
    outputs.map(|(name, value)| (name.to_owned(), value)).into()
}
