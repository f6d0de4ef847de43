//! The figures of every cell.

use super::columns::{CellColumns, capital, table};
use crate::analysis::{
    CellFigures, Experiment, LEFT_OUT_SHOWN, LEVELS, Measure, Quantity, Summary, fewest_for,
};
use crate::document::numbers::percent;
use crate::document::{duration, estimate, significant};

const NOTHING: &str = "–";

/// Every measure of every cell.
pub(super) fn figures(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let others = ["n", "median", "mean", "p10", "p90", "p99", "p99.9", "p99 / median"];
    let header = columns.header(&others);
    let mut text = String::new();
    for measure in Measure::MAIN {
        let rows = experiment.measured().flat_map(|cell| {
            let mut row = columns.of_cell(cell);
            match cell.measure(measure) {
                Some(found) => row.extend(figures_of(&found.summary)),
                None => {
                    row.extend(["0", "no data"].map(str::to_owned));
                    row.extend(std::iter::repeat_n(NOTHING.to_owned(), others.len() - 2));
                }
            }
            let with_left_out = cell.with_left_out(measure).map(|found| {
                let mut row = columns.of_cell(cell);
                row[0] = format!("{} with {}", row[0], left_out(cell));
                row.extend(figures_of(&found.summary));
                row
            });
            std::iter::once(row).chain(with_left_out)
        });
        let name = capital(measure.name());
        text.push_str(&format!("**{name}**\n\n{}\n", table(&name, &header, rows.collect())));
    }
    text.push_str(&format!(
        "95 % intervals in brackets, bootstrapped over rounds (expanded percentile). Warm-up \
         messages are not in these figures, nor, but for the response, messages that met a cold start \
         which the cell does not ask for: where these are more than {} of a figure, a second row has \
         them. A percentile is shown where \
         the sample carries it, that is where two order statistics enclose it with 95 % \
         confidence: p10 and p90 from {} messages, p99 from {}, p99.9 from {} (Hahn and Meeker \
         1991, section 5.2).\n",
        percent(LEFT_OUT_SHOWN),
        fewest_for(0.9),
        fewest_for(0.99),
        fewest_for(0.999)
    ));
    text
}

/// The messages that figures leave out, in words.
pub(crate) fn left_out(cell: &CellFigures) -> String {
    let count = cell.counts.left_out;
    match cell.plan.fresh_side {
        None => format!("{count} cold"),
        Some(_) => format!("{count} not served as asked"),
    }
}

fn figures_of(summary: &Summary) -> Vec<String> {
    let with_interval = |level: f64| (level - 0.99).abs() < 1e-9;
    let percentiles = LEVELS.iter().zip(summary.percentiles);
    let others = percentiles.filter(|(p, _)| (**p - 0.5).abs() > 1e-9).map(|(p, found)| {
        found.map_or(NOTHING.to_owned(), |found| {
            if with_interval(*p) {
                estimate(&found, Quantity::Duration)
            } else {
                duration(found.value)
            }
        })
    });
    let tail = summary.tail_ratio.map_or(NOTHING.to_owned(), |ratio| significant(ratio.value));
    [summary.n.to_string()]
        .into_iter()
        .chain([&summary.median, &summary.mean].map(|found| estimate(found, Quantity::Duration)))
        .chain(others)
        .chain([tail])
        .collect()
}

/// The stages of a message's way: medians.
pub(super) fn stages(experiment: &Experiment<'_>) -> String {
    let columns = CellColumns::of(experiment);
    let header = columns.header(&[
        "n",
        "A's call",
        "A's call to the service's stamp",
        "from there to B",
        "B",
        "from B's end back to A",
    ]);
    let rows = experiment.measured().map(|cell| {
        let n = cell.measure(Measure::Handoff).map_or(0, |found| found.summary.n);
        let stages = Measure::STAGES.map(|stage| {
            let found = cell.measure(stage);
            found.map_or(NOTHING.to_owned(), |found| duration(found.summary.median.value))
        });
        columns.of_cell(cell).into_iter().chain([n.to_string()]).chain(stages).collect()
    });
    table("Stages", &header, rows.collect())
}
