//! By how much one transport's messages are slower than another's.

use super::columns::{CellColumns, table};
use crate::analysis::{CellFigures, Experiment, Measure, Quantity};
use crate::document::estimate;

/// Each cell against that of the first transport which is like it otherwise: the Hodges–Lehmann
/// shift of the handoff, and how often a message is slower less how often it is faster.
pub(super) fn shifts(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let Some(first) = experiment.transports().first().copied() else {
        return "No transport was measured.\n".to_owned();
    };
    let header =
        columns.header(&["cell of the other", "n", "shift of the handoff", "Cliff's delta"]);
    let row = |cell: &CellFigures| {
        let other = experiment.find(|plan| {
            let like = (plan.payload_bytes, plan.concurrency, plan.receiver_ms, plan.memory_mb);
            let one = &cell.plan;
            plan.transport == first
                && like == (one.payload_bytes, one.concurrency, one.receiver_ms, one.memory_mb)
                && (plan.arrival, plan.rate_per_s, plan.fresh_side)
                    == (one.arrival, one.rate_per_s, one.fresh_side)
        })?;
        let found = experiment.shift(Measure::Handoff, cell, other)?;
        let mut row = columns.of_cell(cell);
        row.extend([
            other.plan.cell.to_string(),
            found.hodges_lehmann.n.to_string(),
            estimate(&found.hodges_lehmann, Quantity::Duration),
            estimate(&found.cliffs_delta, Quantity::Ratio),
        ]);
        Some(row)
    };
    let others = experiment.measured().filter(|cell| cell.plan.transport != first);
    let rows: Vec<Vec<String>> = others.filter_map(row).collect();
    if rows.is_empty() {
        return format!("No cell is like one of {first} in all but the transport.\n");
    }
    format!(
        "Against {first} under the same load. Shift: the Hodges–Lehmann estimate, the median \
         difference of a message of the one to a message of the other. Cliff's delta: how often a \
         message is slower, less how often it is faster; 1 where all are.\n\n{}",
        table("Shifts", &header, rows)
    )
}
