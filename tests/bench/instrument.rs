//! Whether the instrument is right: a known delay that is put into local-cloud's delivery comes out
//! as the shift of the measured handoff, and a known distribution as its quantiles.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use lab::{Axes, Experiment, Load, Profile, Transport};
use report::analysis::statistics::{ClusteredSample, REPLICATES, Resampling, SEED, percentile};
use store::Row;

use crate::sweeps::Sweeps;
use crate::table::Table;

/// Open loop, far below what the machine sustains: a delay that takes load away from a machine that
/// is full would come out too small.
const RATE_PER_S: f64 = 100.0;
/// How often the undelayed and the delayed handoffs are measured in turn, so that a drift of the
/// machine falls on all alike.
const PASSES: u32 = 3;
const DELAYS_MS: [u32; 3] = [1, 10, 100];

static SHIFT: Experiment = Experiment {
    name: "known-shift",
    question: "Does a fixed delay come out as the shift of the median?",
    hypothesis: "Within 2 % or 0.1 ms, with one sender and with sixteen, over each transport.",
    sweeps: |profile| {
        vec![Axes {
            concurrency: vec![1, 16],
            load: vec![Load::Poisson(RATE_PER_S)],
            // Pushed: A's schedule and the polls of a shard keep time by clocks that tick once a
            // millisecond, each in a phase that is drawn when its process starts, so the wait for
            // even the shortest poll is the same for all messages of a run, and another in the next.
            enhanced_fan_out: vec![true],
            rounds: if profile == Profile::Smoke { 1 } else { 2 },
            messages: if profile == Profile::Smoke { 20 } else { 150 },
            ..Axes::of(profile)
        }]
    },
};

/// Rounds that the report would see as one run.
const ROUNDS: usize = 10;

fn distribution(runs: u32) -> Vec<Axes> {
    vec![Axes {
        transports: vec![Transport::AsyncInvoke],
        load: vec![Load::Poisson(500.0)],
        rounds: runs * ROUNDS as u32,
        messages: 100,
        ..Axes::of(Profile::Quick)
    }]
}

static DISTRIBUTION: Experiment = Experiment {
    name: "known-distribution",
    question: "Do the quantiles of a known distribution come out?",
    hypothesis: "p50, p90 and p99 lie within their own 95 % intervals in 90 of 100 runs.",
    sweeps: |profile| distribution(if profile == Profile::Smoke { 2 } else { 100 }),
};

static UNDELAYED: Experiment = Experiment {
    name: "undelayed",
    question: "What does the handoff take without the delay?",
    hypothesis: "About a millisecond.",
    sweeps: |profile| distribution(if profile == Profile::Smoke { 1 } else { 10 }),
};

/// Median and deviation of the logarithm of the delay that is drawn.
const LOGNORMAL: (f64, f64) = (5e6, 0.5);

type Handoffs = BTreeMap<(Transport, u32), Vec<f64>>;

fn by_cell(all: &mut Handoffs, by_transport: Vec<(Transport, Vec<Row>)>) {
    for (transport, rows) in by_transport {
        for row in rows {
            let handoffs = all.entry((transport, row.concurrency)).or_default();
            handoffs.extend(row.handoff_ns.map(|ns| ns as f64));
        }
    }
}

fn median(handoffs: &[f64]) -> anyhow::Result<f64> {
    let mut ascending = handoffs.to_vec();
    ascending.sort_by(f64::total_cmp);
    percentile(&ascending, 0.5).context("no handoffs")
}

/// A fixed delay against the shift of the median.
pub(crate) async fn shift(sweeps: &Sweeps<'_>, table: &mut Table) -> anyhow::Result<()> {
    let mut undelayed = Handoffs::new();
    let mut delayed = DELAYS_MS.map(|ms| (ms, Handoffs::new()));
    for pass in 0..if sweeps.smoke() { 1 } else { PASSES } {
        let name = format!("pass-{pass}-undelayed");
        by_cell(&mut undelayed, sweeps.rows_with(&SHIFT, &name, None, None).await?);
        for (ms, handoffs) in &mut delayed {
            let delay = Some(format!("fixed:{ms}ms"));
            let name = format!("pass-{pass}-{ms}ms");
            by_cell(handoffs, sweeps.rows_with(&SHIFT, &name, None, delay).await?);
        }
    }
    for (ms, handoffs) in &delayed {
        let put_in = f64::from(*ms) * 1e6;
        let tolerance = (put_in * 0.02).max(0.1e6);
        for (cell @ (transport, senders), handoffs) in handoffs {
            let before = undelayed.get(cell).context("no undelayed handoffs")?;
            let shift = median(handoffs)? - median(before)?;
            table.add(
                format!(
                    "shift by {ms} ms, {transport}, senders {senders}, median of {}",
                    handoffs.len()
                ),
                format!("{:.3} ms", shift / 1e6),
                &format!("{ms} ms within {:.1} ms", tolerance / 1e6),
                (shift - put_in).abs() <= tolerance,
            );
        }
    }
    Ok(())
}

/// A known distribution against the quantiles and their intervals.
pub(crate) async fn quantiles(sweeps: &Sweeps<'_>, table: &mut Table) -> anyhow::Result<()> {
    let handoffs = |by_transport: Vec<(Transport, Vec<Row>)>| {
        let mut rounds: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
        for row in by_transport.into_iter().flat_map(|(_, rows)| rows) {
            rounds.entry(row.round).or_default().extend(row.handoff_ns);
        }
        rounds
    };
    let base = handoffs(sweeps.rows_with(&UNDELAYED, "undelayed", None, None).await?);
    let (median_ns, sigma) = LOGNORMAL;
    let delay = Some(format!("lognormal:{}ms,{sigma}", median_ns / 1e6));
    let rounds = handoffs(sweeps.rows_with(&DISTRIBUTION, "delayed", None, delay).await?);

    // What should come out: the delay's distribution plus that of the undelayed handoff.
    let mut base: Vec<f64> = base.into_values().flatten().map(|ns| ns as f64).collect();
    base.sort_by(f64::total_cmp);
    let quantile = |place: usize, of: usize| (place as f64 + 0.5) / of as f64;
    let mut sums = Vec::new();
    for place in 0..2_000 {
        let z = store::normal_quantile(quantile(place, 2_000));
        let drawn = median_ns * (sigma * z).exp();
        for part in 0..200 {
            let undelayed = percentile(&base, quantile(part, 200)).context("no handoffs")?;
            sums.push(drawn + undelayed);
        }
    }
    sums.sort_by(f64::total_cmp);

    let resampling = Resampling::new(ROUNDS, REPLICATES, SEED);
    let all: Vec<Vec<i64>> = rounds.into_values().collect();
    let runs: Vec<&[Vec<i64>]> = all.chunks_exact(ROUNDS).collect();
    ensure!(!runs.is_empty(), "the rounds make no run");
    let levels = [0.5, 0.9, 0.99];
    let mut within = [0_usize; 3];
    for run in &runs {
        let sample = ClusteredSample::new(run);
        let replicates = sample.quantile_replicates(&resampling, &levels);
        for ((level, replicates), within) in levels.iter().zip(&replicates).zip(&mut within) {
            let value = sample.quantile(*level).context("an empty run")?;
            let estimate = resampling.estimate(value, replicates, sample.len());
            let (low, high) = estimate.interval.context("a run without interval")?;
            let truth = percentile(&sums, *level).context("no truth")?;
            *within += usize::from((low..=high).contains(&truth));
        }
    }
    for (level, within) in levels.iter().zip(within) {
        table.add(
            format!("p{:.0} of a known distribution within its own 95 % interval", level * 100.0),
            format!("in {within} of {} runs", runs.len()),
            "in 90 of 100",
            within * 10 >= runs.len() * 9,
        );
    }
    Ok(())
}
