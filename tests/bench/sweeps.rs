//! Figures from sweeps of the lab's own: the same way that every experiment goes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use lab::backend::Place;
use lab::cli::{SweepArgs, SweepOptions};
use lab::interrupt::Interrupt;
use lab::run::{self, World};
use lab::{Axes, Experiment, Load, Profile, Shards, Transport};
use report::analysis::percentile::percentile;
use store::{Outcome, Row, RunDir, RunId};
use tempfile::TempDir;

use crate::table::Table;

/// Shards enough for what eight senders put: a shard takes 1,000 records a second.
const SHARDS: u32 = 20;

pub(crate) fn closed(profile: Profile, concurrency: u32, messages: u32) -> Axes {
    Axes {
        load: vec![Load::Closed],
        concurrency: vec![concurrency],
        rounds: 1,
        messages: if profile == Profile::Smoke { 50 } else { messages },
        warmup: 20,
        shards: vec![Shards::Provisioned(SHARDS)],
        ..Axes::of(profile)
    }
}

static ONE_SENDER: Experiment = Experiment {
    name: "one-sender",
    question: "How long does a handoff take when nothing else goes on?",
    hypothesis: "Well under a millisecond, for all but the polled stream.",
    sweeps: |profile| vec![Axes { rounds: 3, ..closed(profile, 1, 2_000) }],
};

static EIGHT_SENDERS: Experiment = Experiment {
    name: "eight-senders",
    question: "How many messages a second go through?",
    hypothesis: "8,000 through each transport, none lost, none doubled.",
    sweeps: |profile| vec![closed(profile, 8, 100_000)],
};

static SHARD_POLL: Experiment = Experiment {
    name: "shard-poll",
    question: "How long does a message wait for the poll of its shard?",
    hypothesis: "Uniformly between 0 and 1 s.",
    sweeps: |profile| {
        vec![Axes {
            transports: vec![Transport::Kinesis],
            rounds: if profile == Profile::Smoke { 1 } else { 5 },
            messages: if profile == Profile::Smoke { 10 } else { 80 },
            ..Axes::of(profile)
        }]
    },
};

/// Whether a figure, in seconds, is good enough.
type Aim = fn(f64) -> bool;

/// The sweeps, their runs in a folder that goes with this value.
pub(crate) struct Sweeps<'a> {
    world: &'a World,
    interrupt: &'a Interrupt,
    smoke: bool,
    runs: TempDir,
}

impl<'a> Sweeps<'a> {
    pub(crate) fn new(
        world: &'a World,
        interrupt: &'a Interrupt,
        smoke: bool,
    ) -> anyhow::Result<Self> {
        Ok(Self { world, interrupt, smoke, runs: tempfile::tempdir()? })
    }

    /// Runs an experiment; gives the measured rows of each transport, all of them delivered once
    /// and undamaged.
    async fn rows(&self, experiment: &Experiment) -> anyhow::Result<Vec<(Transport, Vec<Row>)>> {
        self.rows_with(experiment, experiment.name, None, None).await
    }

    /// Whether a few messages are enough.
    pub(crate) const fn smoke(&self) -> bool {
        self.smoke
    }

    /// As [`Self::rows`], under a name of its own, with another poll interval and a delay put into
    /// local-cloud's delivery.
    pub(crate) async fn rows_with(
        &self,
        experiment: &Experiment,
        run: &str,
        shard_poll_interval: Option<Duration>,
        inject_delivery_delay: Option<String>,
    ) -> anyhow::Result<Vec<(Transport, Vec<Row>)>> {
        let options =
            SweepOptions { shard_poll_interval, inject_delivery_delay, ..SweepOptions::default() };
        let by_transport = self.rows_in(Place::Local, experiment, run, options).await?;
        for (transport, rows) in &by_transport {
            for row in rows {
                let intact = row.outcome == Outcome::Delivered && row.payload_ok == Some(true);
                ensure!(intact, "over {transport}, a message was {}: {row:?}", row.outcome);
            }
        }
        Ok(by_transport)
    }

    /// Runs an experiment in a place, under a name of its own; gives the measured rows of each
    /// transport, whatever became of them.
    pub(crate) async fn rows_in(
        &self,
        backend: Place,
        experiment: &Experiment,
        run: &str,
        options: SweepOptions,
    ) -> anyhow::Result<Vec<(Transport, Vec<Row>)>> {
        let run_id = RunId::new(run)?;
        let args = SweepArgs {
            backend,
            profile: self.profile(),
            options: SweepOptions {
                run: Some(run_id.clone()),
                seed: Some(1),
                runs: Some(self.runs.path().to_owned()),
                delivery_deadline: Some(Duration::from_secs(60)),
                ..options
            },
        };
        // What a run costs beside its messages counts from its own beginning.
        let world = World { began: Instant::now(), ..self.world.clone() };
        run::run(experiment, &args, &world, self.interrupt).await?;
        let run = RunDir::open(&self.runs.path().join(run_id.to_string()))?;
        let mut by_transport: Vec<(Transport, Vec<Row>)> = Vec::new();
        for key in run.parts()? {
            let rows = run.read_part(&key)?;
            match by_transport.iter_mut().find(|(transport, _)| *transport == key.transport) {
                Some((_, all)) => all.extend(rows),
                None => by_transport.push((key.transport, rows)),
            }
        }
        by_transport.sort_by_key(|(transport, _)| *transport);
        for (_, rows) in &mut by_transport {
            rows.retain(|row| !row.warmup);
        }
        ensure!(!by_transport.is_empty(), "{} gave no rows", experiment.name);
        Ok(by_transport)
    }

    /// How thoroughly is measured.
    pub(crate) const fn profile(&self) -> Profile {
        if self.smoke { Profile::Smoke } else { Profile::Quick }
    }

    /// Where everything is that is measured.
    pub(crate) const fn world(&self) -> &World {
        self.world
    }

    /// The folder of the runs.
    pub(crate) fn runs(&self) -> &Path {
        self.runs.path()
    }

    /// Handoff and operation duration at concurrency 1.
    pub(crate) async fn one_sender(&self, table: &mut Table) -> anyhow::Result<()> {
        let by_transport = self.rows(&ONE_SENDER).await?;
        for (transport, rows) in &by_transport {
            let aim_ms = match transport {
                Transport::SyncInvoke => 0.25,
                Transport::AsyncInvoke | Transport::Sns | Transport::Sqs => 0.35,
                // Waits for a poll: measured apart.
                Transport::Kinesis => continue,
            };
            let median = median_ms(rows, |row| row.handoff_ns.map(|ns| ns as f64))?;
            table.add(
                format!("handoff, {transport}, median of {}", rows.len()),
                format!("{median:.3} ms"),
                &format!("at most {aim_ms} ms"),
                median <= aim_ms,
            );
        }
        for (transport, rows) in &by_transport {
            let median = median_ms(rows, |row| row.operation_ns.map(|ns| ns as f64))?;
            table.add(
                format!("operation duration, {transport}, median of {}", rows.len()),
                format!("{median:.3} ms"),
                "at most 0.5 ms",
                median <= 0.5,
            );
        }
        Ok(())
    }

    /// The distribution of the handoff over a polled shard.
    pub(crate) async fn shard_poll(&self, table: &mut Table) -> anyhow::Result<()> {
        for (transport, rows) in &self.rows(&SHARD_POLL).await? {
            let handoffs = ascending(rows, |row| row.handoff_ns.map(|ns| ns as f64));
            let aims: [(f64, &str, Aim); 3] = [
                (0.1, "under 0.2 s", |s| s < 0.2),
                (0.5, "0.4 to 0.6 s", |s| (0.4..=0.6).contains(&s)),
                (0.9, "over 0.8 s", |s| s > 0.8),
            ];
            for (p, aim, met) in aims {
                let s = percentile(&handoffs, p).context("no handoffs")? / 1e9;
                table.add(
                    format!("handoff, {transport}, p{:.0} of {}", p * 100.0, rows.len()),
                    format!("{s:.3} s"),
                    aim,
                    met(s),
                );
            }
        }
        Ok(())
    }

    /// Messages per second with eight senders, from the first put to the last arrival.
    pub(crate) async fn eight_senders(&self, table: &mut Table) -> anyhow::Result<()> {
        for (transport, rows) in &self.rows(&EIGHT_SENDERS).await? {
            let rate = messages_per_s(rows)?;
            table.add(
                format!("throughput, {transport}, {} messages, none lost or doubled", rows.len()),
                format!("{rate:.0} messages/s"),
                "at least 8,000 messages/s",
                rate >= 8_000.0,
            );
        }
        Ok(())
    }

    /// What a run costs beside its messages: a smoke profile of the baseline's sweep.
    pub(crate) async fn smoke_overhead(&self, table: &mut Table) -> anyhow::Result<()> {
        static SMOKE: Experiment = Experiment {
            name: "smoke",
            question: "What does a smoke run cost beside its messages?",
            hypothesis: "Under 2 s.",
            sweeps: |_| vec![Axes { receiver_ms: vec![0, 100], ..Axes::of(Profile::Smoke) }],
        };
        self.rows(&SMOKE).await?;
        let run = RunDir::open(&self.runs.path().join(SMOKE.name))?;
        let manifest = run.manifest()?;
        let plan = manifest.experiments.get(SMOKE.name).context("no such experiment")?;
        let overhead = Duration::from_nanos(plan.overhead_ns.context("no overhead recorded")?);
        table.add(
            "a smoke run beside its messages (deploy, collect, write, tear down)",
            format!("{:.2} s", overhead.as_secs_f64()),
            "under 2 s",
            overhead < Duration::from_secs(2),
        );
        Ok(())
    }
}

/// Messages per second from the first put to the last arrival.
pub(crate) fn messages_per_s(rows: &[Row]) -> anyhow::Result<f64> {
    let first = rows.iter().filter_map(|row| row.put_started_at_ns).min();
    let last = rows.iter().filter_map(|row| row.received_at_ns).max();
    let took_ns = last.context("nothing arrived")? - first.context("nothing was put")?;
    let arrived = rows.iter().filter(|row| row.received_at_ns.is_some()).count();
    Ok(arrived as f64 / (took_ns as f64 / 1e9))
}

fn ascending(rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> Vec<f64> {
    let mut values: Vec<f64> = rows.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    values
}

pub(crate) fn median_ms(rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> anyhow::Result<f64> {
    Ok(percentile(&ascending(rows, value), 0.5).context("no values")? / 1e6)
}
