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
        match row.outcome {
            Outcome::Delivered => self.delivered += 1,
            Outcome::Lost => self.lost += 1,
            Outcome::Duplicated | Outcome::Rejected | Outcome::Failed => self.other += 1,
        }
        self.operation_ns.extend(row.operation_ns.and_then(|ns| i64::try_from(ns).ok()));
        self.handoff_ns.extend(row.handoff_ns);
        if row.error_code.is_some() {
            self.error_code.clone_from(&row.error_code);
        }
    }
}

/// The table of an experiment's parts; warm-up messages are left out.
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
        let line = match (&cell.limit, tallies.get_mut(&cell.cell)) {
            (Some(limit), Some(tally)) => format!(
                "one byte over {} ({} bytes): {}",
                limit.name,
                limit.bytes,
                tally.error_code.as_deref().unwrap_or("taken")
            ),
            (Some(limit), None) => format!("not run: over {} ({} bytes)", limit.name, limit.bytes),
            (None, None) => "not run yet".to_owned(),
            (None, Some(tally)) => format!(
                "{:>9} {:>6} {:>6} {:>14} {:>14}",
                tally.delivered,
                tally.lost,
                tally.other,
                median(&mut tally.operation_ns),
                median(&mut tally.handoff_ns)
            ),
        };
        let _ = writeln!(text, "  {label:<78} {line}");
    }
    Ok(text)
}

/// The lower median, in milliseconds.
fn median(values: &mut [i64]) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    let middle = (values.len() - 1) / 2;
    let (_, median, _) = values.select_nth_unstable(middle);
    let micros = *median / 1_000;
    format!(
        "{}{}.{:03} ms",
        if micros < 0 { "-" } else { "" },
        micros.abs() / 1_000,
        micros.abs() % 1_000
    )
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_in_milliseconds() {
        assert_eq!(median(&mut [3_000_000, 1_234_567, 2_000_000_000]), "3.000 ms");
        assert_eq!(median(&mut [1_234_567]), "1.234 ms");
        assert_eq!(median(&mut [-40_000]), "-0.040 ms");
        assert_eq!(median(&mut []), "-");
    }
}
