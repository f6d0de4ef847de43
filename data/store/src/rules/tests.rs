//! Each rule is broken by what breaks it, and by nothing else.

use std::collections::BTreeSet;

use wire::Transport;

use super::*;
use crate::samples::{TempDir, invocations, key, rows, write_run};
use crate::{Invocation, Nullable, Outcome, Row, RunDir};

const MS: i64 = MILLISECOND_NS;

type Edit<R> = fn(&mut [R]);

/// What breaks each rule for messages: row 0 is a warm-up message, row 2 lost with A's line, and the
/// others arrived.
const BROKEN: [(&str, Edit<Row>); 24] = [
    ("service-after-put", |rows| {
        rows[1].service_at_ns = rows[1].put_started_at_ns.map(|at| early(at, 3))
    }),
    ("service-before-received", |rows| {
        rows[1].service_at_ns = rows[1].received_at_ns.map(|at| early(at, -4))
    }),
    ("service-whole-ms", |rows| {
        rows[1].service_at_ns = rows[1].received_at_ns.map(|at| early(at, 0) + 1)
    }),
    ("service-of-delivered", |rows| {
        rows[2].service_at_ns = rows[1].received_at_ns.map(|at| early(at, 0))
    }),
    ("put-after-intended", |rows| {
        rows[1].intended_at_ns = rows[1].put_started_at_ns.map(|at| at + 2 * MS)
    }),
    ("put-in-order", |rows| {
        rows[1].put_finished_at_ns = rows[1].put_started_at_ns.map(|at| at - 1)
    }),
    ("operation-within-put", |rows| rows[1].operation_ns = Some(2_000_000)),
    ("done-after-received", |rows| rows[1].done_at_ns = rows[1].received_at_ns.map(|at| at - 1)),
    ("handoff-is-difference", |rows| rows[1].handoff_ns = Some(12)),
    ("handoff-is-difference", |rows| rows[1].handoff_ns = None),
    ("deliveries-fit-outcome", |rows| rows[1].deliveries = 2),
    ("deliveries-fit-outcome", |rows| rows[1].outcome = Outcome::Duplicated),
    ("sender-line-whole", |rows| rows[1].sender_env = None),
    ("sender-line-whole", |rows| rows[2].sender_request_id = Some("a".into())),
    ("cold-is-first-call", |rows| rows[1].sender_cold = Some(true)),
    ("cold-is-first-call", |rows| rows[1].sender_call = Some(0)),
    ("receiver-line-whole", |rows| rows[1].receiver_env = None),
    ("receiver-line-whole", |rows| rows[2].payload_ok = Some(true)),
    ("error-fits-outcome", |rows| rows[1].error_code = Some("Throttled".into())),
    ("batch-place", |rows| rows[1].batch_index = Some(1)),
    ("seq-in-part", |rows| rows[1].seq = 4),
    ("warmup-first", |rows| (rows[0].warmup, rows[1].warmup) = (false, true)),
    ("instant-plausible", |rows| rows[1].intended_at_ns = Some(7)),
    ("duration-plausible", |rows| {
        rows[1].put_finished_at_ns = rows[1].put_started_at_ns.map(|at| at + 3 * DAY_NS);
        rows[1].operation_ns = Some(2 * DAY_NS.cast_unsigned());
    }),
];

/// What breaks each rule for invocations.
const BROKEN_INVOCATIONS: [(&str, Edit<Invocation>); 5] = [
    ("billed-covers-duration", |all| all[1].billed_ms = 0),
    ("invocation-plausible", |all| all[1].init_ns = Some(DAY_NS.cast_unsigned())),
    ("memory-plausible", |all| all[1].max_memory_mb = Some(0)),
    ("memory-plausible", |all| all[1].max_memory_mb = Some(257)),
    ("messages-in-part", |all| all[1].messages = 5),
];

/// The whole millisecond that lies so many before an instant.
fn early(at: i64, ms: i64) -> i64 {
    (at / MS - ms) * MS
}

/// A run of one cell and round with these rows.
fn run_of(temp: &TempDir, rows: &[Row], invocations: &[Invocation]) -> RunDir {
    let run = write_run(temp.path());
    let key = key(Transport::SyncInvoke, 0);
    run.write_invocations(&key, invocations).unwrap();
    run.write_part(&key, rows).unwrap();
    run
}

fn found(run: &RunDir) -> Vec<InvalidValues> {
    run.check().unwrap().invalid
}

#[test]
fn what_is_sane_breaks_no_rule() {
    let temp = TempDir::new();
    let key = key(Transport::SyncInvoke, 0);
    let run = run_of(&temp, &rows(&key), &invocations(&key));
    assert_eq!(found(&run), []);
}

#[test]
fn each_rule_is_broken_by_what_breaks_it_and_by_nothing_else() {
    let key = key(Transport::SyncInvoke, 0);
    for (id, edit) in BROKEN {
        // In the order in which they are written, and in another, in which each row is looked at.
        for is_reversed in [false, true] {
            for is_compacted in [false, true] {
                let temp = TempDir::new();
                let mut rows = rows(&key);
                edit(&mut rows);
                if is_reversed {
                    rows.reverse();
                }
                let run = run_of(&temp, &rows, &[]);
                if is_compacted {
                    run.compact("baseline").unwrap();
                }
                let found = found(&run);
                let ids: Vec<&str> = found.iter().map(|it| it.rule.id).collect();
                assert_eq!(ids, [id], "reversed {is_reversed}: {found:?}");
                let broken = if id == "warmup-first" { 2 } else { 1 };
                let InvalidValues { rows, of, example, .. } = &found[0];
                assert_eq!((*rows, *of), (broken, 12), "{found:?}");
                assert_eq!(example.part, key);
                assert!(found[0].rule.columns.iter().all(|name| example.values.contains(name)));
            }
        }
    }
    for (id, edit) in BROKEN_INVOCATIONS {
        let temp = TempDir::new();
        let mut invocations = invocations(&key);
        edit(&mut invocations);
        let found = found(&run_of(&temp, &rows(&key), &invocations));
        let [InvalidValues { rule, rows: 1, of: 2, .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!(rule.id, id);
    }
}

#[test]
fn every_rule_is_tested_and_has_a_name_of_its_own() {
    let broken = BROKEN.iter().map(|(id, _)| *id);
    let tested: BTreeSet<&str> =
        broken.chain(BROKEN_INVOCATIONS.iter().map(|(id, _)| *id)).collect();
    let all: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(tested, all);
    assert_eq!(all.len(), RULES.len());
    for rule in RULES {
        let columns = if rule.data_set == "timings" { Row::COLUMNS } else { Invocation::COLUMNS };
        for name in rule.columns {
            assert!(columns.iter().any(|column| column.name == *name), "{}: {name}", rule.id);
        }
    }
}

/// Receivers once read the fraction of a second without its closing zeros as milliseconds: `.47` and
/// `.047` were both 47 ms.
#[test]
fn service_stamps_that_were_read_wrongly_are_found() {
    let misread = |ms: i64| {
        let digits = format!("{ms:03}");
        digits.trim_end_matches('0').parse().unwrap_or(0)
    };
    assert_eq!([misread(470), misread(47), misread(900), misread(0)], [47, 47, 9, 0]);
    let second = 1_700_000_000_000_000_000_i64;
    // A put 0.3 ms before the service's stamp, in each millisecond of a second.
    let put: Nullable<i64> = (0..1000).map(|ms| Some(second + ms * MS - 300_000)).collect();
    let read: Nullable<i64> = (0..1000).map(|ms| Some(second + misread(ms) * MS)).collect();
    let caught = |clocks: Clocks| -> Vec<i64> {
        let tolerance = clocks.tolerance_ns();
        let off = |row: usize| put.get(row).unwrap() - tolerance > read.get(row).unwrap();
        (0..1000).filter(|ms| off(usize::try_from(*ms).unwrap())).collect()
    };
    let wrong: Vec<i64> = (0..1000).filter(|ms| misread(*ms) != *ms).collect();
    assert_eq!(wrong.len(), 99);
    assert_eq!(caught(Clocks::One), wrong, "all of them, where there is one clock");
    let far = caught(Clocks::Several);
    assert!(far.contains(&900) && far.len() > 80, "most where there are several: {far:?}");

    // The whole way: of three messages the last two have such a stamp.
    for (backend, expected) in [("local", 2), ("aws", 1)] {
        let temp = TempDir::new();
        let key = key(Transport::SyncInvoke, 0);
        let mut rows = rows(&key);
        for (row, ms) in [(0, 47), (1, 50), (3, 900)] {
            let at = second + ms * MS;
            let row = &mut rows[row];
            row.intended_at_ns = Some(at - 300_000);
            row.put_started_at_ns = Some(at - 300_000);
            row.put_finished_at_ns = Some(at + 300_000);
            row.received_at_ns = Some(at + 5 * MS);
            row.done_at_ns = Some(at + 6 * MS);
            row.handoff_ns = Some(5 * MS + 300_000);
            row.service_at_ns = Some(second + misread(ms) * MS);
        }
        let run = run_of(&temp, &rows, &[]);
        let mut manifest = run.manifest().unwrap();
        manifest.backend.name = backend.into();
        run.write_manifest(&manifest).unwrap();
        let found = found(&run);
        assert_eq!(found.len(), 1, "{backend}: {found:?}");
        assert_eq!((found[0].rule.id, found[0].rows), ("service-after-put", expected), "{backend}");
    }
}
