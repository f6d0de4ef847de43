//! Whether the rounds of a cell follow a trend.

use super::columns::{CellColumns, table};
use crate::analysis::statistics::DRIFT_ALPHA;
use crate::analysis::{Experiment, Measure};
use crate::document::duration;
use crate::document::markdown::folded;
use crate::document::numbers::{percent, significant};

/// The trend of the rounds' median handoffs, cell by cell.
pub(super) fn steady_state(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header = columns.header(&[
        "rounds",
        "first half",
        "second half",
        "trend over all rounds",
        "p",
        "steady",
    ]);
    let mut drifting = Vec::new();
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .filter_map(|cell| {
            let drift = cell.measure(Measure::Handoff)?.drift?;
            if drift.is_drift() {
                drifting.push(cell.plan.cell.to_string());
            }
            let mut row = columns.of_cell(cell);
            row.extend([
                drift.rounds.to_string(),
                duration(drift.first_half),
                duration(drift.second_half),
                percent(drift.over_all),
                significant(drift.trend.p),
                if drift.is_drift() { "**no**" } else { "yes" }.to_owned(),
            ]);
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return "With fewer than four rounds, no order of them is unlikely: nothing can be said of \
                a trend.\n"
            .to_owned();
    }
    let looked_at = rows.len();
    let found = match drifting.as_slice() {
        [] => format!("None of the {looked_at} cells drifts"),
        cells => format!("Of {looked_at} cells {} drift: {}", cells.len(), cells.join(", ")),
    };
    let text = table("", &header, rows.clone());
    let listing = if rows.len() > 4 {
        folded(
            &format!("The rounds of {looked_at} cells"),
            &crate::document::markdown::table(&header, rows),
        )
    } else {
        text
    };
    format!(
        "{found}: the medians of their handoffs, round by round, {} a trend that chance alone would \
         make in fewer than {} of steady cells (Mann–Kendall, p &lt; {DRIFT_ALPHA}).\n\n{listing}",
        if drifting.is_empty() { "have not" } else { "have" },
        percent(DRIFT_ALPHA)
    )
}
