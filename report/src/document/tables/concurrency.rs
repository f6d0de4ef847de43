//! Which rates were sustained.

use super::columns::{CellColumns, table};
use crate::analysis::{CellFigures, CellRound, Experiment, Measure, Quantity, RATE_ACHIEVED};
use crate::document::numbers::percent;
use crate::document::{duration, estimate};

/// Asked against achieved rate of each open-loop cell, and the response meanwhile.
pub(super) fn sustained(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header = columns.header(&[
        "asked",
        "achieved",
        "share",
        "arrived",
        "response, median",
        "response, p99",
        "sustained",
    ]);
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .filter_map(|cell| {
            let asked = cell.plan.rate_per_s?;
            let achieved = experiment.of_rounds(cell, CellRound::achieved_rate_per_s)?;
            let arrived = experiment.of_rounds(cell, CellRound::throughput_per_s);
            let response = cell.measure(Measure::Response).map(|found| &found.summary);
            let p99 = response.and_then(|summary| summary.at(0.99));
            let mut row = columns.of_cell(cell);
            row.extend([
                format!("{asked}/s"),
                estimate(&achieved, Quantity::Rate),
                percent(achieved.value / asked),
                arrived.map_or("–".to_owned(), |found| estimate(&found, Quantity::Rate)),
                response.map_or("–".to_owned(), |found| duration(found.median.value)),
                p99.map_or("–".to_owned(), duration),
                sustained_words(cell, asked, achieved.value),
            ]);
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return "No cell asks for a rate.\n".to_owned();
    }
    format!(
        "{}\nA rate is sustained when A puts at least {} of the messages that it is to put in a \
         second, and none is refused.\n",
        table("Rates", &header, rows),
        percent(RATE_ACHIEVED)
    )
}

fn sustained_words(cell: &CellFigures, asked: f64, achieved: f64) -> String {
    match (achieved >= RATE_ACHIEVED * asked, cell.counts.rejected) {
        (true, 0) => "yes".to_owned(),
        (true, refused) => format!("no: {refused} refused"),
        (false, _) => "**no**".to_owned(),
    }
}
