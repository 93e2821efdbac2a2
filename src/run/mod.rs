//! The story of a run: from what GitHub says and the user asks to the same digest under the same tags everywhere.

mod ledger;
mod read_only;
mod request;
mod show;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::action::{Runner, cancelled};
use crate::context::World;
use crate::job::{Mode, Publish};
use crate::oci::{Digest, Origin, Repository, Tag, Tree};
use crate::plan::{Held, Plan};
pub use crate::registry::Policy;
use crate::registry::{Error, Registries, Remote};
use crate::report::{Failure, Side, State};
use crate::source::Source;
use crate::transfer::{self, Place, failure};
use ledger::Ledger;
use request::Request;

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
        let wanted = self.job.destinations.iter();
        let remotes = wanted.map(|to| registries.destination(&to.repository, origin.repository()));
        let remotes: Vec<Remote> = remotes.collect::<Result<_, _>>().map_err(unusable)?;
        let source = open(origin, &registries)
            .await
            .map_err(|error| at_source(origin, "opening it", &error))?;
        let started = Instant::now();
        let result = self.publish(&source, &remotes, runner, ledger).await;
        ledger.count(&remotes, started.elapsed());
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
        let plan = self.look(digest, remotes, ledger).await?;
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
        runner.print(&format!("{} is {digest}", source.origin()));
        let narrowed = source.narrowed(&digest, &self.job.platforms).await;
        let (source, digest) = narrowed.map_err(failed("picking platforms"))?;
        let mut report = ledger.report();
        report.warnings.extend(source.warning());
        report.digest = Some(digest.clone());
        Ok((source, digest))
    }

    /// Puts what is planned into the report and the log.
    fn tell(&self, plan: &Plan, runner: &Runner, ledger: &Ledger) {
        let (to_move, refused) = match self.job.mode {
            Mode::Mirror => (State::Failed, State::Failed),
            Mode::DryRun => (State::Planned, State::Failed),
            Mode::Check => (State::Drifted, State::Drifted),
        };
        let mut report = ledger.report();
        report.plan(plan, to_move, refused);
        report.warnings.extend(show::kept(plan));
        show::plan(plan, runner);
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
        ledger.report().failures.extend(failures);
        Ok(())
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

fn refusal(repository: &Repository, held: &Held) -> Failure {
    Failure {
        side: Side::Destination,
        place: repository.to_string(),
        step: format!("moving tag {}", held.tag),
        cause: held.why.clone(),
        remedy: None,
    }
}
