//! One part's rows, reduced to what the figures of its cell need.

use std::collections::BTreeMap;
use std::ops::Range;

use store::{Nullable, Outcome, PartColumns, Side, Values};

use super::{Counts, InvocationFigures, Measure};

/// What the figures of a cell need of one of its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PartValues {
    pub(crate) round: u32,
    /// Of measured messages: warm-up ones are in nothing but `warmup` and the cold values.
    pub(crate) counts: Counts,
    pub(crate) warmup: u64,
    /// How often each error code was the service's refusal.
    pub(crate) rejected_codes: BTreeMap<String, u64>,
    /// How often each error code came with a failure of B.
    pub(crate) failed_codes: BTreeMap<String, u64>,
    /// The values of each measure, of messages that met no cold start; where one side was given a
    /// fresh environment, of those that met that one and no other. The response is that of all
    /// measured messages.
    pub(crate) values: [Vec<i64>; Measure::ALL.len()],
    /// The values of each measure that the figures leave out, of measured messages that met a start
    /// which the cell does not ask for.
    pub(crate) left_out: [Vec<i64>; Measure::ALL.len()],
    /// Operation durations that met a cold start of A, warm-up messages too.
    pub(crate) sender_cold: Vec<i64>,
    /// Handoffs that met a cold start of B, warm-up messages too.
    pub(crate) receiver_cold: Vec<i64>,
    /// Messages that A put, and when the first and the last were.
    pub(crate) put: u64,
    pub(crate) first_put_ns: Option<i64>,
    pub(crate) last_put_ns: Option<i64>,
    /// When the first and the last arrived.
    pub(crate) first_received_ns: Option<i64>,
    pub(crate) last_received_ns: Option<i64>,
    /// The shortest handoff and the shortest way back, warm-up messages too.
    pub(crate) shortest_there_ns: Option<i64>,
    pub(crate) shortest_back_ns: Option<i64>,
    /// Of A, then of B.
    pub(crate) invocations: [Option<InvocationFigures>; 2],
}

/// Rows, as ranges of those that follow each other: warm-up messages come first, so there are few.
type Rows = Vec<Range<usize>>;

fn rows_where(rows: usize, wanted: impl Fn(usize) -> bool) -> Rows {
    let mut ranges: Rows = Vec::new();
    for row in (0..rows).filter(|row| wanted(*row)) {
        match ranges.last_mut() {
            Some(range) if range.end == row => range.end += 1,
            _ => ranges.push(row..row + 1),
        }
    }
    ranges
}

fn each(rows: &Rows) -> impl Iterator<Item = usize> {
    rows.iter().cloned().flatten()
}

/// The differences of two columns in these rows, where both have a value.
fn differences(to: &Nullable<i64>, from: &Nullable<i64>, rows: &Rows) -> Vec<i64> {
    let mut values = Vec::with_capacity(rows.iter().map(Range::len).sum());
    match to.all_values().zip(from.all_values()) {
        Some((to, from)) => {
            for range in rows {
                let pairs = to[range.clone()].iter().zip(&from[range.clone()]);
                values.extend(pairs.map(|(to, from)| to.saturating_sub(*from)));
            }
        }
        None => {
            let difference = |row| Some(to.get(row)?.saturating_sub(from.get(row)?));
            values.extend(each(rows).filter_map(difference));
        }
    }
    values
}

fn smallest(column: &Nullable<i64>, rows: &Rows) -> Option<i64> {
    each(rows).filter_map(|row| column.get(row)).min()
}

fn largest(column: &Nullable<i64>, rows: &Rows) -> Option<i64> {
    each(rows).filter_map(|row| column.get(row)).max()
}

fn count(flags: &Values<bool>, rows: &Rows) -> u64 {
    match flags {
        Values::Same(false) => 0,
        flags => each(rows).map(|row| u64::from(*flags.get(row))).sum(),
    }
}

impl PartValues {
    /// `fresh` is the side that was given a fresh environment before each message.
    pub(crate) fn of(columns: &PartColumns, fresh: Option<Side>) -> Self {
        let all: Vec<_> = std::iter::once(0..columns.rows).collect();
        let measured = rows_where(columns.rows, |row| !columns.warmup.get(row));
        let never_cold = [&columns.sender_cold, &columns.receiver_cold]
            .map(|flags| *flags == Values::Same(false));
        let (as_planned, left_out) = if fresh.is_none() && never_cold == [true, true] {
            (measured.clone(), Rows::new())
        } else {
            let in_figures = |row| {
                let warmup = *columns.warmup.get(row);
                let cold = [&columns.sender_cold, &columns.receiver_cold].map(|it| *it.get(row));
                store::is_in_figures(warmup, cold[0], cold[1], fresh)
            };
            let left_out = |row| !columns.warmup.get(row) && !in_figures(row);
            (rows_where(columns.rows, in_figures), rows_where(columns.rows, left_out))
        };
        let (received, put) = (&columns.received_at_ns, &columns.put_started_at_ns);
        let mut part = Self {
            round: columns.key.round,
            warmup: columns.warmup_rows() as u64,
            put: each(&measured).filter(|row| put.get(*row).is_some()).count() as u64,
            first_put_ns: smallest(put, &measured),
            last_put_ns: largest(put, &measured),
            first_received_ns: smallest(received, &measured),
            last_received_ns: largest(received, &measured),
            shortest_there_ns: differences(received, put, &all).into_iter().min(),
            shortest_back_ns: differences(&columns.put_finished_at_ns, &columns.done_at_ns, &all)
                .into_iter()
                .min(),
            ..Self::default()
        };
        part.invocations = Side::ALL.map(|side| InvocationFigures::of(&columns.invocations, side));
        part.count(columns, &measured);
        // Whoever waits for a response waits for a cold start, too.
        let waited_for = if fresh.is_none() { &measured } else { &as_planned };
        part.values = measures(columns, &as_planned, waited_for);
        if !left_out.is_empty() {
            // The response leaves none out.
            let none = Rows::new();
            let not_waited_for = if fresh.is_none() { &none } else { &left_out };
            part.left_out = measures(columns, &left_out, not_waited_for);
            part.counts.left_out = each(&left_out).count() as u64;
        }
        part.cold_starts(columns);
        part
    }

    fn count(&mut self, columns: &PartColumns, measured: &Rows) {
        let is_cold = |row| *columns.sender_cold.get(row) || *columns.receiver_cold.get(row);
        let handoffs = differences(&columns.received_at_ns, &columns.put_started_at_ns, measured);
        let counts = &mut self.counts;
        counts.asked = measured.iter().map(Range::len).sum::<usize>() as u64;
        counts.negative_handoffs = handoffs.iter().filter(|ns| **ns < 0).count() as u64;
        counts.payload_errors = count(&columns.payload_damaged, measured);
        counts.sender_cold = count(&columns.sender_cold, measured);
        counts.receiver_cold = count(&columns.receiver_cold, measured);
        if counts.sender_cold + counts.receiver_cold > 0 {
            counts.cold = each(measured).filter(|row| is_cold(*row)).count() as u64;
        }
        if columns.outcome == Values::Same(Outcome::Delivered) {
            counts.delivered = counts.asked;
            return;
        }
        for row in each(measured) {
            let code =
                || columns.error_code.get(row).clone().unwrap_or_else(|| "no code".to_owned());
            match columns.outcome.get(row) {
                Outcome::Delivered => counts.delivered += 1,
                Outcome::Duplicated => counts.duplicated += 1,
                Outcome::Lost => counts.lost += 1,
                Outcome::Rejected => {
                    counts.rejected += 1;
                    *self.rejected_codes.entry(code()).or_default() += 1;
                }
                Outcome::Failed => {
                    counts.failed += 1;
                    *self.failed_codes.entry(code()).or_default() += 1;
                }
            }
        }
    }

    fn cold_starts(&mut self, columns: &PartColumns) {
        let (received, put) = (&columns.received_at_ns, &columns.put_started_at_ns);
        if columns.sender_cold != Values::Same(false) {
            let cold = rows_where(columns.rows, |row| *columns.sender_cold.get(row));
            self.sender_cold = each(&cold).filter_map(|row| operation(columns, row)).collect();
        }
        if columns.receiver_cold != Values::Same(false) {
            let cold = rows_where(columns.rows, |row| *columns.receiver_cold.get(row));
            self.receiver_cold = differences(received, put, &cold);
        }
    }
}

/// How long A's call took; how long a refusal took is no operation duration.
fn operation(columns: &PartColumns, row: usize) -> Option<i64> {
    store::operation_duration_ns(*columns.outcome.get(row), columns.operation_ns.get(row))
}

/// The values of each measure in these rows; of the response in those that somebody waited for.
fn measures(
    columns: &PartColumns,
    rows: &Rows,
    waited_for: &Rows,
) -> [Vec<i64>; Measure::ALL.len()] {
    let PartColumns { intended_at_ns, put_started_at_ns, service_at_ns, .. } = columns;
    let PartColumns { received_at_ns, done_at_ns, .. } = columns;
    let operations = || each(rows).filter_map(|row| operation(columns, row)).collect();
    let delivery = || {
        let stamped = each(rows).any(|row| service_at_ns.get(row).is_some());
        if !stamped {
            // The way from the put: nothing that the handoff does not say.
            return Vec::new();
        }
        let from = |row| service_at_ns.get(row).or_else(|| put_started_at_ns.get(row));
        let delivery = |row| Some(received_at_ns.get(row)?.saturating_sub(from(row)?));
        each(rows).filter_map(delivery).collect()
    };
    Measure::ALL.map(|measure| match measure {
        Measure::Operation => operations(),
        Measure::Handoff => differences(received_at_ns, put_started_at_ns, rows),
        Measure::Response => differences(received_at_ns, intended_at_ns, waited_for),
        Measure::Service => differences(service_at_ns, put_started_at_ns, rows),
        Measure::Delivery => delivery(),
        Measure::Receiver => differences(done_at_ns, received_at_ns, rows),
        // Stored for the calls that end after B, and for no others.
        Measure::WayBack => differences(&columns.put_finished_at_ns, done_at_ns, rows),
        Measure::Lateness => differences(put_started_at_ns, intended_at_ns, rows),
    })
}
