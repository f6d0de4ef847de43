//! The figures with the messages that figures leave out, beside tables and charts that have no row for
//! them.

use super::figures::left_out;
use crate::analysis::{CellFigures, Experiment, Measure};
use crate::document::duration;

/// Says of each cell that leaves out more than [`crate::analysis::LEFT_OUT_SHOWN`] of a measure what
/// its median is with them, as a paragraph; nothing where no cell does.
pub(crate) fn with_left_out(experiment: &Experiment<'_>, measures: &[Measure]) -> String {
    let of_cell = |cell: &CellFigures| {
        let of = |measure: &Measure| {
            let with = cell.with_left_out(*measure)?.summary.median.value;
            let without = cell.measure(*measure).map(|found| found.summary.median.value);
            let without = without.map_or("no value".to_owned(), duration);
            Some(format!("{} {} instead of {without}", measure.name(), duration(with)))
        };
        let medians: Vec<String> = measures.iter().filter_map(of).collect();
        let cell_and_count = format!("cell {} ({})", cell.plan.cell, left_out(cell));
        (!medians.is_empty()).then(|| format!("{cell_and_count}: {}", medians.join(", ")))
    };
    let cells: Vec<String> = experiment.measured().filter_map(of_cell).collect();
    if cells.is_empty() {
        return String::new();
    }
    format!(
        "Without messages that met a cold start which their cell does not ask for. Medians with \
         them: {}.\n",
        cells.join("; ")
    )
}
