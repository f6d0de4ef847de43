//! How figures grow with B's duration.

use crate::analysis::{Experiment, Measure, Quantity};
use crate::document::estimate;
use crate::document::markdown::table;

/// How much of B's duration A waits.
pub(super) fn waiting(experiment: &Experiment<'_>) -> String {
    of(experiment, &[Measure::Operation])
}

/// The same, and how much longer the handoff takes.
pub(super) fn slopes(experiment: &Experiment<'_>) -> String {
    of(experiment, &[Measure::Operation, Measure::Handoff])
}

fn of(experiment: &Experiment<'_>, measures: &[Measure]) -> String {
    let rows: Vec<Vec<String>> = experiment
        .transports()
        .into_iter()
        .filter_map(|transport| {
            let mut row = vec![transport.to_string()];
            for measure in measures {
                let slope = experiment.slope_over_receiver(transport, *measure)?;
                row.extend([estimate(&slope, Quantity::Ratio), slope.n.to_string()]);
            }
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return "B's duration is the same everywhere.\n".to_owned();
    }
    let mut header = vec!["transport".to_owned()];
    for measure in measures {
        header.extend([
            format!("growth of the {} per unit of B's duration", measure.name()),
            "n".into(),
        ]);
    }
    table(&header, rows)
}
