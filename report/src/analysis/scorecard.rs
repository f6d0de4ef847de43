//! The eight principles for reproducible cloud experiments: the post's grades and this run's.

use super::{CellAxis, Experiment, FEW_ROUNDS, RunData, cell_cost};
use crate::reference::{self, Prices, ReferenceError};

/// How far a principle is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// Kept.
    Yes,
    /// Kept in part.
    Partial,
    /// Not kept.
    No,
}

impl Grade {
    /// The grade's name, as in the reference data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partial => "partial",
            Self::No => "no",
        }
    }

    const fn when(yes: bool, partial: bool) -> Self {
        match (yes, partial) {
            (true, _) => Self::Yes,
            (false, true) => Self::Partial,
            (false, false) => Self::No,
        }
    }
}

/// A principle with both grades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principle {
    /// P1 to P8.
    pub id: String,
    /// What it asks.
    pub requirement: String,
    /// The post's grade.
    pub original: String,
    /// This run's grade.
    pub ours: Grade,
    /// What in the run it follows from.
    pub because: String,
}

/// Grades a run by its manifest and data.
///
/// # Errors
/// When the reference data cannot be read.
pub fn scorecard(run: &RunData, prices: &Prices) -> Result<Vec<Principle>, ReferenceError> {
    let principles = reference::original_scorecard()?;
    let graded = principles.into_iter().map(|original| {
        let (ours, because) = grade(run, prices, &original.principle);
        Principle {
            id: original.principle,
            requirement: original.requirement,
            original: original.original_post,
            ours,
            because,
        }
    });
    Ok(graded.collect())
}

fn grade(run: &RunData, prices: &Prices, principle: &str) -> (Grade, String) {
    let manifest = &run.manifest;
    let rounds = manifest.experiments.values().map(|plan| plan.rounds).min().unwrap_or(0);
    let complete = run.missing.is_empty() && run.parts > 0;
    match principle {
        "P1" => (
            Grade::when(complete && rounds >= FEW_ROUNDS, rounds > 1),
            format!(
                "{rounds} interleaved rounds in an order that follows from the seed; \
                 {FEW_ROUNDS} are asked for{}",
                if complete { "" } else { "; parts are missing" }
            ),
        ),
        "P2" => coverage(run),
        "P3" => {
            let clean = manifest.git.as_ref().is_some_and(|git| git.clean);
            let locked = manifest.cargo_lock_sha256.is_some();
            let words = "manifest: plan, seed, backend and settings, binaries' hashes, host";
            (
                Grade::when(clean && locked, true),
                match (clean, locked) {
                    (true, true) => format!("{words}, commit of a clean tree, Cargo.lock's hash"),
                    _ => format!("{words}; but no clean commit with its Cargo.lock"),
                },
            )
        }
        "P4" => {
            let clean = manifest.git.as_ref().is_some_and(|git| git.clean);
            let why = if clean { "names" } else { "does not name" };
            (
                Grade::when(clean, true),
                format!("source, raw rows and report lie together; the manifest {why} the commit"),
            )
        }
        "P5" => {
            let messages = run.rows;
            let measured: Vec<_> = run.cells.iter().filter(|cell| cell.counts.asked > 0).collect();
            let has_p99 = |cell: &&&super::CellFigures| {
                let handoff = cell.measure(super::Measure::Handoff);
                handoff.is_some_and(|found| found.summary.at(0.99).is_some())
            };
            let with_p99 = measured.iter().filter(has_p99).count();
            (
                Grade::when(with_p99 > 0, run.rows > 0),
                format!(
                    "every one of {messages} messages has a row; p99 is carried by {with_p99} of \
                     {} cells",
                    measured.len()
                ),
            )
        }
        "P6" => (
            Grade::when(rounds >= FEW_ROUNDS, rounds > 1),
            format!(
                "95 % intervals, bootstrapped over {rounds} rounds; verdicts need the interval"
            ),
        ),
        "P7" => (
            Grade::when(manifest.format_version == store::FORMAT_VERSION, true),
            format!(
                "rows of format {}, every column of which has its unit and clock (data/FORMAT.md)",
                manifest.format_version
            ),
        ),
        "P8" => cost(run, prices),
        other => (Grade::No, format!("{other} is not graded")),
    }
}

/// How many axes a run varies that another might have left alone: the transport, the payload, the
/// load, B's duration, what is warm and how a stream is read.
fn coverage(run: &RunData) -> (Grade, String) {
    let experiments = Experiment::all(run);
    let mut axes: Vec<CellAxis> = experiments.iter().flat_map(Experiment::axes).collect();
    axes.sort_unstable();
    axes.dedup();
    let workload = [CellAxis::Payload, CellAxis::Senders, CellAxis::Receiver];
    let all_of_them = workload.iter().all(|axis| axes.contains(axis));
    let mut transports: Vec<_> = experiments.iter().flat_map(Experiment::transports).collect();
    transports.sort_unstable();
    transports.dedup();
    let place = &run.manifest.backend.name;
    let names: Vec<&str> = axes.iter().map(|axis| axis.name()).collect();
    let varied = match names.as_slice() {
        [] => "nothing beside the transport varied".to_owned(),
        names => format!("varied: {}", names.join(", ")),
    };
    let because = format!(
        "{} cells in {} experiments over {} transports; {varied}; one place ({place}), one region, \
         one language runtime",
        run.cells.len(),
        experiments.len(),
        transports.len(),
    );
    (Grade::when(all_of_them && transports.len() > 1 && place == "aws", !axes.is_empty()), because)
}

/// Whether what a message costs can be said.
fn cost(run: &RunData, prices: &Prices) -> (Grade, String) {
    let measured: Vec<_> = Experiment::all(run)
        .iter()
        .flat_map(|experiment| experiment.measured().collect::<Vec<_>>())
        .filter(|cell| cell.counts.asked > 0)
        .collect();
    let known = measured.iter().filter(|cell| cell_cost(cell, prices).is_some()).count();
    let all = measured.len();
    let what = format!(
        "per million messages for {known} of {all} cells, A and B apart, from billed durations and \
         list prices of {} ({})",
        prices.region, prices.as_of
    );
    let aws = run.manifest.backend.is_aws();
    let because =
        if aws { what } else { format!("{what}; the billed durations are not those of AWS") };
    (Grade::when(known > 0 && known == all && aws, known > 0), because)
}
