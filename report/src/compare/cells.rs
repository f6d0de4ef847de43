//! Which cells of two runs belong together, and what they are called.

use store::CellPlan;

use crate::analysis::{CellFigures, RunData};
use crate::charts::Unit;

/// A cell of the first run and the same one of the second, where each has it.
pub(crate) type Pair<'a> = [Option<&'a CellFigures>; 2];

/// The cells of two runs by experiment and settings, whatever their numbers; those that were not
/// run because of a service limit, and probes of limits, are left out.
pub(crate) fn pairs<'a>(first: &'a RunData, second: &'a RunData) -> Vec<Pair<'a>> {
    let mut others: Vec<&CellFigures> = second.cells.iter().filter(is_measured).collect();
    let mut pairs: Vec<Pair<'a>> = first
        .cells
        .iter()
        .filter(is_measured)
        .map(|cell| {
            let same = others.iter().position(|other| are_same(cell, other));
            [Some(cell), same.map(|place| others.remove(place))]
        })
        .collect();
    pairs.extend(others.into_iter().map(|cell| [None, Some(cell)]));
    pairs.sort_by_key(|pair| {
        pair.iter().flatten().next().map(|cell| (cell.plan.transport, cell.experiment.clone()))
    });
    pairs
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as a filter passes it")]
fn is_measured(cell: &&CellFigures) -> bool {
    cell.plan.limit.is_none() && !cell.plan.probe
}

fn are_same(one: &CellFigures, other: &CellFigures) -> bool {
    one.experiment == other.experiment && settings(&one.plan) == settings(&other.plan)
}

/// The plan of a cell without its number and its sample size.
fn settings(plan: &CellPlan) -> CellPlan {
    CellPlan { cell: 0, messages: 0, warmup: 0, limit: None, probe: false, ..plan.clone() }
}

/// What a cell is beside its transport: its experiment, where there is more than one, and those of
/// its settings in which the experiment's cells of its transport differ.
pub(crate) fn label(cell: &CellFigures, among: &[Pair<'_>]) -> String {
    let all = || among.iter().flat_map(|pair| pair.iter().flatten());
    let siblings: Vec<_> = all()
        .filter(|other| other.experiment == cell.experiment)
        .filter(|other| other.plan.transport == cell.plan.transport)
        .map(|other| words(&other.plan))
        .collect();
    let several = all().any(|other| other.experiment != cell.experiment);
    let mut parts: Vec<String> = several.then(|| cell.experiment.clone()).into_iter().collect();
    for (place, word) in words(&cell.plan).into_iter().enumerate() {
        if siblings.iter().any(|words| words[place] != word) {
            parts.extend(word);
        }
    }
    if parts.is_empty() { cell.experiment.clone() } else { parts.join(" · ") }
}

/// Each setting in words.
fn words(plan: &CellPlan) -> [Option<String>; 14] {
    let mapping = plan.mapping.as_ref();
    let senders = if plan.concurrency == 1 { "sender" } else { "senders" };
    [
        Some(Unit::Bytes.tick(f64::from(plan.payload_bytes))),
        Some(format!("{} {senders}", plan.concurrency)),
        Some(format!("B {} ms", plan.receiver_ms)),
        plan.rate_per_s.map(|rate| format!("{rate}/s")),
        Some(plan.arrival.to_string()),
        Some(format!("{} MiB memory", plan.memory_mb)),
        Some(plan.architecture.to_string()),
        mapping.and_then(|m| {
            let on_demand = m.is_on_demand().then(|| "on demand".to_owned());
            m.shards.map(|n| format!("{n} shards")).or(on_demand)
        }),
        mapping.map(|m| format!("batch {}", m.batch_size)),
        mapping.map(|m| format!("window {} ms", m.batching_window_ms)),
        mapping.and_then(|m| m.parallelization_factor).map(|n| format!("factor {n}")),
        mapping
            .and_then(|m| m.enhanced_fan_out)
            .map(|on| if on { "fan-out" } else { "shared poll" }.to_owned()),
        Some(if plan.limit_raised { "limit raised" } else { "usual limit" }.to_owned()),
        Some(plan.fresh_side.map_or("warm".to_owned(), |side| format!("fresh {side}"))),
    ]
}
