//! Two runs, cell by cell.

use rayon::prelude::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use store::{CellPlan, RunId};

use super::CompareError;
use super::cells::{Pair, label, pairs};
use super::changes::{Change, changes};
use super::effect::{Effects, effects};
use super::judge::{Judged, alpha_of_each, judge};
use super::place::place;
use crate::analysis::{CellFigures, Margin, Measure, RunData};

/// Why a cell has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotComparable {
    /// Only the first run has it.
    OnlyInFirst,
    /// Only the second run has it.
    OnlyInSecond,
    /// A run has no value of the measure.
    NoValues,
    /// A run has values in one round only, which says nothing of what another would bring.
    OneRound,
}

/// What was found of a cell that both runs have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Rounds with values, of each run.
    pub rounds: [usize; 2],
    /// Messages, of each run.
    pub messages: [usize; 2],
    /// The median of all messages of each run, as its report has it, nanoseconds.
    pub medians: [f64; 2],
    /// The shift of the median with its verdict.
    pub judged: Judged,
    /// The size of the difference, message against message.
    pub effects: Effects,
    /// Whether the rounds of each run drift; they are then not alike among themselves.
    pub drifts: [bool; 2],
}

/// One measure of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The measure.
    pub measure: Measure,
    /// What the cell is beside its transport.
    pub label: String,
    /// Its plan, in the first run that has it.
    pub plan: CellPlan,
    /// What was found, or why nothing.
    pub found: Result<Compared, NotComparable>,
}

/// Two runs against each other.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The runs.
    pub runs: [RunFacts; 2],
    /// Whether machine, backend, commit and function binaries are the same, in one line.
    pub place: String,
    /// How far apart medians may be that count as equivalent.
    pub margin: Margin,
    /// What differs between their manifests.
    pub changes: Vec<Change>,
    /// The measures shown.
    pub measures: Vec<Measure>,
    /// Every measure of every cell, by measure, then transport.
    pub rows: Vec<Row>,
    /// How many comparisons were made, for which the verdicts are corrected.
    pub tested: usize,
}

/// What a run was, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// Its name.
    pub run_id: RunId,
    /// Its backend, product and version.
    pub place: String,
    /// Whether that is AWS.
    pub is_aws: bool,
    /// When it started.
    pub started_at: String,
    /// Parts that are missing, of how many.
    pub missing: (usize, usize),
}

impl RunFacts {
    fn of(run: &RunData) -> Self {
        let backend = &run.manifest.backend;
        Self {
            run_id: run.manifest.run_id.clone(),
            place: format!("{} ({} {})", backend.name, backend.product, backend.version),
            is_aws: backend.is_aws(),
            started_at: run.manifest.started_at.clone(),
            missing: (run.missing.len(), run.missing.len() + run.parts),
        }
    }
}

/// Compares the second run with the first.
///
/// # Errors
/// When they are one run, or have no cell in common.
pub fn compare(
    first: &RunData,
    second: &RunData,
    measures: &[Measure],
    margin: Margin,
) -> Result<Comparison, CompareError> {
    let runs = [first, second].map(RunFacts::of);
    if runs[0].run_id == runs[1].run_id {
        return Err(CompareError::SameRun { run: runs[0].run_id.clone() });
    }
    let pairs = pairs(first, second);
    if !pairs.iter().any(|pair| pair.iter().all(Option::is_some)) {
        let experiments = [first, second]
            .map(|run| run.manifest.experiments.keys().cloned().collect::<Vec<_>>().join(", "));
        let [first, second] = runs.map(|run| run.run_id);
        return Err(CompareError::NothingInCommon { first, second, experiments });
    }
    let all: Vec<(Measure, Pair<'_>)> =
        measures.iter().flat_map(|measure| pairs.iter().map(|pair| (*measure, *pair))).collect();
    let medians: Vec<[Vec<f64>; 2]> =
        all.iter().map(|(measure, pair)| pair.map(|cell| medians(cell, *measure))).collect();
    let judged = judge(&medians, margin);
    let tested = judged.iter().flatten().count();
    let alpha = alpha_of_each(tested);
    let rows = all
        .into_par_iter()
        .zip(judged)
        .filter_map(|((measure, pair), judged)| {
            let cell = pair[0].or(pair[1])?;
            let found = found(pair, measure, judged, alpha);
            let (label, plan) = (label(cell, &pairs), cell.plan.clone());
            Some(Row { measure, label, plan, found })
        })
        .collect();
    let changes = changes(first, second);
    let place = place(&first.manifest, &second.manifest);
    Ok(Comparison { runs, place, margin, changes, measures: measures.to_vec(), rows, tested })
}

/// The median of each round that has values.
fn medians(cell: Option<&CellFigures>, measure: Measure) -> Vec<f64> {
    let figures = cell.and_then(|cell| cell.measure(measure));
    figures.map_or_else(Vec::new, |figures| {
        figures.rounds.iter().filter_map(|round| round.median).collect()
    })
}

fn found(
    pair: Pair<'_>,
    measure: Measure,
    judged: Option<Judged>,
    alpha: f64,
) -> Result<Compared, NotComparable> {
    let first = pair[0].ok_or(NotComparable::OnlyInSecond)?;
    let second = pair[1].ok_or(NotComparable::OnlyInFirst)?;
    let figures = |cell: &'_ CellFigures| cell.measure(measure).cloned();
    let (Some(one), Some(other)) = (figures(first), figures(second)) else {
        return Err(NotComparable::NoValues);
    };
    let effects = effects(&one, &other, alpha).ok_or(NotComparable::OneRound)?;
    let judged = judged.ok_or(NotComparable::OneRound)?;
    Ok(Compared {
        rounds: [first, second].map(|cell| medians(Some(cell), measure).len()),
        messages: [&one, &other].map(|figures| figures.summary.n),
        medians: [&one, &other].map(|figures| figures.summary.median.value),
        judged,
        effects,
        drifts: [one, other].map(|figures| figures.drift.is_some_and(|drift| drift.is_drift())),
    })
}
