//! The story of a run: from what GitHub says and the user asks to the same digest under the same tags everywhere.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::action::{Runner, cancelled};
use crate::context::{Context, World};
use crate::error::BadInput;
use crate::job::{self, Job, Mode, Publish};
use crate::oci::{Digest, Origin, Repository, Tag, Tree};
use crate::plan::{Delivery, Guards, Held, Plan};
pub use crate::registry::Policy;
use crate::registry::{Error, Registries, Remote};
use crate::report::{Destination, Failure, Report, Row, Side, State, Traffic, human};
use crate::source::Source;
use crate::tags::{self, Image, Line, Rules, TagSet};
use crate::transfer::{self, failure};

/// Bad input: nothing was touched.
const BAD_INPUT: u8 = 2;

/// Does what the world asks for, tells the runner, and gives the exit code.
pub async fn run(world: &World, policy: Policy, runner: Arc<Runner>) -> u8 {
    let started = Instant::now();
    match Request::read(world, &runner) {
        Ok(request) => {
            let ledger = Ledger::new(request.report());
            let work = request.serve(policy, &runner, &ledger);
            tokio::pin!(work);
            tokio::select! {
                () = &mut work => {}
                signal = cancelled() => {
                    ledger.report().cancelled = Some(signal);
                    ledger.wind_up(work).await;
                }
            }
            let mut report = ledger.report();
            report.elapsed = started.elapsed();
            runner.publish(&report)
        }
        Err(error) => {
            runner.error(&error.to_string());
            BAD_INPUT
        }
    }
}

/// What is asked for, all of it checked.
struct Request {
    job: Job,
    tags: TagSet,
    tag_outputs: Vec<(String, String)>,
    guards: Guards,
}

/// What has become of it so far: true at every moment, so that a run that is stopped can still say where everything is.
struct Ledger {
    report: Mutex<Report>,
    /// How many moves of tags are going on, which may not end half-way.
    moving: AtomicUsize,
    /// Asks them to end.
    stop: CancellationToken,
}

/// How long a move of tags may take to go back once the run is cancelled: after 7.5 seconds a stronger signal comes.
const GRACE: Duration = Duration::from_secs(6);

impl Request {
    fn read(world: &World, runner: &Runner) -> Result<Self, BadInput> {
        let context = Context::read(world)?;
        let rules = Rules::parse(&tags::Inputs::read(world))?;
        let images = images(&rules, world);
        let enabled: Vec<_> = images
            .iter()
            .filter(|image| image.enable)
            .map(|image| image.name.clone())
            .collect();
        let job = job::read(world, &enabled)?;
        runner.mask_all(&job.secrets());
        let tags = tags::derive(&rules, &context)?;
        job::check_pull_request(world, &context, &job, &tags)?;
        let guards = guards(&job, &rules, &context, &tags);
        let tag_outputs = named(tags.outputs(&rules, &images));
        Ok(Self {
            job,
            tags,
            tag_outputs,
            guards,
        })
    }

    fn names(&self) -> Vec<Tag> {
        self.tags
            .names()
            .iter()
            .map(|name| name.tag.clone())
            .collect()
    }

    /// Nothing done yet: every tag counts as failed until it is seen to be right.
    fn report(&self) -> Report {
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

    async fn serve(&self, policy: Policy, runner: &Arc<Runner>, ledger: &Ledger) {
        self.show_tags(runner);
        if self.job.source.is_none() {
            return;
        }
        if let Err(failures) = self.mirror(policy, runner, ledger).await {
            ledger.report().failures.extend(failures);
        }
    }

    fn show_tags(&self, runner: &Runner) {
        let _group = runner.group("Tags");
        for name in self.tags.names() {
            runner.print(&format!("{}  ({})", name.tag, name.rule));
        }
    }

    async fn mirror(
        &self,
        policy: Policy,
        runner: &Arc<Runner>,
        ledger: &Ledger,
    ) -> Result<(), Vec<Failure>> {
        let Some(origin) = &self.job.source else {
            return Ok(());
        };
        let registries = self
            .registries(policy, runner)
            .map_err(|error| vec![self.unusable(&error)])?;
        let open = |error| vec![self.unusable(&error)];
        let wanted = self.job.destinations.iter();
        let remotes = wanted.map(|to| registries.destination(&to.repository, origin.repository()));
        let remotes: Vec<Remote> = remotes.collect::<Result<_, _>>().map_err(open)?;
        let source = open_source(origin, &registries).await?;
        let started = Instant::now();
        let result = self.publish(&source, &remotes, runner, ledger).await;
        ledger.count(&remotes, started.elapsed());
        result
    }

    /// Resolve, look, plan, prepare, upload, and only then move tags.
    async fn publish(
        &self,
        source: &Source,
        remotes: &[Remote],
        runner: &Runner,
        ledger: &Ledger,
    ) -> Result<(), Vec<Failure>> {
        let looking = runner.group("Look");
        let at_source = |step: &'static str| {
            move |error| vec![failure(Side::Source, source, step.to_owned(), &error)]
        };
        let digest = source
            .resolve()
            .await
            .map_err(at_source("finding the image"))?;
        runner.print(&format!("{} is {digest}", source.origin()));
        let narrowed = source.narrowed(&digest, &self.job.platforms).await;
        let (source, digest) = narrowed.map_err(at_source("picking platforms"))?;
        ledger.report().warnings.extend(source.warning());
        ledger.report().digest = Some(digest.clone());
        let plan = self.look(digest, remotes, ledger).await?;
        let (to_move, refused) = match self.job.mode {
            Mode::Mirror => (State::Failed, State::Failed),
            Mode::DryRun => (State::Planned, State::Failed),
            Mode::Check => (State::Drifted, State::Drifted),
        };
        ledger.report().plan(&plan, to_move, refused);
        let kept = plan.deliveries.iter().flat_map(|delivery| {
            let warning = |it: &Held| {
                format!(
                    "{}:{} is left as it is: {}",
                    delivery.repository, it.tag, it.why
                )
            };
            delivery.kept.iter().map(warning)
        });
        ledger.report().warnings.extend(kept);
        show_plan(&plan, runner);
        let check = self.job.mode == Mode::Check;
        let plan = if check {
            plan
        } else {
            self.without_refused(plan, ledger)?
        };
        if plan.is_done() && !check {
            return Ok(());
        }
        let tree = source
            .tree(&plan.digest)
            .await
            .map_err(at_source("reading its manifests"))?;
        ledger.report().platforms = tree.platforms();
        let tree = self.with_referrers(&source, tree, runner).await;
        let tree = tree.map_err(at_source("reading what refers to it"))?;
        drop(looking);
        match self.job.mode {
            Mode::Mirror => {
                self.carry_out(&plan, tree, &source, remotes, runner, ledger)
                    .await
            }
            Mode::DryRun => foresee(&plan, &tree, remotes, runner, ledger).await,
            Mode::Check => compare(&plan, &tree, remotes, ledger).await,
        }
    }

    /// Prepare, upload, and only then move tags.
    async fn carry_out(
        &self,
        plan: &Plan,
        tree: Tree,
        source: &Source,
        remotes: &[Remote],
        runner: &Runner,
        ledger: &Ledger,
    ) -> Result<(), Vec<Failure>> {
        let uploading = runner.group("Upload");
        let ready = transfer::prepare(plan, tree, remotes).await?;
        let commit = async |uploaded| {
            let _moving = runner.group("Move tags");
            ledger.moving.fetch_add(1, Ordering::SeqCst);
            let told = |repository: &Repository, tag: &Tag, state, now: Option<&Digest>| {
                if let (State::Published, Some(now)) = (state, now) {
                    runner.print(&format!("{repository}:{tag} is {now}"));
                }
                ledger.report().set(repository, tag, state, now);
            };
            let failures = transfer::commit(uploaded, &ledger.stop, &told).await;
            ledger.moving.fetch_sub(1, Ordering::SeqCst);
            failures
        };
        let failures = transfer::upload(ready, source, commit).await;
        drop(uploading);
        if failures.is_empty() {
            Ok(())
        } else {
            Err(failures)
        }
    }

    /// What each destination holds, and what follows from it. One that can't be asked ends the run where the others
    /// wait for it.
    async fn look(
        &self,
        digest: Digest,
        remotes: &[Remote],
        ledger: &Ledger,
    ) -> Result<Plan, Vec<Failure>> {
        let (mut seen, mut failures) = (Vec::new(), Vec::new());
        for result in transfer::look(remotes, &digest, &self.names(), &self.guards).await {
            match result {
                Ok(one) => seen.push(one),
                Err(failure) => failures.push(failure),
            }
        }
        let nobody_waits = self.job.publish == Publish::Independently && !seen.is_empty();
        if !failures.is_empty() && !nobody_waits {
            return Err(failures);
        }
        ledger.report().failures.extend(failures);
        Ok(Plan::new(digest, self.job.publish, &self.guards, seen))
    }

    /// What a guard refuses stops its registry, and all of them where they wait for each other.
    fn without_refused(&self, mut plan: Plan, ledger: &Ledger) -> Result<Plan, Vec<Failure>> {
        let refused = plan.deliveries.iter().flat_map(|delivery| {
            let failure = |held| refusal(&delivery.repository, held);
            delivery.refused.iter().map(failure)
        });
        let refused: Vec<_> = refused.collect();
        if self.job.publish == Publish::Together && !refused.is_empty() {
            return Err(refused);
        }
        ledger.report().failures.extend(refused);
        plan.deliveries
            .retain(|delivery| delivery.refused.is_empty());
        Ok(plan)
    }

    /// Signatures, SBOMs and attestations come along unless they are not wanted.
    async fn with_referrers(
        &self,
        source: &Source,
        tree: Tree,
        runner: &Runner,
    ) -> Result<Tree, Error> {
        if !self.job.referrers {
            return Ok(tree);
        }
        let tree = source.with_referrers(tree).await?;
        match tree.referrers().count() {
            0 => {}
            count => runner.print(&format!(
                "{count} signatures, SBOMs or attestations come along"
            )),
        }
        Ok(tree)
    }

    fn registries(
        &self,
        policy: Policy,
        runner: &Arc<Runner>,
    ) -> Result<Registries, crate::registry::Error> {
        let credentials: HashMap<_, _> = self.job.credentials.clone().into_iter().collect();
        let runner = Arc::clone(runner);
        let on_secret = Arc::new(move |secret: &str| runner.mask(&secret.into()));
        Registries::new(
            policy,
            credentials,
            self.job.insecure_registries.clone(),
            on_secret,
        )
    }

    fn unusable(&self, error: &crate::registry::Error) -> Failure {
        Failure {
            side: Side::Source,
            place: self
                .job
                .source
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            step: "starting".to_owned(),
            cause: error.message.clone(),
            remedy: None,
        }
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

/// What would be sent; nothing is.
async fn foresee(
    plan: &Plan,
    tree: &Tree,
    remotes: &[Remote],
    runner: &Runner,
    ledger: &Ledger,
) -> Result<(), Vec<Failure>> {
    let _sending = runner.group("Would send");
    let mut failures = Vec::new();
    for (remote, lack) in transfer::estimate(plan, tree, remotes).await {
        let repository = remote.repository();
        match lack {
            Ok(lack) => {
                let (blobs, manifests) = (lack.blobs.len(), lack.manifests.len());
                let bytes = human::bytes(lack.bytes);
                runner.print(&format!(
                    "{repository}: {bytes} in {blobs} blobs and {manifests} manifests"
                ));
                ledger.report().will_send(repository, lack.bytes);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures)
    }
}

/// Whether everything is there that the tags which are right lead to.
async fn compare(
    plan: &Plan,
    tree: &Tree,
    remotes: &[Remote],
    ledger: &Ledger,
) -> Result<(), Vec<Failure>> {
    let is_right = |remote: &&Remote| {
        let delivery = plan.delivery(remote.repository());
        delivery.is_some_and(|delivery| !delivery.unchanged.is_empty())
    };
    let mut failures = Vec::new();
    for remote in remotes.iter().filter(is_right) {
        match transfer::missing_manifests(remote, tree).await {
            Ok(missing) => {
                let lacks = |digest| format!("{} lacks the manifest {digest}", remote.repository());
                ledger.report().drift.extend(missing.iter().map(lacks));
            }
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures)
    }
}

fn guards(job: &Job, rules: &Rules, context: &Context, tags: &TagSet) -> Guards {
    let floating = tags.names().iter().filter(|name| name.floating);
    Guards {
        older_version: job.older_version,
        floating: floating.map(|name| name.tag.clone()).collect(),
        line: Line::of(rules, context),
        immutable: job.immutable_tags.clone(),
    }
}

fn refusal(repository: &Repository, held: &Held) -> Failure {
    Failure {
        side: Side::Destination,
        place: repository.to_string(),
        step: format!("moving tag {}", held.tag),
        cause: held.why.clone(),
        remedy: None,
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

/// Nothing is asked of a registry yet; a file is looked through.
async fn open_source(origin: &Origin, registries: &Registries) -> Result<Source, Vec<Failure>> {
    let opened = match origin {
        Origin::Registry(reference) => registries
            .source(&reference.repository)
            .map(|remote| Source::registry(remote, reference.clone())),
        Origin::Store(store) => Source::store(store).await,
    };
    opened.map_err(|error| {
        vec![failure(
            Side::Source,
            origin,
            "opening it".to_owned(),
            &error,
        )]
    })
}

fn show_plan(plan: &Plan, runner: &Runner) {
    for Delivery {
        repository,
        unchanged,
        kept,
        refused,
        moves,
    } in &plan.deliveries
    {
        for tag in unchanged {
            runner.print(&format!("{repository}:{tag} is there already"));
        }
        for Held { tag, why, .. } in kept {
            runner.print(&format!("{repository}:{tag} stays: {why}"));
        }
        for Held { tag, why, .. } in refused {
            runner.print(&format!("{repository}:{tag} may not move: {why}"));
        }
        for moved in moves {
            let from = moved.from.as_ref().map_or("not there yet", Digest::short);
            runner.print(&format!(
                "{repository}:{} moves ({from} → {})",
                moved.tag,
                plan.digest.short()
            ));
        }
    }
}

impl Ledger {
    fn new(report: Report) -> Self {
        Self {
            report: Mutex::new(report),
            moving: AtomicUsize::new(0),
            stop: CancellationToken::new(),
        }
    }

    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a move of tags come to an end, since tags may not stay half moved.
    async fn wind_up(&self, work: impl Future<Output = ()>) {
        self.stop.cancel();
        if self.moving.load(Ordering::SeqCst) > 0 {
            let _ = timeout(GRACE, work).await;
        }
    }

    /// What the work at each destination has cost.
    fn count(&self, remotes: &[Remote], elapsed: Duration) {
        let mut report = self.report();
        for remote in remotes {
            let meter = remote.meter();
            let traffic = Traffic {
                sent: meter.sent.get(),
                found: meter.found.get(),
                requests: meter.requests.get(),
                retries: meter.retries.get(),
                elapsed,
            };
            let destinations = report
                .destinations
                .iter_mut()
                .filter(|to| to.repository == *remote.repository());
            destinations.for_each(|to| to.traffic = traffic);
        }
    }
}
