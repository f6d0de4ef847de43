//! A run in a table, for standard output. The report says more.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use store::{ExperimentPlan, Outcome, Row, RunDir, StoreError};

use crate::plan;

/// What became of a cell's measured messages.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tally {
    delivered: u64,
    lost: u64,
    other: u64,
    /// Messages that met a start of an execution environment which the cell does not ask for.
    left_out: u64,
    operation_ns: Vec<i64>,
    handoff_ns: Vec<i64>,
    /// The error code seen last.
    error_code: Option<String>,
}

impl Tally {
    fn add(&mut self, row: &Row) {
        if row.warmup {
            return;
        }
        self.of_outcome(row);
        let cold = |flag: Option<bool>| flag == Some(true);
        let (sender_cold, receiver_cold) = (cold(row.sender_cold), cold(row.receiver_cold));
        if store::is_in_figures(row.warmup, sender_cold, receiver_cold, row.fresh_side) {
            let operation_ns = store::operation_duration_ns(row.outcome, row.operation_ns);
            self.operation_ns.extend(operation_ns);
            self.handoff_ns.extend(row.handoff_ns);
        } else {
            self.left_out += 1;
        }
    }

    fn of_outcome(&mut self, row: &Row) {
        match row.outcome {
            Outcome::Delivered => self.delivered += 1,
            Outcome::Lost => self.lost += 1,
            Outcome::Duplicated | Outcome::Rejected | Outcome::Failed => self.other += 1,
        }
        if row.error_code.is_some() {
            self.error_code.clone_from(&row.error_code);
        }
    }
}

/// The table of an experiment's parts. The medians are those of the report: of the same rows
/// ([`store::is_in_figures`]) and of the same definition ([`store::percentile`]).
///
/// # Errors
/// When a part cannot be read.
pub fn table(run: &RunDir, experiment: &str, plan: &ExperimentPlan) -> Result<String, StoreError> {
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    for key in run.parts()?.iter().filter(|key| key.experiment == experiment) {
        for row in run.read_part(key)? {
            tallies.entry(key.cell).or_default().add(&row);
        }
    }
    let mut text = format!(
        "{experiment}\n  {:<78} {:>9} {:>6} {:>6} {:>14} {:>14}\n",
        "cell", "delivered", "lost", "other", "operation p50", "handoff p50"
    );
    for cell in &plan.cells {
        let label = format!("{:>3}  {}", cell.cell, plan::label(cell));
        let line = match (&cell.limit, tallies.get(&cell.cell)) {
            (Some(limit), Some(tally)) => format!(
                "one byte over {} ({} bytes): {}",
                limit.name,
                limit.bytes,
                tally.error_code.as_deref().unwrap_or("taken")
            ),
            (Some(limit), None) => format!("not run: over {} ({} bytes)", limit.name, limit.bytes),
            (None, None) => "not run yet".to_owned(),
            (None, Some(tally)) => format!(
                "{:>9} {:>6} {:>6} {:>14} {:>14}{}",
                tally.delivered,
                tally.lost,
                tally.other,
                median(&tally.operation_ns),
                median(&tally.handoff_ns),
                match tally.left_out {
                    0 => String::new(),
                    left_out => format!("  {left_out} cold left out"),
                }
            ),
        };
        let _ = writeln!(text, "  {label:<78} {line}");
    }
    Ok(text)
}

/// The median in milliseconds, to the microsecond.
fn median(values_ns: &[i64]) -> String {
    store::median_ns(values_ns).map_or("-".to_owned(), |ns| {
        let text = format!("{:.3} ms", ns / 1e6);
        if text == "-0.000 ms" { "0.000 ms".to_owned() } else { text }
    })
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_in_milliseconds() {
        assert_eq!(median(&[3_000_000, 1_234_567, 2_000_000_000]), "3.000 ms");
        assert_eq!(median(&[1_234_567]), "1.235 ms");
        assert_eq!(median(&[1_000_000, 2_000_000]), "1.500 ms");
        assert_eq!(median(&[-40_000]), "-0.040 ms");
        assert_eq!(median(&[]), "-");
    }
}
