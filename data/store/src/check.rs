//! Whether a run's parts are what its manifest says.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use wire::BatchId;

use crate::compacted_file::CompactedFile;
use crate::layout::{self, PartFolder};
use crate::record::Record as _;
use crate::rules::{self, Clocks, Context, PartSummary, Tally};
use crate::{
    CellPlan, InvalidValues, Invocation, Manifest, PartColumns, PartKey, Row, RunDir, RunId,
    StoreError, invocation_columns, read_columns,
};

/// What a check found in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Parts that are there, in order.
    pub parts: Vec<PartKey>,
    /// Parts that the manifest plans and that are not there, in order.
    pub missing: Vec<PartKey>,
    /// Rows of all parts.
    pub rows: u64,
    /// Rows that break the rules for valid values, by experiment and rule.
    pub invalid: Vec<InvalidValues>,
}

impl RunDir {
    /// Reads everything and holds it against the manifest.
    ///
    /// # Errors
    /// Whatever is wrong first: a part that cannot be read, is of another format, run or place, is
    /// not in the plan, has another number of rows than planned, or has a message twice. A part
    /// that is missing is no error; it is listed.
    pub fn check(&self) -> Result<Checked, StoreError> {
        self.check_each_cell(|_| (), |_, _, _| ())
    }

    /// As [`RunDir::check`], and shows what it reads, so that it is read once: the columns of each
    /// part to `reduce`, several parts at a time, and what that made of a cell's parts, in the
    /// order of rounds, to `visit`, cell by cell. What `reduce` does not keep is not kept.
    ///
    /// # Errors
    /// As [`RunDir::check`].
    pub fn check_each_cell<T: Send>(
        &self,
        reduce: impl Fn(PartColumns) -> T + Sync,
        mut visit: impl FnMut(&str, &CellPlan, Vec<T>),
    ) -> Result<Checked, StoreError> {
        let manifest = self.manifest()?;
        let folders = layout::folders(self.path(), Row::FOLDER)?;
        let mut of_invocations =
            layout::by_place(layout::folders(self.path(), Invocation::FOLDER)?);
        let mut part_of_batch: HashMap<BatchId, PathBuf> = HashMap::new();
        let mut checked = Checked::default();
        let mut tally = Tally::default();
        for folder in folders {
            let place = (folder.experiment.clone(), folder.transport);
            let compacted = self.open_both(&folder, of_invocations.remove(&place))?;
            let parts = folder.parts(compacted.timings.as_deref());
            for parts_of_cell in parts.chunk_by(|a, b| a.cell == b.cell) {
                let read: Vec<Result<_, StoreError>> = parts_of_cell
                    .par_iter()
                    .map(|key| {
                        let (place, cell, columns) =
                            self.read_columns(&manifest, key, &compacted)?;
                        let summary = PartSummary::of(&columns);
                        let (rows, batches) = (columns.rows, columns.batches.clone());
                        Ok((place, cell, rows, batches, summary, reduce(columns)))
                    })
                    .collect();
                let mut reduced = Vec::with_capacity(read.len());
                let mut cell_of_parts = None;
                for part in read {
                    let (place, cell, rows, batches, summary, part) = part?;
                    batches_are_new(&mut part_of_batch, batches, &place)?;
                    tally.add(&summary);
                    checked.rows += rows as u64;
                    reduced.push(part);
                    cell_of_parts = Some(cell);
                }
                if let Some(cell) = cell_of_parts {
                    visit(&folder.experiment, cell, reduced);
                }
            }
            checked.parts.extend(parts);
        }
        let there: HashSet<&PartKey> = checked.parts.iter().collect();
        checked.missing = planned_parts(&manifest).filter(|key| !there.contains(key)).collect();
        checked.missing.sort();
        checked.invalid = tally.into_sums();
        Ok(checked)
    }

    /// Opens the compacted files of an experiment and transport, where there are any.
    fn open_both(
        &self,
        timings: &PartFolder,
        invocations: Option<PartFolder>,
    ) -> Result<Compacted, StoreError> {
        let run = self.run_id();
        let open = |folder: Option<&PartFolder>, data_set| {
            folder.map_or(Ok(None), |folder| folder.open(run, data_set))
        };
        let (timings, invocations) = rayon::join(
            || open(Some(timings), Row::FOLDER),
            || open(invocations.as_ref(), Invocation::FOLDER),
        );
        Ok(Compacted { timings: timings?, invocations: invocations? })
    }

    /// The columns of a part and of its invocations, and where it is.
    fn read_columns<'m>(
        &self,
        manifest: &'m Manifest,
        key: &PartKey,
        compacted: &Compacted,
    ) -> Result<(PathBuf, &'m CellPlan, PartColumns), StoreError> {
        let (run, path) = (self.run_id(), self.part_path(key));
        let missing = |path: &Path| StoreError::io("read", path)(ErrorKind::NotFound.into());
        let timings = layout::find(&path, compacted.timings.as_ref(), run, key, Row::FOLDER);
        let cell = self.planned(manifest, key, &path)?;
        let part = timings?.ok_or_else(|| missing(&path))?;
        let context = Context { clocks: Clocks::of(&manifest.backend), cell };
        let mut columns = read_columns::read(&part, run, key, context)?;
        let place = part.place(key);
        drop(part);
        // A part that is there has them, since they are written first.
        let path = self.invocations_path(key);
        let compacted = compacted.invocations.as_ref();
        let invocations = layout::find(&path, compacted, run, key, Invocation::FOLDER)?;
        let Some(invocations) = invocations else {
            return Err(StoreError::NoInvocations { path, part: place });
        };
        columns.invocations = invocation_columns::read(&invocations, run, key)?;
        let found = rules::check_invocations(&columns.invocations, context);
        columns.violations.extend(found);
        Ok((place, cell, columns))
    }

    fn planned<'m>(
        &self,
        manifest: &'m Manifest,
        key: &PartKey,
        path: &Path,
    ) -> Result<&'m CellPlan, StoreError> {
        let not_planned = |reason: String| StoreError::NotInManifest {
            path: path.to_owned(),
            manifest: self.manifest_path(),
            reason,
        };
        let plan = manifest
            .experiments
            .get(&key.experiment)
            .ok_or_else(|| not_planned(format!("it has no experiment {}", key.experiment)))?;
        let cell = plan
            .cells
            .iter()
            .find(|cell| cell.cell == key.cell)
            .ok_or_else(|| not_planned(format!("it has no cell {}", key.cell)))?;
        if cell.transport != key.transport {
            let (cell, planned) = (key.cell, cell.transport);
            return Err(not_planned(format!("its cell {cell} is of {planned}")));
        }
        if key.round >= plan.rounds {
            return Err(not_planned(format!("it has {} rounds, from 0", plan.rounds)));
        }
        if !cell.visited_in(key.round) {
            let reason = cell.limit.as_ref().map_or("not visited", |limit| &limit.name);
            let PartKey { cell, round, .. } = key;
            return Err(not_planned(format!(
                "its cell {cell} is over {reason} and is not run in round {round}"
            )));
        }
        Ok(cell)
    }
}

/// The compacted files of an experiment and transport.
struct Compacted {
    timings: Option<Arc<CompactedFile>>,
    invocations: Option<Arc<CompactedFile>>,
}

/// A message id begins with its batch, and a batch belongs to one cell and round.
fn batches_are_new(
    part_of_batch: &mut HashMap<BatchId, PathBuf>,
    batches: Vec<BatchId>,
    place: &Path,
) -> Result<(), StoreError> {
    for batch in batches {
        if let Some(other) = part_of_batch.insert(batch, place.to_owned()) {
            return Err(StoreError::DuplicatedMessage {
                path: place.to_owned(),
                message_id: format!("{batch}..."),
                elsewhere: format!(" of {}", other.display()),
            });
        }
    }
    Ok(())
}

/// Every part that a manifest plans.
fn planned_parts(manifest: &Manifest) -> impl Iterator<Item = PartKey> {
    manifest.experiments.iter().flat_map(|(experiment, plan)| {
        plan.cells.iter().flat_map(move |cell| {
            let rounds = (0..plan.rounds).filter(|round| cell.visited_in(*round));
            rounds.map(move |round| PartKey {
                experiment: experiment.clone(),
                transport: cell.transport,
                cell: cell.cell,
                round,
            })
        })
    })
}

/// Compares one column of a row with what it should be.
struct Comparison<'a> {
    path: &'a Path,
    row: usize,
}

impl Comparison<'_> {
    fn equal<T: PartialEq + Display>(
        &self,
        column: &'static str,
        found: &T,
        expected: &T,
    ) -> Result<(), StoreError> {
        if found == expected {
            return Ok(());
        }
        Err(StoreError::RowDoesNotFit {
            path: self.path.to_owned(),
            row: self.row,
            column,
            found: found.to_string(),
            expected: expected.to_string(),
        })
    }
}

/// Every row belongs to this run and part, and every message has one.
pub(crate) fn fits_its_place(
    path: &Path,
    run: &RunId,
    key: &PartKey,
    rows: &[Row],
) -> Result<(), StoreError> {
    let mut seen = HashSet::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        let compare = Comparison { path, row: number };
        compare.equal("run_id", &row.run_id.as_str(), &run.as_str())?;
        compare.equal("experiment", &row.experiment, &key.experiment)?;
        compare.equal("transport", &row.transport, &key.transport)?;
        compare.equal("cell", &row.cell, &key.cell)?;
        compare.equal("round", &row.round, &key.round)?;
        if !seen.insert(row.message_id.as_str()) {
            return Err(StoreError::DuplicatedMessage {
                path: path.to_owned(),
                message_id: row.message_id.clone(),
                elsewhere: String::new(),
            });
        }
    }
    Ok(())
}

/// Every invocation belongs to this run and part.
pub(crate) fn invocations_fit(
    path: &Path,
    run: &RunId,
    key: &PartKey,
    invocations: &[Invocation],
) -> Result<(), StoreError> {
    for (number, invocation) in invocations.iter().enumerate() {
        let compare = Comparison { path, row: number };
        compare.equal("run_id", &invocation.run_id.as_str(), &run.as_str())?;
        compare.equal("experiment", &invocation.experiment, &key.experiment)?;
        compare.equal("transport", &invocation.transport, &key.transport)?;
        compare.equal("cell", &invocation.cell, &key.cell)?;
        compare.equal("round", &invocation.round, &key.round)?;
    }
    Ok(())
}

/// There are as many rows as planned, of each kind.
pub(crate) fn row_counts(
    path: &Path,
    cell: &CellPlan,
    rows: usize,
    warmup: usize,
) -> Result<(), StoreError> {
    let counts = [("measured", rows - warmup, cell.messages), ("warm-up", warmup, cell.warmup)];
    for (kind, found, planned) in counts {
        let (found, planned) = (found as u64, u64::from(planned));
        if found != planned {
            return Err(StoreError::RowCount { path: path.to_owned(), kind, found, planned });
        }
    }
    Ok(())
}

/// Every row is of the planned cell, and there are as many as planned.
pub(crate) fn fits_the_plan(path: &Path, cell: &CellPlan, rows: &[Row]) -> Result<(), StoreError> {
    let warmup = rows.iter().filter(|row| row.warmup).count();
    row_counts(path, cell, rows.len(), warmup)?;
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map_or("null".to_owned(), |value| value.to_string())
    }
    let mapping = cell.mapping.as_ref();
    for (number, row) in rows.iter().enumerate() {
        let compare = Comparison { path, row: number };
        compare.equal("payload_bytes", &row.payload_bytes, &cell.payload_bytes)?;
        compare.equal("concurrency", &row.concurrency, &cell.concurrency)?;
        compare.equal("receiver_ms", &row.receiver_ms, &cell.receiver_ms)?;
        compare.equal("memory_mb", &row.memory_mb, &cell.memory_mb)?;
        compare.equal("architecture", &row.architecture, &cell.architecture)?;
        compare.equal("arrival", &row.arrival, &cell.arrival)?;
        compare.equal("rate_per_s", &shown(row.rate_per_s), &shown(cell.rate_per_s))?;
        compare.equal("shards", &shown(row.shards), &shown(mapping.and_then(|m| m.shards)))?;
        compare.equal(
            "mapping_batch_size",
            &shown(row.mapping_batch_size),
            &shown(mapping.map(|m| m.batch_size)),
        )?;
        compare.equal(
            "batching_window_ms",
            &shown(row.batching_window_ms),
            &shown(mapping.map(|m| m.batching_window_ms)),
        )?;
        compare.equal(
            "parallelization_factor",
            &shown(row.parallelization_factor),
            &shown(mapping.and_then(|m| m.parallelization_factor)),
        )?;
        compare.equal(
            "enhanced_fan_out",
            &shown(row.enhanced_fan_out),
            &shown(mapping.and_then(|m| m.enhanced_fan_out)),
        )?;
        compare.equal("limit_raised", &row.limit_raised, &cell.limit_raised)?;
        compare.equal("fresh_side", &shown(row.fresh_side), &shown(cell.fresh_side))?;
    }
    Ok(())
}
