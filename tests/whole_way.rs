//! The whole way, as a user goes it: `run-sweep local smoke`, then `report`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::HashSet;

use report::analysis::{ALPHA, CellFigures, Form, Measure, RoundContrast, RoundStatistic, RunData};
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
        let line = text.lines().find(|line| line.starts_with(&format!("| {finding} |")));
        let verdict = line.unwrap_or_else(|| panic!("{finding} has no verdict"));
        let words = ["holds here", "as modelled", "undecided", "does not hold here"];
        assert!(words.iter().any(|word| verdict.contains(word)), "{verdict}");
        // What follows from a mechanism must come out on any machine, and reproduces nothing.
        assert!(!verdict.contains("not as modelled"), "{verdict}");
        assert!(!verdict.contains("**reproduced"), "{verdict}");
    }
    let figures = std::fs::read_dir(out.join("figures")).unwrap().count();
    assert!(figures >= 8, "{figures} figures");
    one_figure_one_value(&run, runs);
}

/// Two cells of one configuration (local-cloud gives a function what the machine has, whatever its
/// memory), planted in a smoke run, are not found to differ; and the closing table, the report and
/// the comparison with another run show one median of a cell, also of one that met cold starts.
fn one_figure_one_value(whole: &RunDir, runs: &str) {
    // Without a warm-up the first messages of a cell are cold.
    let planted = ["local", "smoke", "baseline", "--run", "planted", "--runs", runs, "--rounds=6"];
    let axes = [
        "--axis=transport=sync-invoke,kinesis",
        "--axis=memory-mb=1024,1025",
        "--axis=receiver-ms=0,100",
        "--axis=warmup=0",
    ];
    let said = programs::run("lab", &[&["run-sweep"], &planted[..], &axes].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let closing_table = [said.stdout, said.stderr].concat();
    let data =
        RunData::read(&RunDir::open(&whole.path().with_file_name("planted")).unwrap()).unwrap();
    for transport in [Transport::SyncInvoke, Transport::Kinesis] {
        let is =
            |cell: &&CellFigures| cell.plan.transport == transport && cell.plan.receiver_ms == 0;
        let alike: Vec<&CellFigures> = data.cells.iter().filter(is).collect();
        assert_eq!(alike.len(), 2);
        let median = RoundStatistic::Median(Measure::Handoff);
        let found = RoundContrast::of(Form::Ratio, median, &alike).unwrap();
        // At the level of each of a hundred tests, as many as a report makes.
        let p = found.test().unwrap().p(0.0);
        assert!(p > ALPHA / 100.0, "{transport}: p = {p}, ratio {:?}", found.figure());
    }

    let folder = tempfile::tempdir().unwrap();
    let written = |program: &str, words: &[&str], file: &str| {
        let out = folder.path().join(program);
        let arguments = [words, &["--runs", runs, "--out", out.to_str().unwrap()]].concat();
        let said = programs::run(program, &arguments);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        std::fs::read_to_string(out.join(file)).unwrap()
    };
    let report = written("report", &["planted"], "REPORT.md");
    let comparison = written("compare", &["planted", "whole"], "COMPARISON.md");
    let handoffs = report.split("**Handoff**").nth(1).unwrap();
    let line = |text: &str, is: &dyn Fn(&str) -> bool, what: &str| {
        let found = text.lines().find(|line| is(line));
        found.unwrap_or_else(|| panic!("no line for {what} in {text}")).to_owned()
    };
    let place = |header: &str, name: &str| {
        header.split(" | ").position(|column| column.trim_start_matches("| ").starts_with(name))
    };
    let of_report_header = line(handoffs, &|line| line.starts_with("| cell |"), "the header");
    let of_comparison_header =
        line(&comparison, &|line| line.starts_with("| transport | cell | first"), "the header");
    let common: Vec<&CellFigures> =
        data.cells.iter().filter(|cell| cell.plan.memory_mb == 1024).collect();
    assert_eq!(common.len(), 4);
    assert!(common.iter().any(|cell| cell.counts.left_out > 0), "some met a cold start");
    for cell in common {
        let store::CellPlan { cell: number, transport, receiver_ms, .. } = cell.plan;
        let what = format!("cell {number}");
        let of_table =
            line(&closing_table, &|l| l.starts_with(&format!("  {number:>3}  {transport}")), &what);
        let of_table = of_table.split(" ms").collect::<Vec<_>>();
        let of_table = of_table[of_table.len() - 2].rsplit(' ').next().unwrap();
        let of_table: f64 = of_table.parse().unwrap();
        let of_report = line(handoffs, &|l| l.starts_with(&format!("| {number} | ")), &what);
        let median = place(&of_report_header, "median").unwrap();
        let of_report = milliseconds(of_report.split(" | ").nth(median).unwrap());
        let is = |line: &str| {
            line.starts_with(&format!("| {transport} |"))
                && line.contains(&format!("B {receiver_ms} ms"))
                && line.contains("1024 MiB")
        };
        let of_comparison = line(&comparison, &is, &what);
        let first = place(&of_comparison_header, "first").unwrap();
        let of_comparison = milliseconds(of_comparison.split(" | ").nth(first).unwrap());
        // The report and the comparison show three digits.
        assert_eq!(of_report, of_comparison, "{what}");
        assert!((of_table / of_report - 1.0).abs() < 0.006, "{what}: {of_table} {of_report}");
    }
}

/// A duration as the report shows it, such as `785 µs [649 µs, 1.00 ms]`.
fn milliseconds(text: &str) -> f64 {
    let mut words = text.split(' ');
    let number: f64 = words.next().unwrap().parse().unwrap();
    let unit = words.next().unwrap().trim_end_matches(',');
    let ms = [("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3)];
    number * ms.iter().find(|(name, _)| *name == unit).unwrap().1
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
