//! The whole way of one experiment: plan, deploy, visit every cell in every round, tear down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{Functions, Manifest, PartKey, RunDir, RunId};
use tokio::task::JoinSet;
use wire::{BatchId, ReceivedLine, WallNs};

use crate::backend::Backend;
use crate::cli::{SweepArgs, SweepOptions};
use crate::collect::Collector;
use crate::cost::Prices;
use crate::deploy::{
    Artifacts, Deployer, DeploymentLog, Pair, PairKey, Resource, Tags, TornDown, log_group, prefix,
    tear_down,
};
use crate::driver::{Driver, DriverName};
use crate::error::LabError;
use crate::experiment::Experiment;
use crate::interrupt::Interrupt;
use crate::late::Ledger;
use crate::limits::Limits;
use crate::plan::{self, Total, Visit};
use crate::progress::{self, Progress};
use crate::prove::prove;
use crate::redact::redact;
use crate::visit::Bench;
use crate::{billed, facts, needs, resume, step_functions, summary};

/// Everything that a run takes from the world around it.
#[derive(Clone, Debug)]
pub struct World {
    /// The workspace's folder.
    pub root: PathBuf,
    /// The folder of the workspace's binaries.
    pub programs: PathBuf,
    /// When the program was started.
    pub began: Instant,
    /// Random bits: a seed where none is asked for, names and batch ids that nobody else has.
    pub random: fn() -> u64,
    /// The time of day.
    pub now: fn() -> jiff::Timestamp,
}

impl World {
    /// The folder of the runs.
    #[must_use]
    pub fn runs(&self, options: &SweepOptions) -> PathBuf {
        options.runs.clone().unwrap_or_else(|| self.root.join("data/runs"))
    }
}

/// The name of a run that was not given one: UTC time, profile, commit.
#[must_use]
pub fn default_run_id(world: &World, profile: &str) -> String {
    let time = (world.now)().strftime("%Y%m%dT%H%M%SZ").to_string();
    match facts::git(&world.root) {
        Some(git) => {
            let commit = git.commit.get(..7).unwrap_or("commit");
            let dirty = if git.clean { "" } else { "-dirty" };
            format!("{time}-{profile}-{commit}{dirty}")
        }
        None => format!("{time}-{profile}"),
    }
}

/// Measures an experiment; gives what to print.
///
/// # Errors
/// See [`LabError`]. Finished parts are kept, and what was deployed is torn down.
pub async fn run(
    experiment: &Experiment,
    args: &SweepArgs,
    world: &World,
    interrupt: &Interrupt,
) -> Result<String, LabError> {
    let limits = Limits::read(&world.root)?;
    let plan = plan::of(&args.sweeps(experiment)?, args.architecture(), &limits)?;
    let functions = args.backend.functions(&world.programs, &args.options);
    let artifacts = Artifacts::pack(&functions, args.architecture())?;
    let run_id = match &args.options.run {
        Some(run_id) => run_id.clone(),
        None => RunId::new(&default_run_id(world, args.profile.name()))
            .map_err(|e| LabError::Usage(e.to_string()))?,
    };
    let run = RunDir::create(&world.runs(&args.options), &run_id)?;
    let session = Session { experiment, args, world, interrupt, run, artifacts };
    let result = session.run(plan, &limits).await;
    if !session.run.has_manifest() {
        // Nothing was begun; a folder that holds nothing is not left behind.
        let _ = std::fs::remove_dir(session.run.path());
    }
    result
}

struct Session<'a> {
    experiment: &'a Experiment,
    args: &'a SweepArgs,
    world: &'a World,
    interrupt: &'a Interrupt,
    run: RunDir,
    artifacts: Artifacts,
}

impl Session<'_> {
    async fn run(&self, plan: store::ExperimentPlan, limits: &Limits) -> Result<String, LabError> {
        let _lock: File = resume::lock(self.run.path()).await?;
        let functions = Functions {
            sender_sha256: self.artifacts.sender.sha256.clone(),
            receiver_sha256: self.artifacts.receiver.sha256.clone(),
        };
        let begun = if self.run.has_manifest() { Some(self.run.manifest()?) } else { None };
        if let Some(begun) = &begun {
            let (place, options) = (self.args.backend, &self.args.options);
            resume::check(
                begun,
                &resume::Settings {
                    seed: options.seed.map(u64::from),
                    profile: self.args.profile.name(),
                    functions: &functions,
                    experiment: self.experiment.name,
                    plan: &plan,
                    backend: place.name(),
                    backend_settings: &place.settings(options),
                },
            )?;
        }
        let (place, options) = (self.args.backend, &self.args.options);
        let concurrency = needs::most_concurrent(&plan);
        let backend = Backend::start_for(concurrency, place, options, &self.world.programs).await?;
        if backend.is_aws() && !self.artifacts.are_static() {
            return Err(LabError::Usage(
                "nothing was made: the function binaries need this machine's C library, and Lambda's \
                 image has another: build static ones (docs/AWS.md) and give --functions"
                    .to_owned(),
            ));
        }
        let result = self.on(&backend, begun, plan, functions, limits).await;
        let result = result.map_err(|e| match e {
            LabError::Service { action, source } => LabError::Service {
                action,
                source: format!("{source}{}", backend.last_words()).into(),
            },
            other => other,
        });
        backend.stop().await;
        let overhead = self.finish(result?)?;
        let manifest = self.run.manifest()?;
        let mut text = match manifest.experiments.get(self.experiment.name) {
            Some(plan) => summary::table(&self.run, self.experiment.name, plan)?,
            None => String::new(),
        };
        if let (true, Some(plan)) =
            (self.args.backend.costs_money(), manifest.experiments.get(self.experiment.name))
        {
            text.push_str(&self.billed(plan)?);
        }
        if let Some(overhead) = overhead {
            text.push_str(&format!(
                "  beside the messages (deploy, collect, write, tear down): {:.2} s\n",
                overhead.as_secs_f64()
            ));
        }
        Ok(text)
    }

    /// What was estimated and what was billed.
    fn billed(&self, plan: &store::ExperimentPlan) -> Result<String, LabError> {
        let prices = Prices::read(&self.world.root)?;
        let estimate = Total::of(plan, self.args.backend, &self.args.options, &prices).cost;
        Ok(billed::compare(&self.run, self.experiment.name, plan, &estimate, &prices)?)
    }

    /// Begins or goes on with the run on a backend that is ready. Gives how long the messages took;
    /// none when there was nothing left to do.
    async fn on(
        &self,
        backend: &Backend,
        begun: Option<Manifest>,
        plan: store::ExperimentPlan,
        functions: Functions,
        limits: &Limits,
    ) -> Result<Option<Duration>, LabError> {
        let name = self.experiment.name;
        let facts = backend.facts();
        let mut manifest = match begun {
            Some(begun) => {
                resume::check_backend(&begun, &facts)?;
                begun
            }
            None => self.new_manifest(backend, &plan, functions, limits),
        };
        let log = DeploymentLog::open(self.run.path(), backend.site(self.run.run_id()))?
            .crashing_after(self.args.options.crash_after_resources);
        let log = Arc::new(log);
        let clients = backend.clients();
        // Where lines may come late, their groups stay: `collect` reads them, `teardown` deletes them.
        let keeps_logs = backend.settles_late();
        let keep =
            |resource: &Resource| keeps_logs && matches!(resource, Resource::LogGroup { .. });
        // What an attempt that was killed has left.
        let torn_down = tear_down(&log, &clients, keep).await?;
        if !torn_down.left.is_empty() {
            self.tell_remains(&torn_down);
        }
        torn_down.into_result()?;

        let plan = manifest.experiments.entry(name.to_owned()).or_insert(plan).clone();
        let there: BTreeSet<PartKey> = self.run.parts()?.into_iter().collect();
        let left = plan::left(&plan, manifest.seed, name, |key| there.contains(key));
        if left.is_empty() && plan.finished {
            return Ok(None);
        }
        manifest.finished_at = None;
        for (setting, value) in backend.raised() {
            manifest.backend.settings.insert(resume::own_setting(name, setting), value.clone());
        }
        manifest.command = self
            .args
            .words_to_repeat(manifest.seed, manifest.experiments.keys().map(String::as_str));
        if self.args.options.driver == DriverName::StepFunctions {
            let poll = self.args.options.shard_poll_interval();
            step_functions::check(&plan, manifest.seed, poll)?;
        }
        self.run.write_manifest(&manifest)?;

        let keys: BTreeSet<PairKey> =
            left.iter().map(|visit| PairKey::of(&plan.cells[visit.cell as usize])).collect();
        let artifacts = self.artifacts.clone();
        // They have to be uploaded, as often as there are pairs.
        let artifacts = if backend.is_aws() { artifacts.squeezed()? } else { artifacts };
        let deployer = Arc::new(Deployer {
            clients: clients.clone(),
            log: Arc::clone(&log),
            artifacts,
            architecture: manifest.architecture,
            environment: backend.function_environment(),
            tags: Tags::of(self.run.run_id(), self.expires(&plan)),
            permissions_boundary: self.args.options.permissions_boundary.clone(),
            prefix: prefix(self.run.run_id(), (self.world.random)()),
        });
        // Not broken off by a signal: half a request could still make something after teardown.
        let result = match self.deploy(&deployer, keys).await {
            Err(e) => Err(e),
            Ok((driver, pairs)) => {
                let collector = Collector::new(clients.logs.clone(), backend.pace());
                let proved = if backend.settles_late() && !self.args.options.unproved {
                    self.interrupt.or(self.prove(&driver, &collector, &pairs)).await
                } else {
                    Ok(())
                };
                let deadline = self
                    .args
                    .options
                    .delivery_deadline
                    .unwrap_or(self.args.backend.delivery_deadline());
                let bench = Bench {
                    run_id: self.run.run_id(),
                    experiment: name,
                    seed: manifest.seed,
                    rounds: plan.rounds,
                    shard_poll_interval: self.args.options.shard_poll_interval(),
                    delivery_deadline: deadline,
                    driver: &driver,
                    clients: &clients,
                    collector: &collector,
                };
                match proved {
                    Err(e) => Err(e),
                    Ok(()) => self.visits(&bench, &plan, &left, &pairs).await,
                }
            }
        };
        // Of a run that was stopped before its first part there is nothing to read.
        let is_empty = matches!(result, Err(LabError::Interrupted { .. }))
            && self.run.parts().is_ok_and(|parts| parts.is_empty());
        let keep = |resource: &Resource| !is_empty && keep(resource);
        let torn_down = tear_down(&log, &clients, keep).await.and_then(|torn_down| {
            self.tell_remains(&torn_down);
            torn_down.into_result()
        });
        match (result, torn_down) {
            (Ok(took), Ok(_)) => Ok(Some(took)),
            (Ok(_), Err(e)) | (Err(e), Ok(_)) => Err(e),
            (Err(e), Err(also)) => {
                progress::line(&redact(&format!("error: while tearing down: {also}")));
                Err(e)
            }
        }
    }

    /// Says what a teardown has not removed, where that outlives the lab and has to be paid for.
    fn tell_remains(&self, torn_down: &TornDown) {
        let name = self.run.path().display().to_string();
        let remains = torn_down.remains(&name, self.run.run_id());
        if let Some(remains) = remains.filter(|_| self.args.backend.costs_money()) {
            progress::line(&remains);
        }
    }

    /// Makes the pairs, and who has their senders begin.
    async fn deploy(
        &self,
        deployer: &Arc<Deployer>,
        keys: BTreeSet<PairKey>,
    ) -> Result<(Driver, BTreeMap<PairKey, Pair>), LabError> {
        let driver = match self.args.options.driver {
            DriverName::Direct => Driver::Direct(deployer.clients.invoke.clone()),
            DriverName::StepFunctions => Driver::StepFunctions(deployer.state_machine().await?),
        };
        Ok((driver, Arc::clone(deployer).pairs(keys).await?))
    }

    /// Waits until every pair hands over.
    async fn prove(
        &self,
        driver: &Driver,
        collector: &Collector,
        pairs: &BTreeMap<PairKey, Pair>,
    ) -> Result<(), LabError> {
        let mut proving = JoinSet::new();
        for pair in pairs.values() {
            let (driver, collector) = (driver.clone(), collector.clone());
            let (pair, random) = (pair.clone(), self.world.random);
            proving.spawn(async move { prove(&driver, &collector, &pair, random).await });
        }
        while let Some(proved) = proving.join_next().await {
            proved.map_err(|e| LabError::Backend(format!("waiting for a pair ended: {e}")))??;
        }
        Ok(())
    }

    /// When nothing of this attempt is needed any more: a day after twice the planned time.
    fn expires(&self, plan: &store::ExperimentPlan) -> jiff::Timestamp {
        const A_DAY: Duration = Duration::from_secs(86_400);
        let poll = self.args.options.shard_poll_interval();
        let visits = plan.cells.iter().map(|cell| {
            let each = plan::expected(cell, poll) + self.args.backend.visit_overhead();
            each * plan::visits_of(cell, plan.rounds)
        });
        let now = (self.world.now)();
        now.checked_add(A_DAY + visits.sum::<Duration>() * 2).unwrap_or(now)
    }

    async fn visits(
        &self,
        bench: &Bench<'_>,
        plan: &store::ExperimentPlan,
        left: &[Visit],
        pairs: &BTreeMap<PairKey, Pair>,
    ) -> Result<Duration, LabError> {
        let poll = bench.shard_poll_interval;
        let expected = |visit: &Visit| plan::expected(&plan.cells[visit.cell as usize], poll);
        let messages = |visit: &Visit| {
            let cell = &plan.cells[visit.cell as usize];
            u64::from(cell.messages) + u64::from(cell.warmup)
        };
        let mut progress =
            Progress::new(left.iter().map(messages).sum(), left.iter().map(expected).sum());
        let began_at = WallNs::now();
        let mut ledger = Ledger::default();
        let mut took = Duration::ZERO;
        let mut result = Ok(());
        for (index, visit) in left.iter().enumerate() {
            let cell = &plan.cells[visit.cell as usize];
            let Some(pair) = pairs.get(&PairKey::of(cell)) else { continue };
            progress.doing(&format!(
                "{} {}/{}  round {}/{}  {}",
                self.experiment.name,
                index + 1,
                left.len(),
                visit.round + 1,
                plan.rounds,
                plan::label(cell)
            ));
            let batch = BatchId::new((self.world.random)());
            let visited = self.interrupt.or(bench.visit(cell, visit.round, batch, pair)).await;
            let visited = match visited {
                Ok(visited) => visited,
                Err(e) => {
                    result = Err(e);
                    break;
                }
            };
            let key = plan::part_key(self.experiment.name, cell, visit.round);
            // The invocations first: a part that is there has them.
            let written = self.run.write_invocations(&key, &visited.invocations);
            if let Err(e) = written.and_then(|_| self.run.write_part(&key, &visited.rows)) {
                result = Err(e.into());
                break;
            }
            for warning in &visited.warnings {
                progress.warn(&format!("cell {} round {}: {warning}", cell.cell, visit.round + 1));
            }
            ledger.enter(&key, &visited.rows);
            took += visited.messages_took;
            progress.done(messages(visit), expected(visit));
        }
        if result.is_ok() {
            progress.doing("looking for late deliveries");
            result = self.interrupt.or(self.late(bench, pairs, began_at, ledger)).await;
        }
        progress.finish();
        result.map(|()| took)
    }

    /// Corrects the parts whose messages came again after their visit.
    async fn late(
        &self,
        bench: &Bench<'_>,
        pairs: &BTreeMap<PairKey, Pair>,
        since: WallNs,
        mut ledger: Ledger,
    ) -> Result<(), LabError> {
        for pair in pairs.values() {
            let count = |line: &ReceivedLine| ledger.count(&line.message_id.to_string());
            bench.collector.deliveries(&log_group(&pair.receiver), since, count).await?;
        }
        for key in ledger.changed() {
            let mut rows = self.run.read_part(&key)?;
            ledger.correct(&mut rows);
            self.run.write_part(&key, &rows)?;
        }
        Ok(())
    }

    fn new_manifest(
        &self,
        backend: &Backend,
        plan: &store::ExperimentPlan,
        functions: Functions,
        limits: &Limits,
    ) -> Manifest {
        let world = self.world;
        // Not more than 32 bits when drawn: JSON readers round larger integers.
        let drawn = || (world.random)() >> 32;
        Manifest {
            format_version: store::FORMAT_VERSION,
            run_id: self.run.run_id().clone(),
            seed: self.args.options.seed.map_or_else(drawn, u64::from),
            profile: self.args.profile.name().to_owned(),
            git: facts::git(&world.root),
            cargo_lock_sha256: facts::cargo_lock_sha256(&world.root),
            functions,
            backend: backend.facts(),
            region: backend.region().to_owned(),
            architecture: self.args.architecture(),
            memory_mb: plan.cells.first().map_or(0, |cell| cell.memory_mb),
            limits: limits.by_name(),
            host: facts::host(),
            started_at: self.timestamp(),
            finished_at: None,
            command: Vec::new(),
            experiments: BTreeMap::new(),
        }
    }

    /// Closes the experiment's section, and the run when it is the last, and compacts its parts;
    /// gives the time beside the messages.
    fn finish(&self, messages_took: Option<Duration>) -> Result<Option<Duration>, LabError> {
        let name = self.experiment.name;
        let Some(messages_took) = messages_took else {
            // It was finished before; what stopped its compaction is made good.
            self.run.compact(name)?;
            return Ok(None);
        };
        let mut manifest = self.run.manifest()?;
        let overhead = || self.world.began.elapsed().saturating_sub(messages_took);
        let mut note = |overhead: Duration| {
            if let Some(section) = manifest.experiments.get_mut(name) {
                section.finished = true;
                section.overhead_ns = u64::try_from(overhead.as_nanos()).ok();
            }
            if manifest.experiments.values().all(|section| section.finished) {
                manifest.finished_at = Some(self.timestamp());
            }
            self.run.write_manifest(&manifest)
        };
        // Before the compaction, so that one that is stopped is completed without deploying anew;
        // and after it, since it is part of what is beside the messages.
        note(overhead())?;
        self.run.compact(name)?;
        let overhead = overhead();
        note(overhead)?;
        Ok(Some(overhead))
    }

    fn timestamp(&self) -> String {
        (self.world.now)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
