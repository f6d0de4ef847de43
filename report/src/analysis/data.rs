//! A run, reduced cell by cell to its figures.

use std::collections::BTreeMap;

use store::{InvalidValues, Manifest, PartKey, RunDir, StoreError};

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
    pub fn read_with_draws(
        run: &RunDir,
        seed: u64,
        replicates: usize,
    ) -> Result<Self, StoreError> {
        let manifest = run.manifest()?;
        let resamplings: BTreeMap<String, Resampling> = manifest
            .experiments
            .iter()
            .map(|(name, plan)| {
                (name.clone(), Resampling::new(plan.rounds as usize, replicates, seed))
            })
            .collect();
        let mut reduced: BTreeMap<(String, u32), CellFigures> = BTreeMap::new();
        let fresh = |key: &PartKey| {
            let plan = manifest.experiments.get(&key.experiment)?;
            plan.cells.iter().find(|cell| cell.cell == key.cell)?.fresh_side
        };
        let checked = run.check_each_cell(
            |columns| PartValues::of(&columns, fresh(&columns.key)),
            |experiment, plan, parts| {
                let figures = CellFigures::of(experiment, plan, parts, &resamplings[experiment]);
                reduced.insert((experiment.to_owned(), plan.cell), figures);
            },
        )?;
        let mut cells = Vec::new();
        for (experiment, plan) in &manifest.experiments {
            let draws = &resamplings[experiment];
            for cell in &plan.cells {
                let figures = reduced.remove(&(experiment.clone(), cell.cell));
                cells.push(
                    figures.unwrap_or_else(|| CellFigures::of(experiment, cell, Vec::new(), draws)),
                );
            }
        }
        let (missing, parts, rows) = (checked.missing, checked.parts.len(), checked.rows);
        let invalid = checked.invalid;
        Ok(Self { manifest, cells, resamplings, missing, parts, rows, invalid })
    }
}
