//! The columns of one part that figures rest on, without a value per row for what all rows share.

use wire::BatchId;

use crate::{InvocationColumns, Outcome, PartKey, Row, Violation, read_columns};

/// A value for each row, some of them null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nullable<T> {
    values: Vec<T>,
    /// Whether each value is there; none where all are.
    valid: Option<Vec<bool>>,
}

impl<T: Copy + Default> Nullable<T> {
    /// Values that are all there.
    #[must_use]
    pub fn all(values: Vec<T>) -> Self {
        Self { values, valid: None }
    }

    /// Values of which some are null.
    #[must_use]
    pub fn some(values: Vec<T>, valid: Vec<bool>) -> Self {
        Self { values, valid: Some(valid) }
    }

    /// Nothing but nulls.
    #[must_use]
    pub fn none(rows: usize) -> Self {
        Self { values: vec![T::default(); rows], valid: Some(vec![false; rows]) }
    }

    /// The value of a row, where it is not null.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<T> {
        let valid = self.valid.as_ref().is_none_or(|valid| valid[row]);
        valid.then(|| self.values[row])
    }

    /// The value of every row, where none is null.
    #[must_use]
    pub fn all_values(&self) -> Option<&[T]> {
        self.valid.is_none().then_some(&self.values)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl<T: Copy + Default> FromIterator<Option<T>> for Nullable<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Self {
        let (values, valid): (Vec<T>, Vec<bool>) =
            values.into_iter().map(|value| (value.unwrap_or_default(), value.is_some())).unzip();
        if valid.iter().all(|valid| *valid) { Self::all(values) } else { Self::some(values, valid) }
    }
}

/// A value for each row, or the one that all rows have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<T> {
    /// All rows have it.
    Same(T),
    /// One for each row.
    Each(Vec<T>),
}

impl<T: Clone> Values<T> {
    /// The value of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> &T {
        match self {
            Self::Same(value) => value,
            Self::Each(values) => &values[row],
        }
    }
}

/// What figures need of one part, checked against the manifest. Instants are nanoseconds since
/// 1970-01-01T00:00:00Z on the wall clock of the side that took them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartColumns {
    /// Which part.
    pub key: PartKey,
    /// Its rows.
    pub rows: usize,
    /// The batches of its messages: one, where nothing went wrong.
    pub batches: Vec<BatchId>,
    /// Sent to warm up.
    pub warmup: Values<bool>,
    /// A's call was the first of its environment's client; false where unknown.
    pub sender_cold: Values<bool>,
    /// B's invocation was its environment's first; false where unknown.
    pub receiver_cold: Values<bool>,
    /// The payload arrived with another length or checksum.
    pub payload_damaged: Values<bool>,
    /// What became of each message.
    pub outcome: Values<Outcome>,
    /// The error's code, where there was one.
    pub error_code: Values<Option<String>>,
    /// When the schedule wanted it sent; A's clock.
    pub intended_at_ns: Nullable<i64>,
    /// Directly before the service call; A's clock.
    pub put_started_at_ns: Nullable<i64>,
    /// Directly after the service call; A's clock.
    pub put_finished_at_ns: Nullable<i64>,
    /// How long the service call took, in nanoseconds of A's monotonic clock.
    pub operation_ns: Nullable<u64>,
    /// The service's own stamp.
    pub service_at_ns: Nullable<i64>,
    /// When B's handler was entered; B's clock.
    pub received_at_ns: Nullable<i64>,
    /// When B's work ended; B's clock.
    pub done_at_ns: Nullable<i64>,
    /// The invocations that sent and received the messages.
    pub invocations: InvocationColumns,
    /// What breaks rules for valid values, of both data sets.
    pub violations: Vec<Violation>,
}

impl PartColumns {
    /// The columns of rows that are in memory, without invocations.
    #[must_use]
    pub fn of_rows(key: PartKey, rows: &[Row]) -> Self {
        read_columns::of_rows(key, rows)
    }

    /// How many rows are of warm-up messages.
    #[must_use]
    pub fn warmup_rows(&self) -> usize {
        match &self.warmup {
            Values::Same(true) => self.rows,
            Values::Same(false) => 0,
            Values::Each(flags) => flags.iter().filter(|warmup| **warmup).count(),
        }
    }
}
