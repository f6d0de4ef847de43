//! What a file's footer says of a whole column: the statistics of its row groups.
//!
//! Most columns of a part hold one value: what the cell was, that all was well. The footer says so
//! (Parquet's `min_value`, `max_value`, `null_count`), and its bytes are under the file's checksum,
//! so such a column need not be read. What the footer does not say is no error; then the column is
//! read.

use polars::io::parquet::metadata::FileMetadata;

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ColumnValue {
    /// Of an unsigned column of 32 bits.
    U32(u32),
    /// Of a signed column of 64 bits.
    I64(i64),
    /// Of a floating-point column.
    F64(f64),
    /// Of a boolean column.
    Bool(bool),
    /// Of a text column.
    Text(String),
}

/// What the values of a column are between.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnSummary {
    pub(crate) nulls: u64,
    /// The smallest and the largest of the values that are not null.
    pub(crate) range: Option<(ColumnValue, ColumnValue)>,
}

impl ColumnSummary {
    /// What the footer says of a column; none where it says nothing of it.
    pub(crate) fn of(metadata: &FileMetadata, name: &str) -> Option<Self> {
        let mut all: Option<Self> = None;
        for group in &metadata.row_groups {
            let chunk = group.columns_under_root_iter(name)?.next()?;
            let statistics = chunk.statistics(&metadata.footer_buf)?.ok()?;
            let nulls = u64::try_from(statistics.null_count()?).ok()?;
            let u32_of = |value: i32| ColumnValue::U32(value.cast_unsigned());
            let text_of =
                |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map(ColumnValue::Text).ok();
            let range = if let Some(of) = statistics.as_int32() {
                of.min_value.map(u32_of).zip(of.max_value.map(u32_of))
            } else if let Some(of) = statistics.as_int64() {
                let i64_of = ColumnValue::I64;
                of.min_value.map(i64_of).zip(of.max_value.map(i64_of))
            } else if let Some(of) = statistics.as_double() {
                of.min_value.map(ColumnValue::F64).zip(of.max_value.map(ColumnValue::F64))
            } else if let Some(of) = statistics.as_boolean() {
                of.min_value.map(ColumnValue::Bool).zip(of.max_value.map(ColumnValue::Bool))
            } else if let Some(of) = statistics.as_binary() {
                let (min, max) = (of.min_value.as_deref(), of.max_value.as_deref());
                min.and_then(text_of).zip(max.and_then(text_of))
            } else {
                None
            };
            let group = Self { nulls, range };
            all = Some(match all {
                None => group,
                // Several row groups of one value are one value.
                Some(before) if before.range == group.range => {
                    Self { nulls: before.nulls + nulls, ..before }
                }
                Some(_) => return None,
            });
        }
        all
    }

    /// Whether all of so many rows are null. Of a column in several pages polars' writer counts each
    /// null twice, but it names the smallest and the largest value wherever there is one.
    pub(crate) fn is_all_null(&self, rows: u64) -> bool {
        self.range.is_none() && self.nulls >= rows
    }

    /// The one value that all rows have.
    pub(crate) fn same(self) -> Option<ColumnValue> {
        let (smallest, largest) = self.range.filter(|_| self.nulls == 0)?;
        (smallest == largest).then_some(smallest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, part_file, samples};
    use polars::prelude::{ParquetReader, SerReader as _};
    use std::io::Cursor;
    use wire::Transport;

    /// What the footer says of columns of a part with so many rows, of which only the last has a
    /// service's stamp, an error and shards where `last` says so.
    fn summaries(rows: usize, last: bool) -> [Option<ColumnSummary>; 4] {
        let key = samples::key(Transport::Sns, 0);
        let mut all: Vec<Row> = vec![samples::rows(&key)[1].clone(); rows];
        if let (true, Some(row)) = (last, all.last_mut()) {
            row.service_at_ns = Some(7);
            row.error_code = Some("x".repeat(10_000));
            row.shards = Some(3);
            row.enhanced_fan_out = Some(true);
        }
        let bytes = part_file::encode(&samples::run_id(), &key, &all).unwrap();
        let mut reader = ParquetReader::new(Cursor::new(&bytes[..]));
        let metadata = reader.get_metadata().unwrap();
        ["service_at_ns", "error_code", "shards", "enhanced_fan_out"]
            .map(|name| ColumnSummary::of(metadata, name))
    }

    #[test]
    fn columns_without_a_value_are_told_whatever_their_length() {
        for rows in [2, 25_000, 250_000, 600_000] {
            for summary in summaries(rows, false) {
                let all_null = summary.as_ref().is_some_and(|it| it.is_all_null(rows as u64));
                assert!(all_null, "{rows}: {summary:?}");
            }
            for summary in summaries(rows, true) {
                let all_null = summary.as_ref().is_some_and(|it| it.is_all_null(rows as u64));
                assert!(!all_null, "{rows}: {summary:?}");
            }
        }
    }
}
