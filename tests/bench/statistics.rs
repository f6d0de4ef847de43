//! Every statistic of a large run, against DuckDB's percentiles and counts on the same files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use lab::Transport;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Deserialize;
use store::{
    Arrival, BackendFacts, CellPlan, EndpointKind, ExperimentPlan, FORMAT_VERSION, Functions,
    Manifest, Outcome, PartKey, Row, RunDir, RunId,
};

use crate::table::Table;

const EXPERIMENT: &str = "baseline";
const CELLS: u32 = 40;
const ROUNDS: u32 = 10;
const WARMUP: u32 = 10;
/// How often each side reads the run, in turn; medians are compared.
const TIMES: usize = 3;
/// What the reader of a run may take, bytes, up to ten million rows and beyond.
const MEMORY: [(u64, f64); 2] = [(10_000_000, 1e9), (u64::MAX, 2e9)];
/// Where the readers' Python is, and how it comes there.
const PYTHON: &str = "target/readers/bin/python";

/// What one reading of a run took and found.
#[derive(Debug, Deserialize)]
struct Reading {
    seconds: f64,
    /// The most memory that the process has had resident, bytes.
    peak_bytes: f64,
    /// Each cell's messages and the median of its handoffs, by the cell's number.
    cells: BTreeMap<u32, (u64, f64)>,
}

/// Writes runs of so many rows, and has both sides read them.
pub(crate) fn against_duckdb(
    root: &Path,
    report: &Path,
    rows: &[u64],
    smoke: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    let sizes: &[u64] = match (rows, smoke) {
        ([], true) => &[20_000],
        ([], false) => &[1_000_000, 10_000_000],
        (rows, _) => rows,
    };
    let python = root.join(PYTHON);
    if !python.is_file() {
        bail!("there is no {}: `just test-readers` makes it", python.display());
    }
    let folder = tempfile::Builder::new().prefix("statistics-").tempdir_in(root.join("target"))?;
    let mut seconds_of = Vec::new();
    for size in sizes {
        let run = write(folder.path(), *size)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            ours.push(reading(Command::new(report).arg("--reduce").arg(&run))?);
            let script = root.join("tests/bench/duckdb_percentiles.py");
            theirs.push(reading(Command::new(&python).arg(script).arg(&run))?);
        }
        agree(&ours[0], &theirs[0])?;
        let seconds = |readings: &[Reading]| {
            let mut seconds: Vec<f64> = readings.iter().map(|one| one.seconds).collect();
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        };
        let (ours_took, theirs_took) = (seconds(&ours), seconds(&theirs));
        let peak = ours.iter().map(|one| one.peak_bytes).fold(0.0, f64::max);
        let most = MEMORY.iter().find(|(up_to, _)| size <= up_to).map_or(0.0, |(_, most)| *most);
        table.add(
            format!("all statistics, {CELLS} cells, {size} rows, median of {TIMES}"),
            format!("{ours_took:.2} s"),
            &format!("at most DuckDB's percentiles and counts: {theirs_took:.2} s"),
            ours_took <= theirs_took,
        );
        table.add(
            format!("all statistics, {size} rows: most memory"),
            format!("{:.0} MB", peak / 1e6),
            &format!("under {:.0} MB", most / 1e6),
            peak < most,
        );
        seconds_of.push((*size as f64, ours_took));
        std::fs::remove_dir_all(&run)?;
    }
    if let ([(few, short), .., (many, long)], false) = (seconds_of.as_slice(), smoke) {
        // What every run costs, however small, is in the shorter time too.
        let growth = (long / short) / (many / few);
        table.add(
            format!("all statistics: time from {few} to {many} rows, over rows"),
            format!("{growth:.2}"),
            "at most 1.1: linear",
            growth <= 1.1,
        );
    }
    Ok(())
}

fn reading(command: &mut Command) -> anyhow::Result<Reading> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{command:?} failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Both must have read the same.
fn agree(ours: &Reading, theirs: &Reading) -> anyhow::Result<()> {
    ensure!(ours.cells.len() == theirs.cells.len(), "cells: {ours:?} and {theirs:?}");
    for ((cell, (n, median)), (_, (their_n, their_median))) in ours.cells.iter().zip(&theirs.cells)
    {
        let same = n == their_n && (median - their_median).abs() <= 1e-9 * median.abs();
        ensure!(same, "cell {cell}: {n}, {median} and in DuckDB {their_n}, {their_median}");
    }
    Ok(())
}

/// A made-up run with so many rows, warm-up messages among them.
fn write(folder: &Path, rows: u64) -> anyhow::Result<PathBuf> {
    let of_part = u32::try_from(rows / u64::from(CELLS * ROUNDS))?;
    let messages = of_part.checked_sub(WARMUP).context("too few rows")?;
    let id = RunId::new(&format!("rows-{rows}"))?;
    let run = RunDir::create(folder, &id)?;
    let cells: Vec<CellPlan> = (0..CELLS).map(|cell| plan(cell, messages)).collect();
    run.write_manifest(&manifest(&id, cells.clone()))?;
    let threads = std::thread::available_parallelism()?.get() as u32;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..threads)
            .map(|thread| {
                let (run, id, cells) = (&run, &id, &cells);
                scope.spawn(move || {
                    for number in (thread..CELLS * ROUNDS).step_by(threads as usize) {
                        let (cell, round) = (&cells[(number / ROUNDS) as usize], number % ROUNDS);
                        let key = PartKey {
                            experiment: EXPERIMENT.to_owned(),
                            transport: cell.transport,
                            cell: cell.cell,
                            round,
                        };
                        run.write_invocations(&key, &[])?;
                        run.write_part(&key, &rows_of(id, cell, round, number))?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        writers.into_iter().try_for_each(|writer| {
            writer.join().map_err(|_| anyhow::anyhow!("a writer panicked"))?
        })
    })?;
    // As the lab leaves a finished run.
    run.compact(EXPERIMENT)?;
    Ok(run.path().to_owned())
}

fn plan(cell: u32, messages: u32) -> CellPlan {
    let transport = Transport::ALL[cell as usize % Transport::ALL.len()];
    CellPlan {
        cell,
        transport,
        payload_bytes: 1024 << (cell / 5),
        concurrency: 1,
        receiver_ms: 0,
        memory_mb: 512,
        architecture: lab::facts::architecture(),
        arrival: Arrival::Poisson,
        rate_per_s: Some(20.0),
        messages,
        warmup: WARMUP,
        mapping: None,
        limit_raised: false,
        fresh_side: None,
        limit: None,
        probe: false,
    }
}

fn manifest(id: &RunId, cells: Vec<CellPlan>) -> Manifest {
    let plan = ExperimentPlan { rounds: ROUNDS, cells, finished: true, overhead_ns: None };
    Manifest {
        format_version: FORMAT_VERSION,
        run_id: id.clone(),
        seed: 1,
        profile: "full".to_owned(),
        git: None,
        cargo_lock_sha256: None,
        functions: Functions { sender_sha256: String::new(), receiver_sha256: String::new() },
        backend: BackendFacts {
            name: "local".to_owned(),
            product: "made up".to_owned(),
            version: String::new(),
            endpoint: EndpointKind::Loopback,
            settings: BTreeMap::new(),
        },
        region: "us-east-1".to_owned(),
        architecture: lab::facts::architecture(),
        memory_mb: 512,
        limits: BTreeMap::new(),
        host: lab::facts::host(),
        started_at: "2026-01-01T00:00:00Z".to_owned(),
        finished_at: None,
        command: Vec::new(),
        experiments: BTreeMap::from([(EXPERIMENT.to_owned(), plan)]),
    }
}

/// Messages with durations that are logarithmically normal, as latencies nearly are.
fn rows_of(id: &RunId, cell: &CellPlan, round: u32, part: u32) -> Vec<Row> {
    let mut random = SmallRng::seed_from_u64(u64::from(part));
    let mut lognormal = |median_ns: f64, sigma: f64| {
        let uniform: f64 = random.random_range(1e-12..1.0);
        (median_ns * (sigma * store::normal_quantile(uniform)).exp()) as i64
    };
    let stamped = matches!(cell.transport, Transport::Sns | Transport::Kinesis);
    let mut now = 1_800_000_000_000_000_000_i64 + i64::from(part) * 3_600_000_000_000;
    (0..cell.warmup + cell.messages)
        .map(|seq| {
            now += lognormal(50e6, 1.0);
            let put = now + lognormal(50e3, 0.5);
            let operation = lognormal(10e6, 0.5);
            let received = put + lognormal(25e6, 0.7);
            Row {
                run_id: id.to_string(),
                experiment: EXPERIMENT.to_owned(),
                cell: cell.cell,
                round,
                transport: cell.transport,
                payload_bytes: cell.payload_bytes,
                concurrency: cell.concurrency,
                receiver_ms: cell.receiver_ms,
                memory_mb: cell.memory_mb,
                architecture: cell.architecture,
                arrival: cell.arrival,
                rate_per_s: cell.rate_per_s,
                shards: None,
                mapping_batch_size: None,
                batching_window_ms: None,
                parallelization_factor: None,
                enhanced_fan_out: None,
                limit_raised: false,
                fresh_side: None,
                message_id: format!("{:016x}{seq:016x}", u64::from(part) + 1),
                seq: u64::from(seq),
                warmup: seq < cell.warmup,
                sender_env: Some("2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef".into()),
                sender_cold: Some(seq == 0),
                sender_call: Some(u64::from(seq)),
                sender_request_id: Some("01234567-89ab-cdef-0123-456789abcdef".into()),
                intended_at_ns: Some(now),
                put_started_at_ns: Some(put),
                put_finished_at_ns: Some(put + operation),
                operation_ns: Some(operation.unsigned_abs()),
                service_at_ns: stamped
                    .then_some((put + operation).min(received) / 1_000_000 * 1_000_000),
                receiver_env: Some("2026/01/01/[$LATEST]fedcba9876543210fedcba9876543210".into()),
                receiver_cold: Some(seq == 0),
                receiver_request_id: Some(format!("{part:08x}-89ab-cdef-0123-{seq:012x}")),
                received_at_ns: Some(received),
                done_at_ns: Some(received + lognormal(1e6, 0.3)),
                handoff_ns: Some(received - put),
                deliveries: 1,
                batch_size: Some(1),
                batch_index: Some(0),
                payload_ok: Some(true),
                outcome: Outcome::Delivered,
                error_code: None,
                error_message: None,
            }
        })
        .collect()
}
