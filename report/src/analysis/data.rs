//! A run, reduced cell by cell to its figures.

use std::collections::BTreeMap;

use store::{ExperimentPlan, InvalidValues, Manifest, PartColumns, PartKey, RunDir, StoreError};

use super::CellFigures;
use super::part::PartValues;
use super::statistics::{REPLICATES, Resampling, SEED};

/// A run: its manifest and the figures of each cell.
#[derive(Clone, Debug)]
pub struct RunData {
    /// What the run was.
    pub manifest: Manifest,
    /// Every cell of the plan in order, also those without messages.
    pub cells: Vec<CellFigures>,
    /// The draws that the intervals of an experiment's cells share, by the experiment's name.
    pub resamplings: BTreeMap<String, Resampling>,
    /// Parts that the manifest plans and that are not there.
    pub missing: Vec<PartKey>,
    /// Parts that are there.
    pub parts: usize,
    /// Rows of all parts.
    pub rows: u64,
    /// Rows that break the rules for valid values, by experiment and rule.
    pub invalid: Vec<InvalidValues>,
}

impl RunData {
    /// Reads, checks and reduces a run.
    ///
    /// # Errors
    /// Whatever the store finds wrong with its files.
    pub fn read(run: &RunDir) -> Result<Self, StoreError> {
        Self::read_with_draws(run, SEED, REPLICATES)
    }

    /// As [`RunData::read`], with other draws of the bootstrap, or with fewer of them.
    ///
    /// # Errors
    /// As [`RunData::read`].
    pub fn read_with_draws(run: &RunDir, seed: u64, replicates: usize) -> Result<Self, StoreError> {
        let manifest = run.manifest()?;
        let resamplings = resamplings(&manifest, seed, replicates);
        let mut reduced = Reduced::new();
        let checked = run.check_each_cell(
            |columns| reduce(&columns, &manifest),
            |experiment, plan, parts| {
                let figures = CellFigures::of(experiment, plan, parts, &resamplings[experiment]);
                reduced.insert((experiment.to_owned(), plan.cell), figures);
            },
        )?;
        let cells = in_order(&manifest, reduced, &resamplings);
        let (missing, parts, rows) = (checked.missing, checked.parts.len(), checked.rows);
        let invalid = checked.invalid;
        Ok(Self { manifest, cells, resamplings, missing, parts, rows, invalid })
    }

    /// A run whose parts are in memory and not checked: for simulations.
    #[must_use]
    pub fn of_parts(
        manifest: Manifest,
        parts: Vec<PartColumns>,
        seed: u64,
        replicates: usize,
    ) -> Self {
        let resamplings = resamplings(&manifest, seed, replicates);
        let (count, rows) = (parts.len(), parts.iter().map(|part| part.rows as u64).sum());
        let mut of_cell: BTreeMap<(String, u32), Vec<PartValues>> = BTreeMap::new();
        for part in parts {
            let cell = (part.key.experiment.clone(), part.key.cell);
            of_cell.entry(cell).or_default().push(reduce(&part, &manifest));
        }
        let mut reduced = Reduced::new();
        for ((experiment, number), mut parts) in of_cell {
            parts.sort_by_key(|part| part.round);
            let plan = manifest.experiments.get(&experiment);
            let cell = plan.and_then(|plan| plan.cells.iter().find(|cell| cell.cell == number));
            if let Some((cell, draws)) = cell.zip(resamplings.get(&experiment)) {
                let figures = CellFigures::of(&experiment, cell, parts, draws);
                reduced.insert((experiment, number), figures);
            }
        }
        let cells = in_order(&manifest, reduced, &resamplings);
        let (missing, invalid) = (Vec::new(), Vec::new());
        Self { manifest, cells, resamplings, missing, parts: count, rows, invalid }
    }
}

/// The figures of cells by their experiment and number.
type Reduced = BTreeMap<(String, u32), CellFigures>;

fn resamplings(manifest: &Manifest, seed: u64, replicates: usize) -> BTreeMap<String, Resampling> {
    let of = |(name, plan): (&String, &ExperimentPlan)| {
        (name.clone(), Resampling::new(plan.rounds as usize, replicates, seed))
    };
    manifest.experiments.iter().map(of).collect()
}

fn reduce(columns: &PartColumns, manifest: &Manifest) -> PartValues {
    let PartKey { experiment, cell, .. } = &columns.key;
    let plan = manifest.experiments.get(experiment);
    let planned = plan.and_then(|plan| plan.cells.iter().find(|planned| planned.cell == *cell));
    PartValues::of(columns, planned.and_then(|planned| planned.fresh_side))
}

/// Every cell of the plan in order, also those without messages.
fn in_order(
    manifest: &Manifest,
    mut reduced: Reduced,
    resamplings: &BTreeMap<String, Resampling>,
) -> Vec<CellFigures> {
    let mut cells = Vec::new();
    for (experiment, plan) in &manifest.experiments {
        let draws = &resamplings[experiment];
        for cell in &plan.cells {
            let figures = reduced.remove(&(experiment.clone(), cell.cell));
            let empty = || CellFigures::of(experiment, cell, Vec::new(), draws);
            cells.push(figures.unwrap_or_else(empty));
        }
    }
    cells
}
