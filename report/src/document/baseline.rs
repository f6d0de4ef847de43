//! The tables of the baseline's notebook.

use super::markdown::table;
use super::{duration, estimate};
use crate::analysis::{Baseline, CellFigures, LEVELS, Measure, fewest_for, percentile};

fn cell_words(cell: &CellFigures) -> Vec<String> {
    let plan = &cell.plan;
    vec![plan.cell.to_string(), plan.transport.to_string(), format!("{} ms", plan.receiver_ms)]
}

/// Every measure of every cell.
pub(crate) fn figures(baseline: &Baseline<'_>) -> String {
    let mut text = String::new();
    for measure in Measure::MAIN {
        let rows =
            baseline.cells().iter().map(|cell| {
                let mut row = cell_words(cell);
                match baseline.summary(cell, measure) {
                    Some(summary) => {
                        row.push(summary.n.to_string());
                        row.push(estimate(&summary.median, true));
                        row.push(estimate(&summary.mean, true));
                        let percentiles = LEVELS.iter().zip(summary.percentiles);
                        let others = percentiles.filter(|(p, _)| (**p - 0.5).abs() > 1e-9);
                        row.extend(others.map(|(_, ns)| {
                            ns.map_or("–".to_owned(), |found| duration(found.value))
                        }));
                    }
                    None => row.extend(
                        ["0".to_owned(), "no data".to_owned()]
                            .into_iter()
                            .chain(std::iter::repeat_n("–".to_owned(), 5)),
                    ),
                }
                row
            });
        let header =
            ["cell", "transport", "receiver", "n", "median", "mean", "p10", "p90", "p99", "p99.9"];
        text.push_str(&format!("**{}**\n\n{}\n", capital(measure.name()), table(&header, rows)));
    }
    text.push_str(&format!(
        "95 % intervals in brackets, bootstrapped over rounds. Warm-up messages and cold starts are \
         not in these figures. A percentile is shown where the sample carries it, that is where two \
         order statistics enclose it with 95 % confidence: p10 and p90 from {} messages, p99 from \
         {}, p99.9 from {} (Hahn and Meeker 1991, section 5.2).\n",
        fewest_for(0.9),
        fewest_for(0.99),
        fewest_for(0.999)
    ));
    text
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// What became of the messages of every cell.
pub(crate) fn counts(baseline: &Baseline<'_>) -> String {
    let rows = baseline.cells().iter().map(|cell| {
        let counts = cell.counts;
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
        cell_words(cell).into_iter().chain(numbers.map(|n| n.to_string())).collect()
    });
    table(
        &[
            "cell",
            "transport",
            "receiver",
            "asked",
            "delivered",
            "duplicated",
            "lost",
            "rejected",
            "failed",
            "negative handoff",
            "payload error",
            "cold",
        ],
        rows,
    )
}

/// How much of B's duration A waits.
pub(crate) fn waiting(baseline: &Baseline<'_>) -> String {
    let rows = wire::Transport::ALL.into_iter().filter_map(|transport| {
        let slope = baseline.wait_slope(transport)?;
        Some(vec![transport.to_string(), estimate(&slope, false), slope.n.to_string()])
    });
    table(&["transport", "growth of A's operation duration per unit of B's", "values"], rows)
}

/// Messages that an environment's first invocation served, warm-up messages too.
pub(crate) fn cold_starts(baseline: &Baseline<'_>) -> String {
    let row = |cell: &CellFigures, side: &str, ascending: &[i64], measure: Measure| {
        #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
        let values: Vec<f64> = ascending.iter().map(|ns| *ns as f64).collect();
        let median = percentile(&values, 0.5)?;
        let largest = values.last().copied()?;
        let mut row = cell_words(cell);
        row.extend([side.to_owned(), measure.name().to_owned(), values.len().to_string()]);
        row.extend([duration(median), duration(largest)]);
        Some(row)
    };
    let rows: Vec<Vec<String>> = baseline
        .cells()
        .iter()
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
    table(
        &["cell", "transport", "receiver", "cold side", "measure", "n", "median", "largest"],
        rows,
    )
}

/// The cells that were not run.
pub(crate) fn limits(baseline: &Baseline<'_>) -> String {
    let rows: Vec<Vec<String>> = baseline
        .cells()
        .iter()
        .filter_map(|cell| {
            let limit = cell.plan.limit.as_ref()?;
            let mut row = cell_words(cell);
            row.extend([limit.name.clone(), limit.bytes.to_string(), limit.source.clone()]);
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return "No cell is over a service limit.\n".to_owned();
    }
    table(&["cell", "transport", "receiver", "limit", "bytes", "source"], rows)
}
