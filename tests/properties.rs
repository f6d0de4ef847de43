//! What holds for every sweep and every set of log lines, whatever they are.

use lab::Axes;
use lab::join::{Asked, Lines, rows};
use lab::limits::Limits;
use lab::{Profile, sweep};
use proptest::prelude::*;
use store::{Architecture, CellPlan, Outcome, RunId};
use wire::{
    BatchId, DeliveryContext, DurationNs, Line, MessageId, PutOutcome, ReceivedLine, SentLine,
    Transport, WallNs,
};

const BATCH: BatchId = BatchId::new(42);

fn sent(seq: u64, refused: bool) -> Line {
    let error = || ("Throttled".to_owned(), "slow down".to_owned());
    let (error_code, error_message) = error();
    Line::Sent(SentLine {
        batch: BATCH,
        message_id: MessageId { batch: BATCH, seq },
        warmup: false,
        sender_env: "a".into(),
        sender_call: seq + 1,
        sender_cold: false,
        sender_request_id: "ra".into(),
        intended_at_ns: WallNs(10),
        put_started_at_ns: WallNs(20),
        put_finished_at_ns: WallNs(30),
        operation_ns: DurationNs(10),
        outcome: if refused {
            PutOutcome::Refused { error_code, error_message }
        } else {
            PutOutcome::Accepted
        },
    })
}

fn received(seq: u64, at: i64, failed: bool) -> Line {
    Line::Received(ReceivedLine {
        batch: BATCH,
        message_id: MessageId { batch: BATCH, seq },
        context: DeliveryContext {
            receiver_env: "b".into(),
            receiver_cold: false,
            receiver_request_id: "rb".into(),
            received_at_ns: WallNs(at),
            batch_size: 1,
        },
        batch_index: 0,
        service_at_ns: None,
        done_at_ns: WallNs(at + 1),
        payload_ok: true,
        failed,
    })
}

/// What became of one message: whether A's line is there, whether the service refused it, and its
/// deliveries (when, and whether B failed).
type Fate = (bool, bool, Vec<(i64, bool)>);

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let deliveries = proptest::collection::vec((0_i64..1_000, any::<bool>()), 0..4);
    proptest::collection::vec((any::<bool>(), any::<bool>(), deliveries), 1..40)
}

proptest! {
    #[test]
    fn every_message_asked_for_has_exactly_one_row(fates in fates(), extra in 0_u64..3) {
        let mut lines = Vec::new();
        for (seq, (a_line, refused, deliveries)) in (0_u64..).zip(&fates) {
            lines.extend(a_line.then(|| sent(seq, *refused)));
            lines.extend(deliveries.iter().map(|(at, failed)| received(seq, *at, *failed)));
        }
        // Lines of messages that nobody asked for do not become rows.
        let count = fates.len() as u64;
        lines.extend((0..extra).map(|more| received(count + more, 5, false)));

        let axes = Axes {
            transports: vec![Transport::Sns],
            messages: u32::try_from(fates.len()).unwrap(),
            ..Axes::of(Profile::Smoke)
        };
        let limits = Limits::read(&testkit::programs::workspace()).unwrap();
        let cells = sweep::cells(&[axes], Architecture::X86_64, &limits).unwrap();
        let cell = CellPlan { warmup: 0, ..cells[0].clone() };
        let run_id = RunId::new("r").unwrap();
        let asked = Asked {
            run_id: &run_id, experiment: "e", cell: &cell, round: 0, batch: BATCH,
        };
        let rows = rows(&asked, &Lines::new(BATCH, lines));

        let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
        prop_assert_eq!(seqs, (0..count).collect::<Vec<_>>());
        for (row, (a_line, refused, deliveries)) in rows.iter().zip(&fates) {
            prop_assert_eq!(row.deliveries as usize, deliveries.len());
            prop_assert_eq!(row.put_started_at_ns.is_some(), *a_line);
            let first = deliveries.iter().map(|(at, _)| *at).min();
            prop_assert_eq!(row.received_at_ns, first);
            let handoff = first.filter(|_| *a_line).map(|at| at - 20);
            prop_assert_eq!(row.handoff_ns, handoff, "negative ones are kept");
            let any_failed = deliveries.iter().any(|(_, failed)| *failed);
            let expected = match deliveries.len() {
                0 if *a_line && *refused => Outcome::Rejected,
                0 => Outcome::Lost,
                _ if any_failed => Outcome::Failed,
                1 => Outcome::Delivered,
                _ => Outcome::Duplicated,
            };
            prop_assert_eq!(row.outcome, expected);
        }
    }

    #[test]
    fn a_round_is_a_permutation_that_depends_on_seed_and_round_alone(
        seed in any::<u32>(), round in 0_u32..1_000, cells in 0_u32..200,
    ) {
        let order = sweep::order(seed.into(), round, cells);
        prop_assert_eq!(&order, &sweep::order(seed.into(), round, cells));
        let mut sorted = order;
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..cells).collect::<Vec<_>>());
    }
}

/// What is sane for one message, in microseconds: how late it is sent, how long its call takes, and for
/// each delivery how long after the put it came, its work, and whether B failed.
type Sane = (u32, u32, Vec<(u32, u32, bool)>);

/// The lines that A and B leave of a message, of which A's may be missing.
fn sane_lines(
    batch: BatchId,
    (seq, warmup): (u64, bool),
    (late, call, deliveries): &Sane,
    (a_line, refused, stamped): (bool, bool, bool),
) -> Vec<Line> {
    let us = |us: u32| i64::from(us) * 1_000;
    let intended = 1_790_000_000_123_456_789 + seq.cast_signed() * 700_000;
    let put = intended + us(*late);
    let sent = match sent(seq, refused) {
        Line::Sent(line) => Line::Sent(SentLine {
            batch,
            message_id: MessageId { batch, seq },
            warmup,
            intended_at_ns: WallNs(intended),
            put_started_at_ns: WallNs(put),
            put_finished_at_ns: WallNs(put + us(*call) + 90),
            operation_ns: DurationNs(u64::from(*call) * 1_000),
            ..line
        }),
        other => other,
    };
    let received = deliveries.iter().map(|(after, work, failed)| {
        let at = put + us(*after);
        // The service had it halfway, and says so in milliseconds.
        let service = (put + us(*after) / 2) / 1_000_000 * 1_000_000;
        match received(seq, at, *failed) {
            Line::Received(line) => Line::Received(ReceivedLine {
                batch,
                message_id: MessageId { batch, seq },
                done_at_ns: WallNs(at + us(*work)),
                service_at_ns: stamped.then_some(WallNs(service)),
                ..line
            }),
            other => other,
        }
    });
    a_line.then_some(sent).into_iter().chain(received).collect()
}

proptest! {
    #[test]
    fn rows_of_sane_lines_break_no_rule(
        messages in proptest::collection::vec(
            (
                (0_u32..9_000, 0_u32..5_000_000,
                 proptest::collection::vec((0_u32..90_000_000, 0_u32..9_000_000, any::<bool>()), 0..3)),
                (proptest::bool::weighted(0.9), any::<bool>(), any::<bool>()),
            ),
            1..40,
        ),
        warmup in 0_u32..5, is_aws in any::<bool>(),
    ) {
        let count = u32::try_from(messages.len()).unwrap();
        let warmup = warmup.min(count);
        let axes = Axes { transports: vec![Transport::Sns], ..Axes::of(Profile::Smoke) };
        let limits = Limits::read(&testkit::programs::workspace()).unwrap();
        let cells = sweep::cells(&[axes], Architecture::X86_64, &limits).unwrap();
        let cell = CellPlan { warmup, messages: count - warmup, ..cells[0].clone() };
        let lines = (0_u64..).zip(&messages).flat_map(|(seq, (message, there))| {
            sane_lines(BATCH, (seq, seq < u64::from(warmup)), message, *there)
        });
        let run_id = RunId::new("r").unwrap();
        let asked = Asked {
            run_id: &run_id, experiment: "e", cell: &cell, round: 0, batch: BATCH,
        };
        let rows = rows(&asked, &Lines::new(BATCH, lines));
        let backend = store::BackendFacts {
            name: if is_aws { "aws" } else { "local" }.into(),
            product: String::new(),
            version: String::new(),
            endpoint: store::EndpointKind::Loopback,
            settings: std::collections::BTreeMap::new(),
        };
        let part = store::PartKey {
            experiment: "e".into(), transport: cell.transport, cell: cell.cell, round: 0,
        };
        prop_assert_eq!(store::violations(&backend, &cell, &part, &rows), []);
    }
}

#[test]
fn different_seeds_and_rounds_give_different_orders() {
    let orders: std::collections::HashSet<Vec<u32>> =
        (0..10).flat_map(|seed| (0..10).map(move |round| sweep::order(seed, round, 12))).collect();
    assert_eq!(orders.len(), 100, "of 12! orders, a hundred draws give a hundred different ones");
}
