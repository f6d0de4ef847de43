//! All rows of a run as one lazy frame.

use std::sync::Arc;

use polars::io::HiveOptions;
use polars::prelude::{LazyFrame, PlRefPath, ScanArgsParquet, Schema, col};

use crate::row::PARTITION_COLUMNS;
use crate::{Row, RunDir, StoreError};

impl RunDir {
    /// All rows of the run, every column in its order. Only what a query needs is read; nothing is
    /// checked: see [`RunDir::check`].
    ///
    /// # Errors
    /// When the run has no part, or its folder cannot be read.
    pub fn scan(&self) -> Result<LazyFrame, StoreError> {
        let timings = self.path().join("timings");
        let damaged = |error: polars::prelude::PolarsError| StoreError::Damaged {
            path: timings.clone(),
            reason: error.to_string(),
        };
        let parts = self.parts()?;
        if parts.is_empty() {
            return Err(StoreError::NotInManifest {
                path: timings,
                manifest: self.manifest_path(),
                reason: "no part was written yet".to_owned(),
            });
        }
        let paths = parts
            .iter()
            .map(|key| PlRefPath::try_from_path(&self.part_path(key)))
            .collect::<Result<_, _>>()
            .map_err(damaged)?;
        let partitions = Row::COLUMNS
            .iter()
            .filter(|column| PARTITION_COLUMNS.contains(&column.name))
            .map(|column| (column.name.into(), column.column_type.data_type()));
        let hive_options = HiveOptions {
            // A run may itself lie below folders named like partitions.
            hive_start_idx: timings.as_os_str().len(),
            schema: Some(Arc::new(Schema::from_iter(partitions))),
            // The date types are not among polars' features here.
            try_parse_dates: false,
            ..HiveOptions::new_enabled()
        };
        let arguments = ScanArgsParquet { hive_options, glob: false, ..ScanArgsParquet::default() };
        let frame = LazyFrame::scan_parquet_files(paths, arguments).map_err(damaged)?;
        let columns: Vec<_> = Row::COLUMNS.iter().map(|column| col(column.name)).collect();
        Ok(frame.select(columns))
    }
}
