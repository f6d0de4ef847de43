//! What a reader should know before believing a figure.

use std::collections::BTreeMap;

use super::{CellFigures, ClockBound, Counts, RunData};

/// Below this many rounds the bootstrap's intervals are too narrow: with few clusters it knows too
/// little of how rounds differ. Cameron, Gelbach and Miller, "Bootstrap-based improvements for
/// inference with clustered errors" (2008), show it for 5 and 10.
pub const FEW_ROUNDS: u32 = 10;

/// One thing about the data to know, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataWarning {
    /// Parts of the plan are not there.
    MissingParts {
        /// How many.
        missing: usize,
        /// Of how many.
        planned: usize,
        /// Of which experiments.
        experiments: Vec<String>,
    },
    /// Intervals rest on few rounds.
    FewRounds {
        /// The experiment.
        experiment: String,
        /// Its rounds.
        rounds: u32,
    },
    /// The tree had changes, or there was none.
    SourceNotCommitted,
    /// Messages of a cell were lost.
    Lost {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
    },
    /// Messages of a cell arrived more than once.
    Duplicated {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
    },
    /// The service refused messages of a cell.
    Rejected {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
        /// How often each error code.
        codes: BTreeMap<String, u64>,
    },
    /// B raised errors.
    Failed {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
    },
    /// Messages arrived before they were sent.
    NegativeHandoffs {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
    },
    /// Payloads arrived changed.
    PayloadErrors {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
    },
    /// The two clocks cannot agree with themselves.
    ClockMoved {
        /// B's clock is at least this far ahead, ...
        bound: ClockBound,
    },
    /// More than one in ten measured messages met a cold start.
    ManyColdStarts {
        /// The cell.
        cell: String,
        /// How many, of how many.
        counts: Counts,
    },
}

/// Everything to know about a run's data, the gravest first.
#[must_use]
pub fn warnings(run: &RunData) -> Vec<DataWarning> {
    let mut warnings = Vec::new();
    if !run.missing.is_empty() {
        let mut experiments: Vec<String> =
            run.missing.iter().map(|key| key.experiment.clone()).collect();
        experiments.dedup();
        let (missing, planned) = (run.missing.len(), run.missing.len() + run.parts);
        warnings.push(DataWarning::MissingParts { missing, planned, experiments });
    }
    for cell in &run.cells {
        of_cell(cell, &mut warnings);
    }
    if let Some(bound) = ClockBound::of(run)
        && bound.at_least_ns > bound.at_most_ns
    {
        warnings.push(DataWarning::ClockMoved { bound });
    }
    for (experiment, plan) in &run.manifest.experiments {
        if plan.rounds < FEW_ROUNDS {
            let (experiment, rounds) = (experiment.clone(), plan.rounds);
            warnings.push(DataWarning::FewRounds { experiment, rounds });
        }
    }
    if run.manifest.git.as_ref().is_none_or(|git| !git.clean) {
        warnings.push(DataWarning::SourceNotCommitted);
    }
    warnings
}

fn of_cell(data: &CellFigures, warnings: &mut Vec<DataWarning>) {
    let counts = data.counts;
    let plan = &data.plan;
    let cell = format!(
        "{} cell {} ({}, receiver {} ms)",
        data.experiment, plan.cell, plan.transport, plan.receiver_ms
    );
    let mut add = |there: bool, warning: fn(String, Counts) -> DataWarning| {
        if there {
            warnings.push(warning(cell.clone(), counts));
        }
    };
    add(counts.lost > 0, |cell, counts| DataWarning::Lost { cell, counts });
    add(counts.duplicated > 0, |cell, counts| DataWarning::Duplicated { cell, counts });
    add(counts.failed > 0, |cell, counts| DataWarning::Failed { cell, counts });
    add(counts.payload_errors > 0, |cell, counts| DataWarning::PayloadErrors { cell, counts });
    add(counts.negative_handoffs > 0, |cell, counts| DataWarning::NegativeHandoffs {
        cell,
        counts,
    });
    add(counts.cold * 10 > counts.asked, |cell, counts| DataWarning::ManyColdStarts {
        cell,
        counts,
    });
    if counts.rejected > 0 {
        let codes = data.rejected_codes.clone();
        warnings.push(DataWarning::Rejected { cell, counts, codes });
    }
}
