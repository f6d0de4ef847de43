//! Reading a part column by column, only those that figures rest on.

use polars::io::parquet::metadata::FileMetadata;
use polars::prelude::{Column, DataFrame, ParallelStrategy, SerReader};
use wire::{BatchId, Transport};

use crate::cell_value::Reason;
use crate::column_summary::{ColumnSummary, ColumnValue};
use crate::part_data::PartData;
use crate::rules::{self, Needed, RuleColumns};
use crate::{
    CellPlan, InvocationColumns, Nullable, Outcome, PartColumns, PartKey, Row, RunId, StoreError,
    Values, check, part_file,
};

/// Characters of a message id that name its batch.
const BATCH_DIGITS: usize = 16;

/// The columns of a part, when it is the part that it should be and fits its plan.
pub(crate) fn read(
    part: &PartData<'_>,
    run: &RunId,
    key: &PartKey,
    context: rules::Context<'_>,
) -> Result<PartColumns, StoreError> {
    let cell = context.cell;
    let (path, metadata) = (part.path(), part.metadata());
    let damaged = |reason: Reason| part_file::damaged(path, reason);
    let fits = expected(run, key, cell)
        .into_iter()
        .all(|(name, value)| fits_its_plan(metadata, name, value.as_ref()));
    if fits {
        let (known, needed) = (Known::of(metadata), Needed::of(metadata));
        let mut names = known.columns_to_read();
        names.extend(needed.to_read().map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        let frame = part
            .reader()?
            .with_columns(Some(names))
            .read_parallel(ParallelStrategy::None)
            .finish()
            .map_err(|error| damaged(error.to_string()))?;
        if let Some(mut columns) = known.columns(key, &frame).map_err(damaged)? {
            check::row_counts(&part.place(key), cell, columns.rows, columns.warmup_rows())?;
            let more = needed.columns(&frame).map_err(damaged)?;
            columns.violations = rules::check_timings(&columns, &more, context);
            return Ok(columns);
        }
    }
    // Something does not fit, or the footer does not say so: the rows tell what and where.
    let rows: Vec<Row> = part.rows(key)?;
    check::fits_its_place(&part.place(key), run, key, &rows)?;
    check::fits_the_plan(&part.place(key), cell, &rows)?;
    let mut columns = of_rows(key.clone(), &rows);
    columns.violations = rules::check_timings(&columns, &RuleColumns::of_rows(&rows), context);
    Ok(columns)
}

/// The columns that say what the part is, each with the one value that all its rows must have;
/// none for null.
fn expected(
    run: &RunId,
    key: &PartKey,
    cell: &CellPlan,
) -> Vec<(&'static str, Option<ColumnValue>)> {
    let text = |text: &str| Some(ColumnValue::Text(text.to_owned()));
    let number = |number: u32| Some(ColumnValue::U32(number));
    let mapping = cell.mapping.as_ref();
    vec![
        ("run_id", text(run.as_str())),
        ("cell", number(key.cell)),
        ("round", number(key.round)),
        ("payload_bytes", number(cell.payload_bytes)),
        ("concurrency", number(cell.concurrency)),
        ("receiver_ms", number(cell.receiver_ms)),
        ("memory_mb", number(cell.memory_mb)),
        ("architecture", text(cell.architecture.name())),
        ("arrival", text(cell.arrival.name())),
        ("rate_per_s", cell.rate_per_s.map(ColumnValue::F64)),
        ("shards", mapping.and_then(|m| m.shards).and_then(number)),
        ("mapping_batch_size", mapping.map(|m| m.batch_size).and_then(number)),
        ("batching_window_ms", mapping.map(|m| m.batching_window_ms).and_then(number)),
        ("parallelization_factor", mapping.and_then(|m| m.parallelization_factor).and_then(number)),
        ("enhanced_fan_out", mapping.and_then(|m| m.enhanced_fan_out).map(ColumnValue::Bool)),
        ("limit_raised", Some(ColumnValue::Bool(cell.limit_raised))),
        ("fresh_side", cell.fresh_side.and_then(|side| text(side.name()))),
    ]
}

fn fits_its_plan(metadata: &FileMetadata, name: &str, value: Option<&ColumnValue>) -> bool {
    let Some(summary) = ColumnSummary::of(metadata, name) else { return false };
    match value {
        None => summary.is_all_null(metadata.num_rows as u64),
        Some(value) => summary.same().as_ref() == Some(value),
    }
}

/// What the footer says of the columns that most parts have one value in.
struct Known {
    rows: usize,
    warmup: Option<bool>,
    outcome: Option<Outcome>,
    no_error: bool,
    no_sender_cold: bool,
    no_receiver_cold: bool,
    no_payload_damaged: bool,
    no_service_stamp: bool,
}

impl Known {
    fn of(metadata: &FileMetadata) -> Self {
        let rows = metadata.num_rows;
        let of = |name: &str| ColumnSummary::of(metadata, name);
        let all_null = |summary: &Option<ColumnSummary>| {
            summary.as_ref().is_some_and(|summary| summary.is_all_null(rows as u64))
        };
        // Whether a boolean column has no row with a value; a null is none.
        let never = |summary: Option<ColumnSummary>, value: bool| {
            let other = ColumnValue::Bool(!value);
            all_null(&summary) || summary.and_then(|s| s.range) == Some((other.clone(), other))
        };
        Self {
            rows,
            warmup: match of("warmup").and_then(ColumnSummary::same) {
                Some(ColumnValue::Bool(warmup)) => Some(warmup),
                _ => None,
            },
            outcome: match of("outcome").and_then(ColumnSummary::same) {
                Some(ColumnValue::Text(name)) => name.parse().ok(),
                _ => None,
            },
            no_error: all_null(&of("error_code")),
            no_sender_cold: never(of("sender_cold"), true),
            no_receiver_cold: never(of("receiver_cold"), true),
            no_payload_damaged: never(of("payload_ok"), false),
            no_service_stamp: all_null(&of("service_at_ns")),
        }
    }

    fn columns_to_read(&self) -> Vec<String> {
        let always = [
            "message_id",
            "intended_at_ns",
            "put_started_at_ns",
            "put_finished_at_ns",
            "operation_ns",
            "received_at_ns",
            "done_at_ns",
        ];
        let sometimes = [
            ("warmup", self.warmup.is_none()),
            ("outcome", self.outcome.is_none()),
            ("error_code", !self.no_error),
            ("sender_cold", !self.no_sender_cold),
            ("receiver_cold", !self.no_receiver_cold),
            ("payload_ok", !self.no_payload_damaged),
            ("service_at_ns", !self.no_service_stamp),
        ];
        let sometimes = sometimes.into_iter().filter(|(_, read)| *read).map(|(name, _)| name);
        always.into_iter().chain(sometimes).map(str::to_owned).collect()
    }

    /// The columns; none where the messages are not in the order in which they are written, and it
    /// must be looked at each of them.
    fn columns(&self, key: &PartKey, frame: &DataFrame) -> Result<Option<PartColumns>, Reason> {
        let Some(batches) = batch_of_ascending(frame)? else { return Ok(None) };
        let flags = |name: &str, never: bool, flag: bool| {
            if never {
                return Ok(Values::Same(false));
            }
            let column = frame.column(name).map_err(|error| error.to_string())?;
            let values = column.bool().map_err(|error| error.to_string())?;
            Ok::<_, Reason>(Values::Each(values.iter().map(|v| v == Some(flag)).collect()))
        };
        let instants = |name: &str| signed(frame.column(name).map_err(|error| error.to_string())?);
        let absent = || Ok::<_, Reason>(Nullable::none(self.rows));
        Ok(Some(PartColumns {
            key: key.clone(),
            rows: self.rows,
            batches,
            warmup: match self.warmup {
                Some(warmup) => Values::Same(warmup),
                None => flags("warmup", false, true)?,
            },
            sender_cold: flags("sender_cold", self.no_sender_cold, true)?,
            receiver_cold: flags("receiver_cold", self.no_receiver_cold, true)?,
            payload_damaged: flags("payload_ok", self.no_payload_damaged, false)?,
            outcome: match self.outcome {
                Some(outcome) => Values::Same(outcome),
                None => Values::Each(outcomes(frame)?),
            },
            error_code: if self.no_error {
                Values::Same(None)
            } else {
                let column = frame.column("error_code").map_err(|error| error.to_string())?;
                let texts = column.str().map_err(|error| error.to_string())?;
                Values::Each(texts.iter().map(|text| text.map(str::to_owned)).collect())
            },
            intended_at_ns: instants("intended_at_ns")?,
            put_started_at_ns: instants("put_started_at_ns")?,
            put_finished_at_ns: match key.transport {
                Transport::SyncInvoke => instants("put_finished_at_ns")?,
                _ => absent()?,
            },
            operation_ns: long(frame.column("operation_ns").map_err(|e| e.to_string())?)?,
            service_at_ns: if self.no_service_stamp {
                absent()?
            } else {
                instants("service_at_ns")?
            },
            received_at_ns: instants("received_at_ns")?,
            done_at_ns: instants("done_at_ns")?,
            invocations: InvocationColumns::default(),
            violations: Vec::new(),
        }))
    }
}

/// The batch of messages whose ids ascend within one batch, as they are written; none otherwise.
/// What ascends is there once.
fn batch_of_ascending(frame: &DataFrame) -> Result<Option<Vec<BatchId>>, Reason> {
    let column = frame.column("message_id").map_err(|error| error.to_string())?;
    let ids = column.str().map_err(|error| error.to_string())?;
    if ids.null_count() > 0 {
        return Ok(None);
    }
    let mut before = "";
    let mut batch = None;
    for array in ids.downcast_iter() {
        for id in array.values_iter() {
            let of_id = id.get(..BATCH_DIGITS);
            if of_id.is_none() || id <= before || batch.is_some_and(|batch| of_id != Some(batch)) {
                return Ok(None);
            }
            (before, batch) = (id, of_id);
        }
    }
    Ok(batch.map_or(Some(Vec::new()), |batch| batch.parse().ok().map(|batch| vec![batch])))
}

/// The values of a column of numbers, and which of them are there.
macro_rules! nullable {
    ($name:ident, $type:ty, $array:ident) => {
        pub(crate) fn $name(column: &Column) -> Result<Nullable<$type>, Reason> {
            let array = column.$array().map_err(|error| error.to_string())?;
            let mut values = Vec::with_capacity(column.len());
            for chunk in array.downcast_iter() {
                values.extend_from_slice(chunk.values().as_slice());
            }
            if array.null_count() == 0 {
                return Ok(Nullable::all(values));
            }
            let mut valid = Vec::with_capacity(column.len());
            for chunk in array.downcast_iter() {
                match chunk.validity() {
                    Some(bits) => valid.extend(bits.iter()),
                    None => valid.resize(valid.len() + chunk.values().len(), true),
                }
            }
            Ok(Nullable::some(values, valid))
        }
    };
}
nullable!(signed, i64, i64);
nullable!(long, u64, u64);
nullable!(short, u32, u32);

fn outcomes(frame: &DataFrame) -> Result<Vec<Outcome>, Reason> {
    let column = frame.column("outcome").map_err(|error| error.to_string())?;
    let texts = column.str().map_err(|error| error.to_string())?;
    let read = |text: Option<&str>| {
        let text = text.ok_or_else(|| "column outcome has a null".to_owned())?;
        text.parse().map_err(|error| format!("column outcome: {error}"))
    };
    texts.iter().map(read).collect()
}

/// The columns of rows that were read whole.
pub(crate) fn of_rows(key: PartKey, rows: &[Row]) -> PartColumns {
    let batch = |row: &Row| row.message_id.get(..BATCH_DIGITS)?.parse().ok();
    let mut batches: Vec<BatchId> = rows.iter().filter_map(batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let flags = |of: fn(&Row) -> bool| Values::Each(rows.iter().map(of).collect());
    PartColumns {
        key,
        rows: rows.len(),
        batches,
        warmup: flags(|row| row.warmup),
        sender_cold: flags(|row| row.sender_cold == Some(true)),
        receiver_cold: flags(|row| row.receiver_cold == Some(true)),
        payload_damaged: flags(|row| row.payload_ok == Some(false)),
        outcome: Values::Each(rows.iter().map(|row| row.outcome).collect()),
        error_code: Values::Each(rows.iter().map(|row| row.error_code.clone()).collect()),
        intended_at_ns: rows.iter().map(|row| row.intended_at_ns).collect(),
        put_started_at_ns: rows.iter().map(|row| row.put_started_at_ns).collect(),
        put_finished_at_ns: rows.iter().map(|row| row.put_finished_at_ns).collect(),
        operation_ns: rows.iter().map(|row| row.operation_ns).collect(),
        service_at_ns: rows.iter().map(|row| row.service_at_ns).collect(),
        received_at_ns: rows.iter().map(|row| row.received_at_ns).collect(),
        done_at_ns: rows.iter().map(|row| row.done_at_ns).collect(),
        invocations: InvocationColumns::default(),
        violations: Vec::new(),
    }
}
