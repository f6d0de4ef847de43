//! The eight principles for reproducible cloud experiments: the post's grades and this run's.

use super::{CellAxis, CellFigures, Experiment, FEW_ROUNDS, Measure, RunCost, RunData, run_cost};
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

/// Grades a run by its manifest and data, as strictly as the post was graded: what one run of one
/// deployment cannot have, and what its manifest does not name, is not granted.
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
    match principle {
        "P1" => repeated(run),
        "P2" => coverage(run),
        "P3" => set_up(run),
        "P4" => open_access(run),
        "P5" => distributions(run),
        "P6" => statistics(run),
        "P7" => units(run),
        "P8" => cost(run, &run_cost(run, prices)),
        other => (Grade::No, format!("{other} is not graded")),
    }
}

fn rounds(run: &RunData) -> u32 {
    run.manifest.experiments.values().map(|plan| plan.rounds).min().unwrap_or(0)
}

fn is_complete(run: &RunData) -> bool {
    run.missing.is_empty() && run.parts > 0
}

/// Whether the source was committed as it was built.
fn is_clean(run: &RunData) -> bool {
    run.manifest.git.as_ref().is_some_and(|git| git.clean)
}

/// Rounds repeat the measurement and not the experiment: that takes deployments of their own.
fn repeated(run: &RunData) -> (Grade, String) {
    let rounds = rounds(run);
    let missing = if is_complete(run) { "" } else { "; parts are missing" };
    (
        Grade::when(false, rounds > 1),
        format!(
            "{rounds} interleaved rounds in an order that follows from the seed, but of one run on \
             one machine: *yes* takes several deployments on several days{missing}"
        ),
    )
}

fn set_up(run: &RunData) -> (Grade, String) {
    let locked = run.manifest.cargo_lock_sha256.is_some();
    let words = "manifest: plan, seed, backend and settings, binaries' hashes, host";
    let all = is_clean(run) && locked;
    let because = if all {
        format!("{words}, commit of a clean tree, Cargo.lock's hash")
    } else {
        format!("{words}; but no clean commit with its Cargo.lock")
    };
    (Grade::when(all, true), because)
}

/// A commit can be moved or deleted; what is archived under an identifier of its own cannot.
fn open_access(run: &RunData) -> (Grade, String) {
    let lie = "source, raw rows and report lie together";
    let clean = is_clean(run);
    let because = if clean {
        format!(
            "{lie} and the manifest names the commit; *yes* takes an archived source with a DOI"
        )
    } else {
        format!("{lie}, but the manifest names no commit that has what was run, and no archive")
    };
    (Grade::when(false, clean), because)
}

fn distributions(run: &RunData) -> (Grade, String) {
    let measured: Vec<&CellFigures> = run.cells.iter().filter(|c| c.counts.asked > 0).collect();
    let measured: Vec<&CellFigures> = measured.into_iter().filter(|c| !c.plan.probe).collect();
    let has_p99 = |cell: &&&CellFigures| {
        let handoff = cell.measure(Measure::Handoff);
        handoff.is_some_and(|found| found.summary.at(0.99).is_some())
    };
    let (with_p99, all) = (measured.iter().filter(has_p99).count(), measured.len());
    (
        Grade::when(with_p99 > 0 && with_p99 == all, run.rows > 0),
        format!(
            "every one of {} messages has a row, and every cell its median and distribution; p99 \
             is carried by {with_p99} of {all} cells, and *yes* takes all",
            run.rows
        ),
    )
}

fn statistics(run: &RunData) -> (Grade, String) {
    let rounds = rounds(run);
    (
        Grade::when(rounds >= FEW_ROUNDS && is_complete(run), rounds > 1),
        format!(
            "95 % intervals from {rounds} rounds ({FEW_ROUNDS} are asked for), and verdicts corrected \
             for all tests of the report; they hold for this deployment, not for another"
        ),
    )
}

/// Units are of the format; that values are what their unit allows is of the run.
fn units(run: &RunData) -> (Grade, String) {
    let format = run.manifest.format_version;
    let negative: u64 = run.cells.iter().map(|cell| cell.counts.negative_handoffs).sum();
    let invalid: u64 = run.invalid.iter().map(|found| found.rows).sum();
    let rules = store::RULES.len();
    let valid = match (negative, invalid) {
        (0, 0) => format!("no row breaks one of the {rules} rules for valid values"),
        (negative, 0) => format!("{negative} handoffs are below 0, by clocks that disagree"),
        (_, invalid) => {
            format!(
                "rows break the {rules} rules for valid values {invalid} times (*Data quality*)"
            )
        }
    };
    (
        Grade::when(format == store::FORMAT_VERSION && negative + invalid == 0, true),
        format!(
            "rows of format {format}, every column of which has its unit, clock and meaning of null \
             (data/FORMAT.md); {valid}"
        ),
    )
}

/// What a run varies that another might have left alone: the transport, the payload, the load, B's
/// duration, what is warm and how a stream is read. One place in one region is never all of it.
fn coverage(run: &RunData) -> (Grade, String) {
    let experiments = Experiment::all(run);
    let mut axes: Vec<CellAxis> = experiments.iter().flat_map(Experiment::axes).collect();
    axes.sort_unstable();
    axes.dedup();
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
        "{} cells in {} over {} transports; {varied}; but one place ({place}), one \
         region, one language runtime",
        run.cells.len(),
        match experiments.len() {
            1 => "1 experiment".to_owned(),
            count => format!("{count} experiments"),
        },
        transports.len(),
    );
    (Grade::when(false, !axes.is_empty()), because)
}

/// Whether the cost of the experiment itself is said.
fn cost(run: &RunData, cost: &RunCost) -> (Grade, String) {
    let all = cost.without_report == 0 && is_complete(run);
    let left_out = match cost.without_report {
        0 => String::new(),
        without => format!(
            "; B's part of {without} of {} messages is not known, for want of REPORT lines",
            cost.messages
        ),
    };
    let total = cost.total();
    let aws = run.manifest.backend.is_aws();
    let because = if aws {
        format!("this run cost ${total:.2} by list prices, in parts below{left_out}")
    } else {
        format!(
            "this run cost nothing; at AWS, with the durations of this machine, it would have cost \
             ${total:.2} by list prices, in parts below{left_out}"
        )
    };
    (Grade::when(aws && all, cost.total() > 0.0), because)
}
