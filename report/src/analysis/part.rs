//! One part's rows, reduced to what the figures of its cell need.

use std::collections::BTreeMap;

use store::{Outcome, PartColumns, Side};

use super::{Counts, Measure};

/// What the figures of a cell need of one of its parts.
#[derive(Clone, Debug, Default)]
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
    /// fresh environment, of those that met that one and no other.
    pub(crate) values: [Vec<i64>; Measure::ALL.len()],
    /// Operation durations that met a cold start of A, warm-up messages too.
    pub(crate) sender_cold: Vec<i64>,
    /// Handoffs that met a cold start of B, warm-up messages too.
    pub(crate) receiver_cold: Vec<i64>,
    /// Messages that A put, and when the first and the last were.
    pub(crate) put: u64,
    pub(crate) first_put_ns: Option<i64>,
    pub(crate) last_put_ns: Option<i64>,
    /// When the last arrived.
    pub(crate) last_received_ns: Option<i64>,
    /// The shortest handoff and the shortest way back, warm-up messages too.
    pub(crate) shortest_there_ns: Option<i64>,
    pub(crate) shortest_back_ns: Option<i64>,
}

fn minus(to: Option<i64>, from: Option<i64>) -> Option<i64> {
    Some(to?.saturating_sub(from?))
}

fn least(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}

fn most(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).max()
}

impl PartValues {
    /// `fresh` is the side that was given a fresh environment before each message.
    pub(crate) fn of(columns: PartColumns, fresh: Option<Side>) -> Self {
        let mut part = Self { round: columns.key.round, ..Self::default() };
        for row in 0..columns.rows {
            part.add(&columns, row, fresh);
        }
        part
    }

    fn add(&mut self, columns: &PartColumns, row: usize, fresh: Option<Side>) {
        let outcome = *columns.outcome.get(row);
        let intended = columns.intended_at_ns.get(row);
        let put_started = columns.put_started_at_ns.get(row);
        let received = columns.received_at_ns.get(row);
        let operation = columns.operation_ns.get(row).map(u64::cast_signed);
        // How long a refusal took is no operation duration.
        let operation = operation.filter(|_| outcome != Outcome::Rejected);
        let handoff = minus(received, put_started);
        let back = minus(columns.put_finished_at_ns.get(row), columns.done_at_ns.get(row));
        self.shortest_there_ns = least(self.shortest_there_ns, handoff);
        self.shortest_back_ns = least(self.shortest_back_ns, back);
        let sender_cold = *columns.sender_cold.get(row);
        let receiver_cold = *columns.receiver_cold.get(row);
        if sender_cold {
            self.sender_cold.extend(operation);
        }
        if receiver_cold {
            self.receiver_cold.extend(handoff);
        }
        if *columns.warmup.get(row) {
            self.warmup += 1;
            return;
        }
        let cold = sender_cold || receiver_cold;
        self.count(columns, row, outcome);
        self.counts.negative_handoffs += u64::from(handoff.is_some_and(|ns| ns < 0));
        self.counts.cold += u64::from(cold);
        self.counts.sender_cold += u64::from(sender_cold);
        self.counts.receiver_cold += u64::from(receiver_cold);
        self.put += u64::from(put_started.is_some());
        self.first_put_ns = least(self.first_put_ns, put_started);
        self.last_put_ns = most(self.last_put_ns, put_started);
        self.last_received_ns = most(self.last_received_ns, received);
        let as_planned = sender_cold == (fresh == Some(Side::Sender))
            && receiver_cold == (fresh == Some(Side::Receiver));
        if !as_planned {
            return;
        }
        let service = columns.service_at_ns.get(row);
        let values = [
            (Measure::Operation, operation),
            (Measure::Handoff, handoff),
            (Measure::Response, minus(received, intended)),
            (Measure::Service, minus(service, put_started)),
            (Measure::Delivery, minus(received, service.or(put_started))),
            (Measure::Receiver, minus(columns.done_at_ns.get(row), received)),
            (Measure::Lateness, minus(put_started, intended)),
        ];
        for (measure, value) in values {
            self.values[measure.place()].extend(value);
        }
    }

    fn count(&mut self, columns: &PartColumns, row: usize, outcome: Outcome) {
        self.counts.asked += 1;
        self.counts.payload_errors += u64::from(*columns.payload_damaged.get(row));
        let code = || columns.error_code.get(row).clone().unwrap_or_else(|| "no code".to_owned());
        match outcome {
            Outcome::Delivered => self.counts.delivered += 1,
            Outcome::Duplicated => self.counts.duplicated += 1,
            Outcome::Lost => self.counts.lost += 1,
            Outcome::Rejected => {
                self.counts.rejected += 1;
                *self.rejected_codes.entry(code()).or_default() += 1;
            }
            Outcome::Failed => {
                self.counts.failed += 1;
                *self.failed_codes.entry(code()).or_default() += 1;
            }
        }
    }
}
