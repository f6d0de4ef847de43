//! The alternative text says in figures what the picture shows.

use report::charts::{Chart, files};

use super::examples;

/// The texts of a chart that are figures with a unit, except those at ticks.
fn assert_told(name: &str, figures: &[&str]) {
    let charts = examples::all();
    let chart: &Chart = charts.iter().find(|chart| chart.name == name).unwrap();
    for figure in figures {
        let text = &chart.alternative_text;
        assert!(text.contains(figure), "{name} does not tell {figure:?}: {text}");
    }
}

#[test]
fn figures_and_intervals_are_told() {
    assert_told("payload-size", &["sns: 256 B: 32", "6 MiB: ", "[", "sqs limit 256 KiB"]);
    assert_told("receiver-duration", &["kinesis: 0 ns: ", "slope 1"]);
    assert_told("p99", &["kinesis, senders 1,000: 256 B: ", "no data", "6 MiB: limit"]);
    assert_told(
        "waiting",
        &["sync-invoke: slope 1.000 [0.998, 1.002]", "sqs: slope 0.000 [−0.002"],
    );
    assert_told("open-loop", &["sns, 1,000/s asked: 600/s [594/s, 606/s] arrived (not sustained)"]);
    let sync = "sync-invoke: A's call 9.20 ms · to B 4.20 ms · B works 3.00 ms · from B's end back to A \
                2.00 ms";
    let kinesis = "kinesis: A's call 43.2 ms · to the service's stamp 40.0 ms · to B 540 ms";
    assert_told("stages", &[sync, kinesis]);
    assert_told(
        "published",
        &["Bite-Sized Serverless (2022): p10 62.0 ms, p50 73.0 ms, p90 125 ms"],
    );
    assert_told("published", &["lambdaperf (2018): mean 199 ms", "sns: not in this run"]);
    assert_told(
        "compare",
        &["sync-invoke, 0.25 KiB, 16 senders: ", " % [", "inconclusive", "equivalent"],
    );
    assert_told("cold-start", &["kinesis: warm 162 ms [154 ms, 170 ms], fresh "]);
    let window = "batching window: 5 s: median 4.10 s [3.85 s, 4.35 s], p10 820 ms, p90 7.17 s";
    assert_told("kinesis-tuning", &[window]);
    assert_told("headline", &["sqs, receiver 500 ms: 6.80 ms (4.76 ms to 10.9 ms)"]);
    assert_told("handoff-distribution", &["kinesis (400 messages): p10 "]);
    assert_told("kinesis-handoff", &["Histogram of 400 values", "would put"]);
}

/// What stands in the picture beside the marks (and not at a tick) stands in its text.
#[test]
fn what_is_printed_in_cells_and_columns_is_told() {
    for chart in examples::all() {
        if !["p99-one", "kinesis-tuning", "handoff", "published"].contains(&chart.name.as_str()) {
            continue;
        }
        let printed = chart.light.lines().filter(|line| {
            let number = line.trim_end_matches(" ms").trim_end_matches(" s");
            number != *line && number.contains('.') && number.parse::<f64>().is_ok()
        });
        let printed: Vec<&str> = printed.collect();
        assert!(printed.len() > 4, "{}: {printed:?}", chart.name);
        for figure in printed {
            assert!(chart.alternative_text.contains(figure), "{}: {figure}", chart.name);
        }
    }
}

#[test]
fn every_chart_has_four_files() {
    let charts = examples::all();
    let files = files(&charts[5..6]).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
    let expected =
        ["waiting-light.svg", "waiting-light.png", "waiting-dark.svg", "waiting-dark.png"];
    assert_eq!(names, expected);
    assert!(files[1].1.starts_with(b"\x89PNG") && files[3].1.starts_with(b"\x89PNG"));
    assert_eq!(files[0].1, charts[5].light.as_bytes());
}
