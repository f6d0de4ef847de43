//! What it takes to read, check and reduce a run: one side of `just bench --only statistics`.

use std::collections::BTreeMap;
use std::time::Instant;

use report::analysis::{CellFigures, Measure, RunData};
use serde::Serialize;
use store::{RunDir, StoreError};

/// What one reading of a run took and found.
#[derive(Serialize)]
struct Reading {
    seconds: f64,
    /// The most memory that this process has had resident, bytes; none where the system does not
    /// say.
    peak_bytes: Option<f64>,
    /// Each cell's messages and the median of its handoffs in nanoseconds, by the cell's number.
    cells: BTreeMap<u32, (u64, Option<f64>)>,
}

/// Reads a run of one experiment; gives a line of JSON.
pub(crate) fn timed(run: &RunDir) -> Result<String, StoreError> {
    let began = Instant::now();
    let run = RunData::read(run)?;
    let seconds = began.elapsed().as_secs_f64();
    let median = |cell: &CellFigures| {
        cell.measure(Measure::Handoff).map(|figures| figures.summary.median.value)
    };
    let cells = run.cells.iter().map(|cell| (cell.plan.cell, (cell.counts.asked, median(cell))));
    let reading = Reading { seconds, peak_bytes: peak_bytes(), cells: cells.collect() };
    Ok(serde_json::json!(reading).to_string() + "\n")
}

fn peak_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0)
}
