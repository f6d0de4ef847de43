//! What became of messages, and which cells were not run.

use super::columns::{CellColumns, table};
use crate::analysis::{CellAxis, Experiment, bytes};
use crate::document::markdown::{self, escape};
use crate::document::numbers::proportion;

/// What became of the messages of every cell that is not as it should be, and of all together.
pub(super) fn outcomes(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header = columns.header(&[
        "asked",
        "delivered",
        "duplicated",
        "lost",
        "rejected",
        "failed",
        "negative handoff",
        "payload error",
        "cold",
    ]);
    let mut all = crate::analysis::Counts::default();
    let mut in_order = 0;
    let mut rows = Vec::new();
    for cell in experiment.measured() {
        let counts = cell.counts;
        all += counts;
        let numbers = [
            counts.asked,
            counts.delivered,
            counts.duplicated,
            counts.lost,
            counts.rejected,
            counts.failed,
            counts.negative_handoffs,
            counts.payload_errors,
            counts.cold,
        ];
        let cold = if cell.plan.fresh_side.is_some() { 0 } else { counts.cold };
        let odd = counts.negative_handoffs + counts.payload_errors + cold;
        if counts.delivered == counts.asked && counts.asked > 0 && odd == 0 {
            in_order += 1;
        } else {
            rows.push(
                columns.of_cell(cell).into_iter().chain(numbers.map(|n| n.to_string())).collect(),
            );
        }
    }
    let mut text = format!(
        "Of {} measured messages {} arrived once; lost {}, more than once {}, refused {}, failed \
         in B {}. In {in_order} cells every message arrived once, intact, warm and after it was \
         sent.\n",
        all.asked,
        all.delivered,
        proportion(&all.loss()),
        proportion(&all.duplicates()),
        proportion(&all.rejections()),
        proportion(&all.failures()),
    );
    if !rows.is_empty() {
        text.push_str(&format!("The others:\n\n{}", table("Outcomes", &header, rows)));
    }
    text
}

/// Loss, duplicates and errors of every cell as shares with Wilson intervals.
pub(super) fn rates(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header = columns.header(&["asked", "lost", "more than once", "refused", "failed in B"]);
    let rows = experiment.measured().map(|cell| {
        let counts = cell.counts;
        let shares = [counts.loss(), counts.duplicates(), counts.rejections(), counts.failures()];
        let shares = shares.iter().map(proportion);
        columns.of_cell(cell).into_iter().chain([counts.asked.to_string()]).chain(shares).collect()
    });
    table("Shares", &header, rows.collect())
}

/// The cells that were not run.
pub(super) fn limits(experiment: &Experiment<'_>) -> String {
    let over = experiment.cells().iter().filter(|cell| !cell.plan.probe);
    let columns = CellColumns::of(experiment).without(&[CellAxis::Load]);
    let rows: Vec<Vec<String>> = over
        .filter_map(|cell| {
            let limit = cell.plan.limit.as_ref()?;
            let mut row = columns.of_cell(cell);
            row.extend([escape(&limit.name), bytes(limit.bytes), escape(&limit.source)]);
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return "No cell is over a service limit.\n".to_owned();
    }
    markdown::table(&columns.header(&["limit", "the service takes", "source"]), rows)
}
