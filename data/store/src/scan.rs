//! All rows of a run as one lazy frame.

use std::collections::BTreeMap;
use std::path::PathBuf;

use polars::io::HiveOptions;
use polars::prelude::{
    LazyFrame, PlRefPath, PolarsError, ScanArgsParquet, UnionArgs, col, concat, lit,
};

use crate::record::Record as _;
use crate::{Row, RunDir, StoreError, layout};

impl RunDir {
    /// All rows of the run, every column in its order. Only what a query needs is read; nothing is
    /// checked: see [`RunDir::check`].
    ///
    /// The partitions are given by name rather than read from the paths by polars, which would
    /// also take the folders above the run for partitions, and a name of digits for a number.
    ///
    /// # Errors
    /// When the run has no part, or its folder cannot be read.
    pub fn scan(&self) -> Result<LazyFrame, StoreError> {
        let mut partitions: BTreeMap<_, Vec<PathBuf>> = BTreeMap::new();
        for folder in layout::folders(self.path(), Row::FOLDER)? {
            let files = folder.files.iter().map(|part| self.part_path(&folder.key(*part)));
            let paths: &mut Vec<_> =
                partitions.entry((folder.experiment.clone(), folder.transport)).or_default();
            paths.extend(files);
            // A part that has a file of its own, too, is there twice until it is compacted.
            paths.extend(folder.is_compacted.then(|| folder.compacted_path()));
        }
        if partitions.is_empty() {
            return Err(StoreError::NoParts { path: self.path().to_owned() });
        }
        let damaged = |error: PolarsError| StoreError::Damaged {
            path: self.path().join("timings"),
            reason: error.to_string(),
        };
        let mut frames = Vec::new();
        for ((experiment, transport), paths) in partitions {
            let paths = paths.iter().map(|path| PlRefPath::try_from_path(path));
            let arguments = ScanArgsParquet {
                hive_options: HiveOptions::new_disabled(),
                glob: false,
                ..ScanArgsParquet::default()
            };
            let paths = paths.collect::<Result<_, _>>().map_err(damaged)?;
            let frame = LazyFrame::scan_parquet_files(paths, arguments).map_err(damaged)?;
            frames.push(frame.with_columns([
                lit(experiment).alias("experiment"),
                lit(transport.name()).alias("transport"),
            ]));
        }
        let frame = concat(frames, UnionArgs::default()).map_err(damaged)?;
        let columns: Vec<_> = Row::COLUMNS.iter().map(|column| col(column.name)).collect();
        Ok(frame.select(columns))
    }
}
