//! Cold starts: what they did to messages, and how long environments took to initialise.

use store::Side;

use super::columns::{CellColumns, table};
use crate::analysis::{CellFigures, Experiment, Measure, carried, percentile};
use crate::document::duration;

#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
fn of_i64(ascending: &[i64]) -> Vec<f64> {
    ascending.iter().map(|ns| *ns as f64).collect()
}

#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
fn of_u64(ascending: &[u64]) -> Vec<f64> {
    ascending.iter().map(|ns| *ns as f64).collect()
}

/// Messages that an environment's first invocation served, warm-up messages too, beside warm ones.
pub(super) fn starts(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header =
        columns.header(&["cold side", "measure", "n", "median", "largest", "median when warm"]);
    let warm = |cell: &CellFigures, measure: Measure| {
        let like = |other: &CellFigures| store::CellPlan {
            cell: 0,
            fresh_side: None,
            ..other.plan.clone()
        };
        let wanted = like(cell);
        let warm = experiment
            .measured()
            .find(|other| other.plan.fresh_side.is_none() && like(other) == wanted)?;
        Some(warm.measure(measure)?.summary.median.value)
    };
    let row = |cell: &CellFigures, side: &str, ascending: &[i64], measure: Measure| {
        let values = of_i64(ascending);
        let mut row = columns.of_cell(cell);
        row.extend([side.to_owned(), measure.name().to_owned(), values.len().to_string()]);
        row.extend([duration(percentile(&values, 0.5)?), duration(*values.last()?)]);
        row.push(warm(cell, measure).map_or("–".to_owned(), duration));
        Some(row)
    };
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .flat_map(|cell| {
            [
                row(cell, "A", &cell.cold.sender_operation_ns, Measure::Operation),
                row(cell, "B", &cell.cold.receiver_handoff_ns, Measure::Handoff),
            ]
        })
        .flatten()
        .collect();
    if rows.is_empty() {
        return "No message met a cold start.\n".to_owned();
    }
    table("Cold starts", &header, rows)
}

/// How long environments took to initialise, from the REPORT lines, per transport and side.
pub(super) fn init(experiment: &Experiment<'_>) -> String {
    let mut rows = Vec::new();
    for transport in experiment.transports() {
        for (side, name) in Side::ALL.into_iter().zip(["A", "B"]) {
            let mut ascending: Vec<u64> = experiment
                .measured()
                .filter(|cell| cell.plan.transport == transport)
                .filter_map(|cell| cell.invocations(side))
                .flat_map(|found| found.init_ns.iter().copied())
                .collect();
            ascending.sort_unstable();
            let values = of_u64(&ascending);
            let shown = |p: f64| percentile(&values, p).map(duration);
            let Some(median) = shown(0.5) else { continue };
            let p90 = shown(0.9).filter(|_| carried(values.len(), 0.9)).unwrap_or("–".to_owned());
            let largest = values.last().copied().map(duration).unwrap_or_default();
            let n = values.len().to_string();
            rows.push(vec![transport.to_string(), name.to_owned(), n, median, p90, largest]);
        }
    }
    if rows.is_empty() {
        return "No REPORT line has an init duration.\n".to_owned();
    }
    let header = ["transport", "side", "environments", "init, median", "p90", "largest"];
    table("Init durations", &header, rows)
}
