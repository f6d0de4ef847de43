//! The data of a run: its rows, its manifest, and their way into files and back.
//!
//! ```text
//! <runs>/<run>/manifest.json
//! <runs>/<run>/timings/experiment=<e>/transport=<t>/part-c<cell>-r<round>.parquet
//! <runs>/<run>/invocations/experiment=<e>/transport=<t>/part-c<cell>-r<round>.parquet
//! ```
//!
//! A finished experiment is compacted: then `compacted.parquet` holds all parts of a folder.
//!
//! What each column means stands in `data/FORMAT.md`.
//!
//! **Architecture invariants:** nothing here knows the AWS SDK. A file that is not complete, not of
//! this format or not of this run is an error that names it, never a figure. A part or a manifest
//! is there as a whole or not at all.

mod architecture;
mod arrival;
mod atomic_file;
mod cell_value;
mod check;
mod checksum;
mod column_summary;
mod columns;
mod compact;
mod compacted_file;
mod error;
mod figures;
mod invocation;
mod invocation_columns;
mod layout;
mod manifest;
mod outcome;
mod part_data;
mod part_file;
mod part_key;
mod read_columns;
mod record;
mod row;
mod rules;
mod run_dir;
mod run_id;
mod sample_size;
mod scan;
mod side;
mod unknown_name;

pub use architecture::Architecture;
pub use arrival::Arrival;
pub use cell_value::ColumnType;
pub use check::Checked;
pub use columns::{Nullable, PartColumns, Values};
pub use error::StoreError;
pub use figures::{is_in_figures, median_ns, operation_duration_ns, percentile};
pub use invocation::Invocation;
pub use invocation_columns::InvocationColumns;
pub use manifest::{
    BackendFacts, CellPlan, EndpointKind, ExperimentPlan, Functions, GitState, HostFacts, LimitHit,
    Manifest, MappingPlan,
};
pub use outcome::Outcome;
pub use part_key::PartKey;
pub use record::ColumnInfo;
pub use row::Row;
pub use rules::{InvalidExample, InvalidValues, RULES, Rule, Violation, violations};
pub use run_dir::RunDir;
pub use run_id::{InvalidRunId, RunId};
pub use sample_size::{Aim, Spread, normal_quantile, rounds_to_find};
pub use side::Side;
pub use unknown_name::UnknownName;

/// The version of the columns and of the manifest. A reader refuses any other; `data/FORMAT.md`
/// says what changed with each.
pub const FORMAT_VERSION: u32 = 3;

#[cfg(test)]
mod compact_tests;
#[cfg(test)]
mod format_document;
#[cfg(test)]
mod run_dir_tests;
#[cfg(test)]
mod samples;
