//! The story of a run: from what GitHub says and the user asks to the same digest under the same tags everywhere.

mod learn;
mod ledger;
mod lineage;
mod read_only;
mod request;
mod show;
mod survey;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::action::{Runner, cancelled};
use crate::context::World;
use crate::job::Mode;
use crate::oci::{Digest, Origin, Repository, Tag, Tree};
use crate::plan::Plan;
pub use crate::registry::Policy;
use crate::registry::{Error, Registries, Remote};
use crate::report::{Failure, Side, State};
use crate::source::Source;
use crate::transfer::{self, Asked, Place, Uploaded, failure};
use ledger::Ledger;
use request::Request;

/// Bad input: nothing was touched.
const BAD_INPUT: u8 = 2;

/// Does what the world asks for, tells the runner, and gives the exit code.
pub async fn run(world: &World, policy: Policy, runner: Arc<Runner>) -> u8 {
    let started = Instant::now();
    let request = tokio::select! {
        request = Request::read(world, &runner) => request,
        signal = cancelled() => {
            runner.error("Cancelled before anything was touched");
            return signal.exit_code();
        }
    };
    match request {
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

impl Request {
    async fn serve(&self, policy: Policy, runner: &Arc<Runner>, ledger: &Ledger) {
        show::tags(&self.tags, runner);
        let Some(origin) = &self.job.source else {
            return;
        };
        if let Err(failures) = self.mirror(origin, policy, runner, ledger).await {
            ledger.report().failures.extend(failures);
        }
    }

    async fn mirror(
        &self,
        origin: &Origin,
        policy: Policy,
        runner: &Arc<Runner>,
        ledger: &Ledger,
    ) -> Result<(), Vec<Failure>> {
        let unusable = |error| at_source(origin, "starting", &error);
        let registries = self.registries(policy, runner).map_err(unusable)?;
        let wanted = &self.job.destinations;
        let remotes = wanted.iter().enumerate().map(|(place, to)| {
            let mut before = wanted[..place].iter().map(|to| &to.repository);
            let elder = before.find(|other| other.registry() == to.repository.registry());
            registries.destination(&to.repository, origin.repository(), elder)
        });
        let remotes: Vec<Remote> = remotes.collect::<Result<_, _>>().map_err(unusable)?;
        let source = open(origin, &registries)
            .await
            .map_err(|error| at_source(origin, "opening it", &error))?;
        let started = Instant::now();
        let result = self.publish(&source, &remotes, runner, ledger).await;
        ledger.count(&remotes, started.elapsed());
        ledger.note_pulls(&source);
        result
    }

    /// Resolve, look, plan, and then what the mode asks for.
    async fn publish(
        &self,
        source: &Source,
        remotes: &[Remote],
        runner: &Runner,
        ledger: &Ledger,
    ) -> Result<(), Vec<Failure>> {
        let looking = runner.group("Look");
        let (source, digest) = self.resolve(source, runner, ledger).await?;
        let plan = self
            .look((&source, digest), &self.asked(remotes), ledger)
            .await?;
        self.tell(&plan, runner, ledger);
        let check = self.job.mode == Mode::Check;
        let plan = if check {
            plan
        } else {
            self.without_refused(plan, ledger)?
        };
        if plan.is_done() && !check {
            return Ok(());
        }
        let tree = self.tree(&source, &plan.digest, runner, ledger).await?;
        drop(looking);
        match self.job.mode {
            Mode::Mirror => {
                self.carry_out(&plan, tree, &source, remotes, runner, ledger)
                    .await
            }
            Mode::DryRun => {
                read_only::foresee(&plan, &tree, remotes, runner, ledger).await;
                Ok(())
            }
            Mode::Check => {
                read_only::compare(&plan, &tree, remotes, ledger).await;
                Ok(())
            }
        }
    }

    /// What the source's name means now, and the platforms of it that are asked for.
    async fn resolve(
        &self,
        source: &Source,
        runner: &Runner,
        ledger: &Ledger,
    ) -> Result<(Source, Digest), Vec<Failure>> {
        let failed = |step| move |error| at_source(source, step, &error);
        let digest = source
            .resolve()
            .await
            .map_err(failed("finding the image"))?;
        let named = source.by_sha256(&digest).await;
        let (source, digest) = named.map_err(failed("reading the image"))?;
        runner.print(&format!("{} is {digest}", source.origin()));
        let narrowed = source.narrowed(&digest, &self.job.platforms).await;
        let (source, digest) = narrowed.map_err(failed("picking platforms"))?;
        let mut report = ledger.report();
        report.warnings.extend(source.warning());
        report.digest = Some(digest.clone());
        Ok((source, digest))
    }

    /// All manifests of the image, and of what refers to it.
    async fn tree(
        &self,
        source: &Source,
        digest: &Digest,
        runner: &Runner,
        ledger: &Ledger,
    ) -> Result<Tree, Vec<Failure>> {
        let tree = source
            .tree(digest)
            .await
            .map_err(|error| at_source(source, "reading its manifests", &error))?;
        ledger.report().platforms = tree.platforms();
        self.with_referrers(source, tree, runner)
            .await
            .map_err(|error| at_source(source, "reading what refers to it", &error))
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
        let commit = async |uploaded: Uploaded| {
            show::brought(&uploaded, runner);
            let _moving = runner.group("Move tags");
            let uploaded = self
                .look_again(uploaded, (source, plan), runner, ledger)
                .await?;
            Ok(move_tags(uploaded, runner, ledger).await)
        };
        let commit =
            async |uploaded| -> Vec<Failure> { commit(uploaded).await.unwrap_or_else(|it| it) };
        let failures = transfer::upload(ready, source, commit).await;
        drop(uploading);
        ledger.report().failures.extend(failures);
        Ok(())
    }

    /// Every tag at every destination.
    fn asked(&self, remotes: &[Remote]) -> Vec<Asked> {
        let asked = |remote: &Remote| Asked {
            remote: remote.clone(),
            tags: self.names(),
        };
        remotes.iter().map(asked).collect()
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

    fn registries(&self, policy: Policy, runner: &Arc<Runner>) -> Result<Registries, Error> {
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
}

/// Moves them, and notes of each at every moment where it is.
async fn move_tags(uploaded: Uploaded, runner: &Runner, ledger: &Ledger) -> Vec<Failure> {
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
}

/// Nothing is asked of a registry yet; a file is looked through.
async fn open(origin: &Origin, registries: &Registries) -> Result<Source, Error> {
    match origin {
        Origin::Registry(reference) => registries
            .source(&reference.repository)
            .map(|remote| Source::registry(remote, reference.clone())),
        Origin::Store(store) => Source::store(store).await,
    }
}

fn at_source(place: &impl Place, step: &str, error: &Error) -> Vec<Failure> {
    vec![failure(Side::Source, place, step.to_owned(), error)]
}
