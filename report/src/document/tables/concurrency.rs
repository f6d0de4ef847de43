//! Which rates were sustained.

use super::columns::{CellColumns, table};
use crate::analysis::{CellAxis, CellFigures, Experiment, Measure, Quantity, RATE_KEPT, Sustained};
use crate::document::numbers::percent;
use crate::document::{duration, estimate, significant};

/// Asked rate of each open-loop cell against those of the puts and the arrivals, and the response
/// meanwhile.
pub(super) fn sustained(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment).without(&[CellAxis::Load]);
    let header = columns.header(&[
        "arrivals",
        "asked for",
        "put",
        "arrived",
        "response, median",
        "response, p99",
        "sustained",
    ]);
    let row = |cell: &CellFigures| {
        let rates = experiment.rates(cell)?;
        let response = cell.measure(Measure::Response).map(|found| &found.summary);
        let p99 = response.and_then(|summary| summary.at(0.99));
        let seconds = f64::from(cell.plan.messages) / rates.asked;
        let mut row = columns.of_cell(cell);
        row.extend([
            CellAxis::Load.value(&cell.plan),
            format!("for {} s", significant(seconds)),
            estimate(&rates.put, Quantity::Rate),
            rates.arrived.map_or("–".to_owned(), |found| estimate(&found, Quantity::Rate)),
            response.map_or("–".to_owned(), |found| duration(found.median.value)),
            p99.map_or("–".to_owned(), duration),
            words(rates.sustained),
        ]);
        Some(row)
    };
    let rows: Vec<Vec<String>> = experiment.measured().filter_map(row).collect();
    if rows.is_empty() {
        return "No cell asks for a rate.\n".to_owned();
    }
    format!(
        "{}\nA rate is sustained when at least {} of it is put and arrives, from the first message \
         to the last, and none is refused (less what a Poisson schedule of so many messages misses \
         by chance). Where messages pile up, the response grows for as long as the rate is asked \
         for; what arrives a second is then what the backend sustains.\n",
        table("Rates", &header, rows),
        percent(RATE_KEPT)
    )
}

fn words(sustained: Sustained) -> String {
    match sustained {
        Sustained::Yes => "yes".to_owned(),
        Sustained::AsFarAsPutsTell => "as far as puts tell".to_owned(),
        Sustained::PiledUp => "**no**: piled up".to_owned(),
        Sustained::PutTooFew => "**no**: put too late".to_owned(),
        Sustained::Refused(refused) => format!("**no**: {refused} refused"),
    }
}
