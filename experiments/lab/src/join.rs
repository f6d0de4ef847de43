//! Lines of A and B become rows: exactly one per message that A was asked to send.

use std::collections::HashMap;
use std::ops::Range;

use store::{CellPlan, Outcome, Row, RunId, Side};
use wire::{BatchId, Line, MessageId, PutOutcome, ReceivedLine, SentLine, WallNs};

use crate::redact::redact;

/// The `error_code` of a message whose line of A never came, although A counted it.
pub const SENDER_LINE_MISSING: &str = "SenderLineMissing";

/// The lines of one batch, by message.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    sent: HashMap<u64, SentLine>,
    received: HashMap<u64, Vec<ReceivedLine>>,
}

impl Lines {
    /// Sorts lines by message. Lines of another batch are left out.
    pub fn new(batch: BatchId, lines: impl IntoIterator<Item = Line>) -> Self {
        let mut sorted = Self::default();
        for line in lines {
            match line {
                Line::Sent(line) if line.batch == batch => {
                    sorted.sent.insert(line.message_id.seq, line);
                }
                Line::Received(line) if line.batch == batch => {
                    sorted.received.entry(line.message_id.seq).or_default().push(line);
                }
                Line::Sent(_) | Line::Received(_) => {}
            }
        }
        for deliveries in sorted.received.values_mut() {
            deliveries.sort_by_key(|line| (line.context.received_at_ns, line.batch_index));
        }
        sorted
    }

    /// Takes the lines of A from `sent` and those of B from `received`.
    #[must_use]
    pub fn of_both(sent: Self, received: Self) -> Self {
        Self { sent: sent.sent, received: received.received }
    }

    /// Whether A's line of every one of these messages is there.
    #[must_use]
    pub fn all_sent(&self, mut messages: Range<u64>) -> bool {
        messages.all(|seq| self.sent.contains_key(&seq))
    }

    /// Whether nothing more of these messages is to be expected: each arrived or was refused.
    #[must_use]
    pub fn all_settled(&self, mut messages: Range<u64>) -> bool {
        messages.all(|seq| self.received.contains_key(&seq) || self.refused(seq))
    }

    fn refused(&self, seq: u64) -> bool {
        self.refusal(seq).is_some()
    }

    /// The service's error code where it refused the message.
    #[must_use]
    pub fn refusal(&self, seq: u64) -> Option<&str> {
        match self.sent.get(&seq).map(|line| &line.outcome) {
            Some(PutOutcome::Refused { error_code, .. }) => Some(error_code),
            _ => None,
        }
    }

    /// Whether the message has been delivered.
    #[must_use]
    pub fn has_arrived(&self, seq: u64) -> bool {
        self.received.contains_key(&seq)
    }

    /// When the work of the last delivery of these messages ended, on B's wall clock.
    #[must_use]
    pub fn last_done_at(&self, messages: &Range<u64>) -> Option<WallNs> {
        let of_these = self.received.iter().filter(|(seq, _)| messages.contains(seq));
        of_these.flat_map(|(_, deliveries)| deliveries).map(|line| line.done_at_ns).max()
    }

    /// What the invocations of a side did for the batch, each with its request id; messages
    /// below `first_measured` are to warm up.
    #[must_use]
    pub fn handled(&self, side: Side, first_measured: u64) -> Vec<(String, Handled)> {
        // An invocation is told by its request id, and an attempt at it by when it began: B says
        // that, and A is never tried again.
        let mut handled: HashMap<(&str, Option<WallNs>), Handled> = HashMap::new();
        let mut add = |request_id, began, env: &String, seq, last: WallNs| {
            let attempt = handled.entry((request_id, began)).or_insert_with(|| Handled {
                env: env.clone(),
                messages: 0,
                warmup: true,
                last_ns: last.0,
            });
            attempt.messages += 1;
            attempt.warmup &= seq < first_measured;
            attempt.last_ns = attempt.last_ns.max(last.0);
        };
        match side {
            Side::Sender => {
                for (seq, line) in &self.sent {
                    let last = line.put_finished_at_ns;
                    add(line.sender_request_id.as_str(), None, &line.sender_env, *seq, last);
                }
            }
            Side::Receiver => {
                for (seq, line) in self
                    .received
                    .iter()
                    .flat_map(|(seq, lines)| lines.iter().map(move |l| (seq, l)))
                {
                    let context = &line.context;
                    let began = Some(context.received_at_ns);
                    let id = context.receiver_request_id.as_str();
                    add(id, began, &context.receiver_env, *seq, line.done_at_ns);
                }
            }
        }
        handled.into_iter().map(|((id, _), attempt)| (id.to_owned(), attempt)).collect()
    }
}

/// What an invocation, or an attempt at it, did for a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The execution environment.
    pub env: String,
    /// Messages of the batch that it sent or received.
    pub messages: u32,
    /// Whether all of them were to warm up.
    pub warmup: bool,
    /// The last that its lines say, in nanoseconds since the epoch on the side's wall clock.
    pub last_ns: i64,
}

/// Where the rows of a part belong, and what was asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The run.
    pub run_id: &'a RunId,
    /// The experiment.
    pub experiment: &'a str,
    /// The cell.
    pub cell: &'a CellPlan,
    /// The round, from 0.
    pub round: u32,
    /// The batch of this visit; its warm-up messages are numbered first, from 0.
    pub batch: BatchId,
}

impl Asked<'_> {
    /// All messages asked for, warm-up included.
    #[must_use]
    pub fn messages(&self) -> u64 {
        u64::from(self.cell.warmup) + u64::from(self.cell.messages)
    }
}

/// One row per message, in the order of their numbers.
///
/// - The first delivery is kept, `deliveries` counts all.
/// - `failed`: B raised an error on a delivery, whether or not a later delivery succeeded.
/// - `duplicated`: it arrived more than once and B never failed; `delivered`: once.
/// - `rejected`: the service refused it and it did not arrive. One that was refused and arrived
///   all the same (the answer was lost) counts by its deliveries and keeps the error.
/// - `lost`: none of these.
/// - A message whose line of A is missing has nulls in A's columns and the error code
///   [`SENDER_LINE_MISSING`]; its outcome is that of its deliveries.
#[must_use]
pub fn rows(asked: &Asked<'_>, lines: &Lines) -> Vec<Row> {
    (0..asked.messages()).map(|seq| row(asked, lines, seq)).collect()
}

fn row(asked: &Asked<'_>, lines: &Lines, seq: u64) -> Row {
    let cell = asked.cell;
    let mapping = cell.mapping.as_ref();
    let sent = lines.sent.get(&seq);
    let deliveries = lines.received.get(&seq).map_or(&[][..], Vec::as_slice);
    let first = deliveries.first();
    let (error_code, error_message) = error(sent);
    let handoff_ns = first
        .zip(sent)
        .map(|(first, sent)| first.context.received_at_ns.since(sent.put_started_at_ns));
    Row {
        run_id: asked.run_id.to_string(),
        experiment: asked.experiment.to_owned(),
        cell: cell.cell,
        round: asked.round,
        transport: cell.transport,
        payload_bytes: cell.payload_bytes,
        concurrency: cell.concurrency,
        receiver_ms: cell.receiver_ms,
        memory_mb: cell.memory_mb,
        architecture: cell.architecture,
        arrival: cell.arrival,
        rate_per_s: cell.rate_per_s,
        shards: mapping.and_then(|mapping| mapping.shards),
        mapping_batch_size: mapping.map(|mapping| mapping.batch_size),
        batching_window_ms: mapping.map(|mapping| mapping.batching_window_ms),
        parallelization_factor: mapping.and_then(|mapping| mapping.parallelization_factor),
        enhanced_fan_out: mapping.and_then(|mapping| mapping.enhanced_fan_out),
        limit_raised: cell.limit_raised,
        fresh_side: cell.fresh_side,
        message_id: MessageId { batch: asked.batch, seq }.to_string(),
        seq,
        warmup: seq < u64::from(cell.warmup),
        sender_env: sent.map(|line| line.sender_env.clone()),
        sender_cold: sent.map(|line| line.sender_cold),
        sender_call: sent.map(|line| line.sender_call),
        sender_request_id: sent.map(|line| line.sender_request_id.clone()),
        intended_at_ns: sent.map(|line| line.intended_at_ns.0),
        put_started_at_ns: sent.map(|line| line.put_started_at_ns.0),
        put_finished_at_ns: sent.map(|line| line.put_finished_at_ns.0),
        operation_ns: sent.map(|line| line.operation_ns.0),
        service_at_ns: first.and_then(|line| line.service_at_ns).map(|at| at.0),
        receiver_env: first.map(|line| line.context.receiver_env.clone()),
        receiver_cold: first.map(|line| line.context.receiver_cold),
        receiver_request_id: first.map(|line| line.context.receiver_request_id.clone()),
        received_at_ns: first.map(|line| line.context.received_at_ns.0),
        done_at_ns: first.map(|line| line.done_at_ns.0),
        handoff_ns,
        deliveries: u32::try_from(deliveries.len()).unwrap_or(u32::MAX),
        batch_size: first.map(|line| line.context.batch_size),
        batch_index: first.map(|line| line.batch_index),
        payload_ok: first.map(|line| line.payload_ok),
        outcome: outcome(sent, deliveries),
        error_code,
        error_message,
    }
}

fn outcome(sent: Option<&SentLine>, deliveries: &[ReceivedLine]) -> Outcome {
    let put = sent.map(|line| &line.outcome);
    let failed = matches!(put, Some(PutOutcome::ReceiverFailed { .. }))
        || deliveries.iter().any(|line| line.failed);
    match (put, deliveries.len()) {
        _ if failed => Outcome::Failed,
        (Some(PutOutcome::Refused { .. }), 0) => Outcome::Rejected,
        (_, 0) => Outcome::Lost,
        (_, 1) => Outcome::Delivered,
        _ => Outcome::Duplicated,
    }
}

fn error(sent: Option<&SentLine>) -> (Option<String>, Option<String>) {
    match sent.map(|line| &line.outcome) {
        Some(PutOutcome::Accepted) => (None, None),
        Some(
            PutOutcome::ReceiverFailed { error_code, error_message }
            | PutOutcome::Refused { error_code, error_message },
        ) => (Some(error_code.clone()), Some(redact(error_message))),
        None => (
            Some(SENDER_LINE_MISSING.to_owned()),
            Some("A counted this message, but its log line did not come".to_owned()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{Architecture, Arrival};
    use wire::{DeliveryContext, DurationNs, Transport};

    const BATCH: BatchId = BatchId::new(0xb);

    fn sent(seq: u64, outcome: PutOutcome) -> Line {
        Line::Sent(SentLine {
            batch: BATCH,
            message_id: MessageId { batch: BATCH, seq },
            warmup: false,
            sender_env: "a".into(),
            sender_call: seq,
            sender_cold: seq == 0,
            sender_request_id: "ra".into(),
            intended_at_ns: WallNs(90),
            put_started_at_ns: WallNs(100),
            put_finished_at_ns: WallNs(140),
            operation_ns: DurationNs(41),
            outcome,
        })
    }

    fn received(seq: u64, received_at: i64, failed: bool) -> Line {
        Line::Received(ReceivedLine {
            batch: BATCH,
            message_id: MessageId { batch: BATCH, seq },
            context: DeliveryContext {
                receiver_env: format!("b{received_at}"),
                receiver_cold: false,
                receiver_request_id: "rb".into(),
                received_at_ns: WallNs(received_at),
                batch_size: 3,
            },
            batch_index: 2,
            service_at_ns: Some(WallNs(120)),
            done_at_ns: WallNs(received_at + 5),
            payload_ok: true,
            failed,
        })
    }

    fn refused() -> PutOutcome {
        PutOutcome::Refused { error_code: "Throttled".into(), error_message: "slower".into() }
    }

    fn receiver_failed() -> PutOutcome {
        PutOutcome::ReceiverFailed { error_code: "Boom".into(), error_message: "b".into() }
    }

    fn joined(messages: u32, lines: Vec<Line>) -> Vec<Row> {
        let cell = CellPlan {
            cell: 4,
            transport: Transport::Sns,
            payload_bytes: 1024,
            concurrency: 1,
            receiver_ms: 0,
            memory_mb: 128,
            architecture: Architecture::X86_64,
            arrival: Arrival::Poisson,
            rate_per_s: Some(20.0),
            messages,
            warmup: 0,
            mapping: None,
            limit_raised: false,
            fresh_side: None,
            limit: None,
            probe: false,
        };
        let run_id = RunId::new("r").unwrap();
        let asked = Asked { run_id: &run_id, experiment: "e", cell: &cell, round: 2, batch: BATCH };
        rows(&asked, &Lines::new(BATCH, lines))
    }

    fn one(lines: Vec<Line>) -> Row {
        let mut rows = joined(1, lines);
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    #[test]
    fn delivered() {
        let row = one(vec![received(0, 130, false), sent(0, PutOutcome::Accepted)]);
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1));
        assert_eq!(row.handoff_ns, Some(30));
        assert_eq!(row.operation_ns, Some(41));
        assert_eq!(row.service_at_ns, Some(120));
        assert_eq!((row.batch_size, row.batch_index), (Some(3), Some(2)));
        assert_eq!(row.error_code, None);
        assert_eq!(row.message_id, "000000000000000b0000000000000000");
    }

    #[test]
    fn a_handoff_may_be_negative() {
        let row = one(vec![received(0, 60, false), sent(0, PutOutcome::Accepted)]);
        assert_eq!(row.handoff_ns, Some(-40));
    }

    #[test]
    fn duplicated_keeps_the_first_delivery() {
        let row = one(vec![
            received(0, 300, false),
            sent(0, PutOutcome::Accepted),
            received(0, 130, false),
        ]);
        assert_eq!((row.outcome, row.deliveries), (Outcome::Duplicated, 2));
        assert_eq!((row.handoff_ns, row.receiver_env.as_deref()), (Some(30), Some("b130")));
    }

    #[test]
    fn lost() {
        let row = one(vec![sent(0, PutOutcome::Accepted)]);
        assert_eq!((row.outcome, row.deliveries), (Outcome::Lost, 0));
        assert_eq!((row.received_at_ns, row.handoff_ns, row.payload_ok), (None, None, None));
        assert_eq!(row.operation_ns, Some(41));
    }

    #[test]
    fn rejected_keeps_the_error() {
        let row = one(vec![sent(0, refused())]);
        assert_eq!((row.outcome, row.deliveries), (Outcome::Rejected, 0));
        assert_eq!(row.error_code.as_deref(), Some("Throttled"));
        assert_eq!(row.error_message.as_deref(), Some("slower"));
    }

    #[test]
    fn refused_and_delivered_all_the_same() {
        let row = one(vec![sent(0, refused()), received(0, 130, false)]);
        assert_eq!(row.outcome, Outcome::Delivered);
        assert_eq!(row.error_code.as_deref(), Some("Throttled"));
    }

    #[test]
    fn failed_however_it_is_known() {
        let by_answer = one(vec![sent(0, receiver_failed()), received(0, 130, true)]);
        assert_eq!(by_answer.outcome, Outcome::Failed);
        assert_eq!(by_answer.error_code.as_deref(), Some("Boom"));
        let by_line = one(vec![sent(0, PutOutcome::Accepted), received(0, 130, true)]);
        assert_eq!((by_line.outcome, by_line.error_code), (Outcome::Failed, None));
        let retried = one(vec![
            sent(0, PutOutcome::Accepted),
            received(0, 130, true),
            received(0, 9e9 as i64, false),
        ]);
        assert_eq!((retried.outcome, retried.deliveries), (Outcome::Failed, 2));
    }

    #[test]
    fn a_missing_line_of_a_still_has_its_row() {
        let arrived = one(vec![received(0, 130, false)]);
        assert_eq!((arrived.outcome, arrived.handoff_ns), (Outcome::Delivered, None));
        assert_eq!(arrived.error_code.as_deref(), Some(SENDER_LINE_MISSING));
        let gone = one(vec![]);
        assert_eq!((gone.outcome, gone.intended_at_ns), (Outcome::Lost, None));
        assert_eq!(gone.error_code.as_deref(), Some(SENDER_LINE_MISSING));
    }

    #[test]
    fn every_message_asked_has_one_row_and_no_other_has_any() {
        let rows = joined(
            3,
            vec![sent(7, PutOutcome::Accepted), received(9, 1, false), sent(1, refused())],
        );
        assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn lines_of_another_batch_are_left_out() {
        let Line::Sent(mut other) = sent(0, PutOutcome::Accepted) else { unreachable!() };
        other.batch = BatchId::new(0xc);
        assert_eq!(one(vec![Line::Sent(other)]).error_code.as_deref(), Some(SENDER_LINE_MISSING));
    }

    #[test]
    fn nothing_more_is_expected_of_what_arrived_or_was_refused() {
        let lines = Lines::new(
            BATCH,
            vec![sent(0, PutOutcome::Accepted), sent(1, refused()), received(0, 130, false)],
        );
        assert!(lines.all_sent(0..2) && lines.all_settled(0..2));
        assert!(!lines.all_sent(0..3) && !lines.all_settled(0..3));
        assert_eq!(lines.last_done_at(&(0..2)), Some(WallNs(135)));
        assert_eq!(lines.last_done_at(&(1..2)), None);
        let waiting = Lines::new(BATCH, vec![sent(0, PutOutcome::Accepted)]);
        assert!(waiting.all_sent(0..1) && !waiting.all_settled(0..1));
        assert!(waiting.all_settled(1..1));
    }
}
