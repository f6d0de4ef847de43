//! What became of messages, and which cells were not run.

use super::columns::{CellColumns, table};
use crate::analysis::{CellAxis, Counts, Experiment, bytes};
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
    let mut all = Counts::default();
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
        proportion(&experiment.share(Counts::loss)),
        proportion(&experiment.share(Counts::duplicates)),
        proportion(&experiment.share(Counts::rejections)),
        proportion(&experiment.share(Counts::failures)),
    );
    text.push_str(
        "Limits are of 95 %: from how the rounds differ, and for a count of nothing as if messages \
         failed independently of one another.\n",
    );
    if !rows.is_empty() {
        text.push_str(&format!("The others:\n\n{}", table("Outcomes", &header, rows)));
    }
    text
}

/// Loss, duplicates and errors of every cell as shares with intervals.
pub(super) fn rates(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header = columns.header(&["asked", "lost", "more than once", "refused", "failed in B"]);
    let rows = experiment.measured().map(|cell| {
        let shares = [cell.loss(), cell.duplicates(), cell.rejections(), cell.failures()];
        let shares = shares.iter().map(proportion);
        let asked = cell.counts.asked.to_string();
        columns.of_cell(cell).into_iter().chain([asked]).chain(shares).collect()
    });
    format!("{}\n{SHARES_NOTE}", table("Shares", &header, rows.collect()))
}

/// What the intervals of shares assume.
const SHARES_NOTE: &str = "95 % limits. Where something was counted, the interval respects that \
                           messages of one round are not independent (Rao and Scott 1992, with \
                           Wilson's score and Student's t). \"0 (below ...)\" is the highest share \
                           that a count of nothing leaves possible *if messages fail independently \
                           of one another*: of failures that come in bursts, so few rounds cannot \
                           tell.\n";

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
