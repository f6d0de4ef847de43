//! The columns that only the rules look at. What the footer's statistics prove is not read.

use std::collections::BTreeMap;

use polars::io::parquet::metadata::FileMetadata;
use polars::prelude::DataFrame;

use crate::cell_value::Reason;
use crate::column_summary::{ColumnSummary, ColumnValue};
use crate::read_columns::{long, short, signed};
use crate::{Nullable, Row, Values};

/// The columns that A's line gives.
pub(super) const OF_SENDER: [&str; 8] = [
    "sender_env",
    "sender_cold",
    "sender_call",
    "sender_request_id",
    "intended_at_ns",
    "put_started_at_ns",
    "put_finished_at_ns",
    "operation_ns",
];
/// The columns that B's line gives.
pub(super) const OF_RECEIVER: [&str; 8] = [
    "receiver_env",
    "receiver_cold",
    "receiver_request_id",
    "received_at_ns",
    "done_at_ns",
    "batch_size",
    "batch_index",
    "payload_ok",
];
/// What else is looked at for being there.
const OTHERS: [&str; 3] = ["service_at_ns", "error_code", "error_message"];

fn presences() -> impl Iterator<Item = &'static str> {
    OF_SENDER.into_iter().chain(OF_RECEIVER).chain(OTHERS)
}

/// What the rules look at beside what the figures rest on.
#[derive(Debug)]
pub(crate) struct RuleColumns {
    pub(super) put_finished_at_ns: Nullable<i64>,
    pub(super) handoff_ns: Nullable<i64>,
    pub(super) deliveries: Values<u32>,
    /// The messages' numbers; none where the footer says that they are in range.
    pub(super) seq: Option<Nullable<u64>>,
    /// The numbers of A's calls; none where the footer says that none is an environment's first.
    pub(super) sender_call: Option<Nullable<u64>>,
    /// The places of the rows in the order of message ids; none where they are in that order.
    pub(super) places: Option<Vec<u64>>,
    /// Places in batches and batches' sizes; none where the footer says that they fit.
    pub(super) batch: Option<(Nullable<u32>, Nullable<u32>)>,
    /// Whether columns have a value.
    pub(super) present: BTreeMap<&'static str, Values<bool>>,
}

/// Which columns have to be read for the rules.
#[derive(Debug)]
pub(crate) struct Needed {
    rows: usize,
    deliveries: Option<u32>,
    is_seq_known: bool,
    /// Whether no call is the first of its environment.
    is_no_first_call: bool,
    is_batch_known: bool,
    present: BTreeMap<&'static str, bool>,
}

impl Needed {
    /// What the footer of a part does not say.
    pub(crate) fn of(metadata: &FileMetadata) -> Self {
        let rows = metadata.num_rows;
        let summary = |name: &str| ColumnSummary::of(metadata, name);
        let present = |name: &'static str| {
            let summary = summary(name)?;
            if summary.nulls == 0 && summary.range.is_some() {
                return Some((name, true));
            }
            summary.is_all_null(rows as u64).then_some((name, false))
        };
        let largest_seq = summary("seq").filter(|it| it.nulls == 0).and_then(|it| it.range);
        let in_range = |value: &ColumnValue| matches!(value, ColumnValue::I64(seq) if (0..rows as i64).contains(seq));
        Self {
            rows,
            deliveries: match summary("deliveries").and_then(ColumnSummary::same) {
                Some(ColumnValue::U32(deliveries)) => Some(deliveries),
                _ => None,
            },
            is_seq_known: largest_seq.is_some_and(|(min, max)| in_range(&min) && in_range(&max)),
            is_no_first_call: summary("sender_call").is_some_and(|it| match it.range {
                Some((ColumnValue::I64(smallest), _)) => smallest > 0,
                Some(_) => false,
                None => it.is_all_null(rows as u64),
            }),
            is_batch_known: match (summary("batch_index"), summary("batch_size")) {
                (Some(index), Some(size)) => match (index.range, size.range) {
                    (Some((_, ColumnValue::U32(last))), Some((ColumnValue::U32(least), _))) => {
                        last < least
                    }
                    (None, None) => true,
                    _ => false,
                },
                _ => false,
            },
            present: presences().filter_map(present).collect(),
        }
    }

    /// The columns to read.
    pub(crate) fn to_read(&self) -> impl Iterator<Item = &'static str> {
        let always = ["put_finished_at_ns", "handoff_ns"];
        let sometimes = [
            ("deliveries", self.deliveries.is_none()),
            ("seq", !self.is_seq_known),
            ("sender_call", !self.is_no_first_call),
            ("batch_index", !self.is_batch_known),
            ("batch_size", !self.is_batch_known),
        ];
        let sometimes = sometimes.into_iter().filter(|(_, read)| *read).map(|(name, _)| name);
        let unknown = presences().filter(|name| !self.present.contains_key(name));
        always.into_iter().chain(sometimes).chain(unknown)
    }

    /// The columns, from a frame that has those to read.
    pub(crate) fn columns(&self, frame: &DataFrame) -> Result<RuleColumns, Reason> {
        let column = |name: &str| frame.column(name).map_err(|error| error.to_string());
        let mut present = BTreeMap::new();
        for name in presences() {
            let values = match self.present.get(name) {
                Some(known) => Values::Same(*known),
                None => Values::Each(
                    column(name)?.is_not_null().iter().map(|it| it == Some(true)).collect(),
                ),
            };
            present.insert(name, values);
        }
        let shorts = |name: &str| short(column(name)?);
        Ok(RuleColumns {
            put_finished_at_ns: signed(column("put_finished_at_ns")?)?,
            handoff_ns: signed(column("handoff_ns")?)?,
            deliveries: match self.deliveries {
                Some(deliveries) => Values::Same(deliveries),
                None => {
                    let deliveries = shorts("deliveries")?;
                    let each = (0..self.rows).map(|row| deliveries.get(row).unwrap_or_default());
                    Values::Each(each.collect())
                }
            },
            // Only of parts whose message ids ascend are columns read.
            places: None,
            seq: if self.is_seq_known { None } else { Some(long(column("seq")?)?) },
            sender_call: if self.is_no_first_call {
                None
            } else {
                Some(long(column("sender_call")?)?)
            },
            batch: if self.is_batch_known {
                None
            } else {
                Some((shorts("batch_index")?, shorts("batch_size")?))
            },
            present,
        })
    }
}

impl RuleColumns {
    /// The columns of rows that were read whole.
    pub(crate) fn of_rows(rows: &[Row]) -> Self {
        let mut present = BTreeMap::new();
        let mut note = |name, there: fn(&Row) -> bool| {
            present.insert(name, Values::Each(rows.iter().map(there).collect()));
        };
        note("sender_env", |row| row.sender_env.is_some());
        note("sender_cold", |row| row.sender_cold.is_some());
        note("sender_call", |row| row.sender_call.is_some());
        note("sender_request_id", |row| row.sender_request_id.is_some());
        note("intended_at_ns", |row| row.intended_at_ns.is_some());
        note("put_started_at_ns", |row| row.put_started_at_ns.is_some());
        note("put_finished_at_ns", |row| row.put_finished_at_ns.is_some());
        note("operation_ns", |row| row.operation_ns.is_some());
        note("receiver_env", |row| row.receiver_env.is_some());
        note("receiver_cold", |row| row.receiver_cold.is_some());
        note("receiver_request_id", |row| row.receiver_request_id.is_some());
        note("received_at_ns", |row| row.received_at_ns.is_some());
        note("done_at_ns", |row| row.done_at_ns.is_some());
        note("batch_size", |row| row.batch_size.is_some());
        note("batch_index", |row| row.batch_index.is_some());
        note("payload_ok", |row| row.payload_ok.is_some());
        note("service_at_ns", |row| row.service_at_ns.is_some());
        note("error_code", |row| row.error_code.is_some());
        note("error_message", |row| row.error_message.is_some());
        let mut in_order: Vec<usize> = (0..rows.len()).collect();
        in_order.sort_by_key(|row| &rows[*row].message_id);
        let mut places = vec![0; rows.len()];
        for (place, row) in (0..).zip(in_order) {
            places[row] = place;
        }
        Self {
            places: Some(places),
            put_finished_at_ns: rows.iter().map(|row| row.put_finished_at_ns).collect(),
            handoff_ns: rows.iter().map(|row| row.handoff_ns).collect(),
            deliveries: Values::Each(rows.iter().map(|row| row.deliveries).collect()),
            seq: Some(rows.iter().map(|row| Some(row.seq)).collect()),
            sender_call: Some(rows.iter().map(|row| row.sender_call).collect()),
            batch: Some((
                rows.iter().map(|row| row.batch_index).collect(),
                rows.iter().map(|row| row.batch_size).collect(),
            )),
            present,
        }
    }

    /// Whether a column has a value in a row.
    pub(super) fn has(&self, name: &str, row: usize) -> bool {
        self.present.get(name).is_some_and(|present| *present.get(row))
    }

    /// Whether these columns have values in all rows (or in none), as is known without looking.
    pub(super) fn all(&self, names: &[&str], present: bool) -> bool {
        names.iter().all(|name| self.present.get(name) == Some(&Values::Same(present)))
    }

    /// Whether a row has values in all of these columns (or in none of them).
    pub(super) fn row_has(&self, names: &[&str], row: usize, present: bool) -> bool {
        names.iter().all(|name| self.has(name, row) == present)
    }
}
