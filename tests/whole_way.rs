//! The whole way, as a user goes it: `run-sweep local smoke`, then `report`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::HashSet;

use store::{Outcome, Row, RunDir};
use testkit::programs;
use wire::Transport;

fn rows(run: &RunDir) -> Vec<Row> {
    run.parts().unwrap().iter().flat_map(|key| run.read_part(key).unwrap()).collect()
}

fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values[values.len() / 2]
}

#[test]
fn a_smoke_run_has_every_row_and_its_report_the_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let options = ["local", "smoke", "baseline", "--run", "whole", "--seed", "7", "--runs", runs];
    let said = programs::run("lab", &[&["run-sweep"], &options[..]].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("whole"), "the run's folder is a result: {}", said.stdout);

    let run = RunDir::open(&folder.path().join("whole")).unwrap();
    let manifest = run.manifest().unwrap();
    let plan = &manifest.experiments["baseline"];
    let checked = run.check().unwrap();
    assert_eq!(checked.missing, []);
    // With a faulty reading of a stamp, its rule would be here.
    assert_eq!(checked.invalid, [], "no row breaks a rule for valid values");
    for transport in Transport::ALL {
        let folder = format!("timings/experiment=baseline/transport={transport}");
        let files: Vec<_> = std::fs::read_dir(run.path().join(folder)).unwrap().collect();
        assert!(files.len() == 1 && files[0].as_ref().unwrap().file_name() == "compacted.parquet");
    }
    assert_eq!(plan.cells.len(), 10, "five transports, two receiver durations");
    assert!(plan.finished && manifest.finished_at.is_some());
    assert_eq!(manifest.seed, 7);

    let rows = rows(&run);
    let per_visit: u32 = plan.cells.iter().map(|cell| cell.messages + cell.warmup).sum();
    assert_eq!(rows.len(), (plan.rounds * per_visit) as usize);
    let ids: HashSet<&str> = rows.iter().map(|row| row.message_id.as_str()).collect();
    assert_eq!(ids.len(), rows.len(), "one row per message");

    for row in &rows {
        assert_eq!(row.outcome, Outcome::Delivered, "{row:?}");
        assert_eq!((row.deliveries, row.payload_ok), (1, Some(true)), "{row:?}");
        let at =
            |stamp: Option<i64>| stamp.unwrap_or_else(|| panic!("a stamp is missing: {row:?}"));
        // One machine, one clock: the stamps follow each other as the events do.
        assert!(at(row.put_started_at_ns) >= at(row.intended_at_ns), "{row:?}");
        assert!(at(row.received_at_ns) >= at(row.put_started_at_ns), "{row:?}");
        let worked_ns = at(row.done_at_ns) - at(row.received_at_ns);
        assert!(worked_ns >= i64::from(row.receiver_ms) * 1_000_000, "{row:?}");
        let stamped = matches!(row.transport, Transport::Sns | Transport::Kinesis | Transport::Sqs);
        assert_eq!(row.service_at_ns.is_some(), stamped, "{row:?}");
        if let Some(service_at) = row.service_at_ns {
            // Cut off to its millisecond, the service's stamp lies between A's and B's.
            assert_eq!(service_at % 1_000_000, 0, "{row:?}");
            assert!(service_at > at(row.put_started_at_ns) - 1_000_000, "{row:?}");
            assert!(service_at <= at(row.received_at_ns), "{row:?}");
        }
        if row.transport == Transport::SyncInvoke {
            let operation_ns = i64::try_from(row.operation_ns.unwrap()).unwrap();
            assert!(operation_ns >= worked_ns, "A waits for B: {row:?}");
        }
    }
    for key in run.parts().unwrap() {
        testkit::invocations::check(&run, &key);
    }
    for round in 0..plan.rounds {
        let gaps: HashSet<Vec<i64>> = (0..10).map(|cell| gaps(&rows, cell, round)).collect();
        assert_eq!(gaps.len(), 1, "all cells have one rate and so one schedule in a round");
    }
    assert_ne!(gaps(&rows, 0, 0), gaps(&rows, 0, 1));
    let median_handoff = |transport| {
        let of = |row: &&Row| row.transport == transport && !row.warmup;
        median(rows.iter().filter(of).filter_map(|row| row.handoff_ns).collect())
    };
    for transport in [Transport::SyncInvoke, Transport::AsyncInvoke, Transport::Sns] {
        assert!(
            median_handoff(Transport::Kinesis) > 10 * median_handoff(transport),
            "a polled stream is slower than {transport} by far"
        );
    }

    let left = std::fs::read_to_string(run.path().join("deployment.json")).unwrap();
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["resources"], serde_json::json!([]), "everything is torn down");
    for secret in ["local-secret", "AWS_SECRET", "arn:aws:iam::"] {
        let text = std::fs::read_to_string(run.path().join("manifest.json")).unwrap();
        assert!(!text.contains(secret), "{secret} in the manifest");
    }

    let out = folder.path().join("report");
    let said = programs::run("report", &["whole", "--runs", runs, "--out", out.to_str().unwrap()]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let text = std::fs::read_to_string(out.join("REPORT.md")).unwrap();
    assert!(text.contains("not AWS"), "the banner");
    for finding in ["F1", "F2", "F3", "F4"] {
        let verdict = text
            .lines()
            .find(|line| {
                line.contains(finding)
                    && ["reproduced", "undecided"].iter().any(|word| line.contains(word))
            })
            .unwrap_or_else(|| panic!("{finding} has no verdict"));
        // What follows from a mechanism must come out on any machine.
        if finding == "F4" {
            assert!(!verdict.contains("not reproduced"), "{verdict}");
        }
    }
    let figures = std::fs::read_dir(out.join("figures")).unwrap().count();
    assert!(figures >= 8, "{figures} figures");
}

/// What lies between the intended times of a visit's measured messages, in their order.
fn gaps(rows: &[Row], cell: u32, round: u32) -> Vec<i64> {
    let of = |row: &&Row| row.cell == cell && row.round == round && !row.warmup;
    let mut at: Vec<i64> = rows.iter().filter(of).filter_map(|row| row.intended_at_ns).collect();
    at.sort_unstable();
    at.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_stream_may_be_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let options = ["local", "smoke", "kinesis-tuning", "--run", "s", "--runs", runs, "--rounds=2"];
    let axes = ["--axis=shards=1,on-demand", "--axis=receiver-ms=0", "--axis=batch-size=100"];
    let more = ["--axis=enhanced-fan-out=false", "--shard-poll-interval=50ms"];
    let said = programs::run("lab", &[&["run-sweep"], &options[..], &axes, &more].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("on demand"), "{}", said.stdout);
    let run = RunDir::open(&folder.path().join("s")).unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    let rows = rows(&run);
    for row in &rows {
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
    }
    let shards: HashSet<_> = rows.iter().map(|row| row.shards).collect();
    assert_eq!(shards, HashSet::from([Some(1), None]));

    let out = folder.path().join("report");
    let said = programs::run("report", &["s", "--runs", runs, "--out", out.to_str().unwrap()]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let text = std::fs::read_to_string(out.join("REPORT.md")).unwrap();
    assert!(text.contains("| 1 | on demand |"), "{text}");
}
