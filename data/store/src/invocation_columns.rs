//! The columns of the invocations of one part that figures rest on.

use polars::prelude::{Column, ParallelStrategy, SerReader};

use crate::cell_value::Reason;
use crate::column_summary::{ColumnSummary, ColumnValue};
use crate::part_data::PartData;
use crate::read_columns::{long, short};
use crate::{Invocation, Nullable, PartKey, RunId, Side, StoreError, check, part_file};

/// What figures need of the invocations of one part, a value for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationColumns {
    /// Which function.
    pub side: Vec<Side>,
    /// Whether it sent or received warm-up messages only.
    pub warmup: Vec<bool>,
    /// Messages of the part that it sent or received.
    pub messages: Nullable<u32>,
    /// How long the handler ran, nanoseconds.
    pub duration_ns: Nullable<u64>,
    /// What is billed, milliseconds.
    pub billed_ms: Nullable<u64>,
    /// How long the environment took to initialise, nanoseconds; null where it was warm.
    pub init_ns: Nullable<u64>,
    /// Memory of the function, MiB.
    pub memory_mb: Nullable<u32>,
    /// The most memory that the environment has used, MiB.
    pub max_memory_mb: Nullable<u32>,
}

const COLUMNS: [&str; 8] = [
    "side",
    "warmup",
    "messages",
    "duration_ns",
    "billed_ms",
    "init_ns",
    "memory_mb",
    "max_memory_mb",
];

/// The columns of a part's invocations, when it is the part that it should be.
pub(crate) fn read(
    part: &PartData<'_>,
    run: &RunId,
    key: &PartKey,
) -> Result<InvocationColumns, StoreError> {
    let (path, metadata) = (part.path(), part.metadata());
    let expected = [
        ("run_id", ColumnValue::Text(run.to_string())),
        ("cell", ColumnValue::U32(key.cell)),
        ("round", ColumnValue::U32(key.round)),
    ];
    let fits = expected.into_iter().all(|(name, value)| {
        ColumnSummary::of(metadata, name).and_then(ColumnSummary::same) == Some(value)
    });
    if !fits {
        // The rows tell what does not fit and where; none is of no other place.
        check::invocations_fit(path, run, key, &part.rows::<Invocation>(key)?)?;
    }
    let damaged = |reason: Reason| part_file::damaged(path, reason);
    let frame = part
        .reader()?
        .with_columns(Some(COLUMNS.map(str::to_owned).into()))
        .read_parallel(ParallelStrategy::None)
        .finish()
        .map_err(|error| damaged(error.to_string()))?;
    let column = |name: &str| frame.column(name).map_err(|error| damaged(error.to_string()));
    Ok(InvocationColumns {
        side: sides(column("side")?).map_err(damaged)?,
        warmup: flags(column("warmup")?).map_err(damaged)?,
        messages: short(column("messages")?).map_err(damaged)?,
        duration_ns: long(column("duration_ns")?).map_err(damaged)?,
        billed_ms: long(column("billed_ms")?).map_err(damaged)?,
        init_ns: long(column("init_ns")?).map_err(damaged)?,
        memory_mb: short(column("memory_mb")?).map_err(damaged)?,
        max_memory_mb: short(column("max_memory_mb")?).map_err(damaged)?,
    })
}

fn sides(column: &Column) -> Result<Vec<Side>, Reason> {
    let texts = column.str().map_err(|error| error.to_string())?;
    let read = |text: Option<&str>| {
        let text = text.ok_or_else(|| "column side has a null".to_owned())?;
        text.parse().map_err(|error| format!("column side: {error}"))
    };
    texts.iter().map(read).collect()
}

fn flags(column: &Column) -> Result<Vec<bool>, Reason> {
    let flags = column.bool().map_err(|error| error.to_string())?;
    Ok(flags.iter().map(|flag| flag == Some(true)).collect())
}
