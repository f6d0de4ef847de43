//! How much of a Kinesis handoff is the poll.

use store::{CellPlan, MappingPlan};

use super::columns::{CellColumns, table};
use crate::analysis::{CellAxis, CellFigures, Experiment, Measure, Quantity, Statistic};
use crate::document::estimate;

/// Each polled cell beside the one that is like it and pushed.
pub(super) fn poll_share(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment).without(&[CellAxis::Consumer]);
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .filter_map(|polled| {
            let pushed = pushed(experiment, polled)?;
            let median = |cell: &CellFigures| Some(cell.measure(Measure::Handoff)?.summary.median);
            let share = experiment.contrast(
                Statistic::Median,
                Measure::Handoff,
                Some(polled),
                Some(pushed),
                |polled, pushed| 1.0 - pushed / polled,
            )?;
            let mut row = columns.of_cell(polled);
            row[0] = format!("{}, {}", polled.plan.cell, pushed.plan.cell);
            row.extend([
                estimate(&median(polled)?, Quantity::Duration),
                estimate(&median(pushed)?, Quantity::Duration),
                estimate(&share, Quantity::Ratio),
                share.n.to_string(),
            ]);
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return "No polled cell has a pushed one like it.\n".to_owned();
    }
    let header = columns.header(&[
        "polled: median handoff",
        "pushed (enhanced fan-out)",
        "share of the poll",
        "n",
    ]);
    table("Share of the poll", &header, rows)
}

/// The cell that is like a polled one but pushed.
pub(crate) fn pushed<'a>(
    experiment: &Experiment<'a>,
    polled: &CellFigures,
) -> Option<&'a CellFigures> {
    let mapping = polled.plan.mapping.as_ref().filter(|mapping| mapping.is_polled_stream())?;
    let wanted = MappingPlan { enhanced_fan_out: Some(true), ..mapping.clone() };
    let like = |plan: &CellPlan| CellPlan { cell: 0, mapping: None, ..plan.clone() };
    experiment
        .find(|plan| plan.mapping.as_ref() == Some(&wanted) && like(plan) == like(&polled.plan))
}
