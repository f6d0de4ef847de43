//! The report of made-up runs: its text, its verdicts on known effects, the same bytes twice, and
//! what it says of files that are not in order.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use report::analysis::{DataWarning, Experiment, Margin, RunData, Verdict, conclude, warnings};
use report::document::ReportDocument;
use report::{ReportError, reference, write as write_report};
use testkit::synthetic_run::{self, Effects};

fn experiments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments")
}

fn run_with(effects: &Effects) -> RunData {
    let runs = tempfile::tempdir().unwrap();
    RunData::read(&synthetic_run::write(runs.path(), effects).unwrap()).unwrap()
}

fn render(run: &RunData, notebooks: &Path) -> Result<ReportDocument, ReportError> {
    report::document::report(run, notebooks, &reference::prices().unwrap(), Margin::default())
}

/// The verdicts on the post's findings and on the hypotheses of every experiment.
fn verdicts(effects: &Effects) -> BTreeMap<&'static str, Verdict> {
    let run = run_with(effects);
    let experiments = Experiment::all(&run);
    let found = conclude(&run, &experiments, &reference::prices().unwrap(), Margin::default());
    let own = found.hypotheses.values().flatten();
    found.findings.iter().chain(own).map(|finding| (finding.id, finding.verdict())).collect()
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

#[test]
fn the_text_of_a_run_in_order() {
    let document = render(&run_with(&Effects::default()), &experiments()).unwrap();
    insta::assert_snapshot!("in_order", document.text);
}

#[test]
fn the_text_of_a_run_with_everything_wrong() {
    let effects = Effects {
        run_id: "troubled".into(),
        seed: 2,
        rounds: 5,
        lost_every: 50,
        duplicated_every: 33,
        rejected_every: 41,
        negative_every: 70,
        failed_every: 59,
        damaged_every: 300,
        cold_every: 8,
        unreported_every: 45,
        clean: false,
        missing_parts: 6,
        ..Effects::default()
    };
    let document = render(&run_with(&effects), &experiments()).unwrap();
    insta::assert_snapshot!("troubled", document.text);
}

/// Also leaves the report as files, for who wants to look at it.
#[test]
fn the_text_of_a_run_of_every_experiment() {
    let run = run_with(&Effects { run_id: "everything".into(), ..Effects::everything() });
    let document = render(&run, &experiments()).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    write_report(&document, &out).unwrap();
    let named = |chart: &report::charts::Chart| document.text.contains(&chart.name);
    assert!(document.charts.iter().all(named), "no picture that the text does not show");
    insta::assert_snapshot!("everything", document.text);
}

#[test]
fn every_figure_and_table_can_be_asked_for() {
    let notebooks = tempfile::tempdir().unwrap();
    testkit::notebooks::write(notebooks.path()).unwrap();
    // Enough messages for the heat map's p99.
    let run = run_with(&Effects { rounds: 4, messages: 100, ..Effects::everything() });
    let document = render(&run, notebooks.path()).unwrap();
    assert_eq!(document.charts.len(), 18, "sixteen of the notebooks, headline and published");
    assert!(!document.text.contains("no cells for this figure"), "{}", document.text);
}

#[test]
fn the_same_data_make_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("latest");
    let mut twice = Vec::new();
    for _ in 0..2 {
        // Written, read and rendered anew, over the report that is there.
        let document = render(&run_with(&Effects::default()), &experiments()).unwrap();
        assert_eq!(write_report(&document, &out).unwrap(), out.join("REPORT.md"));
        twice.push(files(folder.path()));
    }
    assert_eq!(
        twice[0].len(),
        34,
        "REPORT.md, claims.csv, and eight charts as SVG and PNG in both themes"
    );
    assert!(twice[0] == twice[1], "the same bytes");
}

#[test]
fn effects_that_hold_are_found() {
    let all = verdicts(&Effects::default());
    assert!(all.values().all(|verdict| *verdict == Verdict::Holds), "{all:?}");
}

#[test]
fn effects_that_do_not_hold_are_refuted() {
    let sns_faster =
        Effects { handoff_ns: [130e3, 270e3, 180e3, 2e6, 210e3], ..Effects::default() };
    assert_eq!(verdicts(&sns_faster)["F3"], Verdict::Fails);
    assert_eq!(verdicts(&sns_faster)["F1"], Verdict::Holds);

    let sync_slower =
        Effects { handoff_ns: [400e3, 170e3, 260e3, 2e6, 210e3], ..Effects::default() };
    assert_eq!(verdicts(&sync_slower)["F1"], Verdict::Fails);

    let nobody_waits = Effects { waits: [0.0; 5], ..Effects::default() };
    assert_eq!(verdicts(&nobody_waits)["F1"], Verdict::Fails);

    let async_waits = Effects { waits: [1.0, 1.0, 0.0, 0.0, 0.0], ..Effects::default() };
    assert_eq!(verdicts(&async_waits)["F2"], Verdict::Fails);

    let quick_polls = Effects { poll_interval_ns: 100e6, ..Effects::default() };
    assert_eq!(verdicts(&quick_polls)["F4"], Verdict::Fails);
}

#[test]
fn a_hypothesis_is_refuted_when_its_effect_is_taken_away() {
    use Verdict::{Fails, Holds};
    let of = |experiment, change: &dyn Fn(&mut Effects)| {
        let mut effects = Effects { messages: 20, rounds: 8, ..Effects::only(experiment) };
        change(&mut effects);
        verdicts(&effects)
    };
    let expect = |found: &BTreeMap<&str, Verdict>, ids: &[&str], verdict| {
        for id in ids {
            assert_eq!(found[id], verdict, "{id} of {found:?}");
        }
    };

    let receiver = "receiver-duration";
    expect(&of(receiver, &|_| ()), &["R1", "R2", "R3", "R4"], Holds);
    let nobody_waits_but_sns = |effects: &mut Effects| {
        effects.waits = [0.5, 0.0, 0.3, 0.0, 0.0];
        effects.waits_behind = 0.0;
    };
    expect(&of(receiver, &nobody_waits_but_sns), &["R1", "R2", "R3"], Fails);

    let payload = "payload-size";
    expect(&of(payload, &|e| e.ns_per_kib = [3e3; 5]), &["S1", "S2", "S3"], Holds);
    let every_byte_counts = |effects: &mut Effects| {
        effects.ns_per_kib = [400e3; 5];
        effects.limits_enforced = false;
    };
    expect(&of(payload, &every_byte_counts), &["S1", "S3"], Fails);
    expect(&of(payload, &|e| e.ns_per_kib = [1.0; 5]), &["S2"], Fails);

    let concurrency = "concurrency";
    let roomy = of(concurrency, &|e| e.saturation_per_s = [20e3; 5]);
    expect(&roomy, &["C1"], Holds);
    // At the highest rate nothing waits.
    expect(&roomy, &["C2"], Fails);
    let narrow = of(concurrency, &|e| e.saturation_per_s = [100.0; 5]);
    expect(&narrow, &["C1"], Fails);
    expect(&narrow, &["C2", "C3"], Holds);
    // Who refuses what is too much keeps its responses short.
    let refusing = of(concurrency, &|e| {
        e.saturation_per_s = [20e3; 5];
        e.rejected_every = 3;
    });
    expect(&refusing, &["C2"], Fails);

    let cold = "cold-start";
    expect(&of(cold, &|e| e.poll_interval_ns = 1e3), &["D1", "D2"], Holds);
    let no_start = |effects: &mut Effects| {
        effects.receiver_start_ns = 1.0;
        effects.sender_start_ns = 1.0;
    };
    expect(&of(cold, &no_start), &["D1", "D2"], Fails);

    let kinesis = "kinesis-tuning";
    expect(&of(kinesis, &|e| e.rounds = 10), &["K1", "K3", "K4"], Holds);
    let nothing_helps = |effects: &mut Effects| {
        effects.rounds = 10;
        effects.fan_out_pushes = false;
        effects.waits_behind = 0.0;
        // Waits for a poll spread so far that only many of them show that there is no difference.
        (effects.messages, effects.rounds) = (80, 10);
    };
    expect(&of(kinesis, &nothing_helps), &["K1", "K4"], Fails);
}

#[test]
fn a_run_of_one_round_one_transport_or_some_experiments_is_rendered() {
    let one_round = Effects { rounds: 1, messages: 4, ..Effects::everything() };
    let one_transport =
        Effects { transports: vec![wire::Transport::Sqs], rounds: 2, ..Effects::everything() };
    let unfinished = Effects { missing_parts: 250, rounds: 2, ..Effects::everything() };
    let one_experiment = Effects { rounds: 2, ..Effects::only("payload-size") };
    for effects in [one_round, one_transport, unfinished, one_experiment] {
        let text = render(&run_with(&effects), &experiments()).unwrap().text;
        assert!(!text.contains("NaN") && !text.contains("inf "), "{}", effects.rounds);
        assert!(text.contains("## The answer") && text.contains("## Scorecard"));
    }
}

#[test]
fn no_effect_and_a_single_round_leave_a_finding_undecided() {
    let alike = Effects { handoff_ns: [130e3, 200e3, 200e3, 2e6, 210e3], ..Effects::default() };
    assert_eq!(verdicts(&alike)["F3"], Verdict::Undecided);
    let one_round = Effects { rounds: 1, ..Effects::default() };
    assert!(verdicts(&one_round).values().all(|verdict| *verdict == Verdict::Undecided));
}

#[test]
fn the_banner_stands_on_every_run_that_is_not_aws() {
    let text = |backend: &str| {
        let effects = Effects { backend: backend.into(), ..Effects::default() };
        render(&run_with(&effects), &experiments()).unwrap().text
    };
    assert!(text("local").contains("measures this machine and these mechanisms, not AWS"));
    assert!(text("container").contains("**Not AWS.**"));
    assert!(!text("aws").contains("Not AWS"));
}

#[test]
fn a_run_in_order_has_no_warning_and_an_unfinished_one_says_so() {
    assert_eq!(warnings(&run_with(&Effects::default())), []);
    let unfinished = run_with(&Effects { missing_parts: 3, ..Effects::default() });
    let first = warnings(&unfinished).into_iter().next();
    assert!(
        matches!(first, Some(DataWarning::MissingParts { missing: 3, planned: 100, .. })),
        "{first:?}"
    );
}

/// Receivers once read `.47` s and `.047` s both as 47 ms.
#[test]
fn stamps_that_were_misread_are_told_with_an_example_and_what_to_do() {
    let run = run_with(&Effects { stamps_misread: true, ..Effects::default() });
    let text = render(&run, &experiments()).unwrap().text;
    let quality = text.split("## Data quality").nth(1).unwrap();
    let quality = quality.split("\n## ").next().unwrap();
    let line = quality.lines().find(|line| line.contains("service-after-put")).unwrap();
    for words in ["baseline: ", " of 4500 rows of timings", "kinesis", "round ", "service_at_ns = "]
    {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert!(line.contains("do not use the figures"), "{line}");
    assert!(
        quality.lines().filter(|line| line.contains("break the rule")).count() == 1,
        "{quality}"
    );
}

#[test]
fn a_compacted_run_makes_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let run = synthetic_run::write(folder.path(), &Effects::default()).unwrap();
    let text = || render(&RunData::read(&run).unwrap(), &experiments()).unwrap().text;
    let of_parts = text();
    assert!(run.compact("baseline").unwrap() > 0);
    assert!(text() == of_parts, "the same text");
}

#[test]
fn a_damaged_part_makes_no_report() {
    let runs = tempfile::tempdir().unwrap();
    let run = synthetic_run::write(runs.path(), &Effects::default()).unwrap();
    let part = run.path().join(run.parts().unwrap()[7].relative_path());
    let bytes = fs::read(&part).unwrap();
    fs::write(&part, &bytes[..bytes.len() / 2]).unwrap();
    let error = RunData::read(&run).unwrap_err().to_string();
    assert!(error.contains(&part.display().to_string()) && error.contains("damaged"), "{error}");
}

#[test]
fn a_folder_that_is_no_report_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("precious");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("thesis.txt"), "years of work").unwrap();
    let document = render(&run_with(&Effects::default()), &experiments()).unwrap();
    let error = write_report(&document, &out).unwrap_err();
    assert!(matches!(error, ReportError::NotAReport { .. }), "{error}");
    assert!(error.to_string().contains("--out"), "{error}");
    assert_eq!(files(folder.path()).len(), 1, "nothing half made");
}

#[test]
fn a_notebook_that_is_missing_or_asks_for_what_there_is_not_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_with(&Effects::default());
    let missing = render(&run, folder.path()).unwrap_err().to_string();
    assert!(missing.contains("NOTEBOOK.md") && missing.contains("--notebooks"), "{missing}");
    fs::create_dir(folder.path().join("baseline")).unwrap();
    let notebook = folder.path().join("baseline/NOTEBOOK.md");
    fs::write(&notebook, "# B\n<!-- figure: unicorn -->\n").unwrap();
    let unknown = render(&run, folder.path()).unwrap_err().to_string();
    for word in ["figure: unicorn", "line 2", "figure: handoff"] {
        assert!(unknown.contains(word), "{unknown}");
    }
}

/// What each warning is about comes about, and that warning is there; without it, it is not.
#[test]
fn each_trouble_has_its_warning() {
    type Is = fn(&DataWarning) -> bool;
    let order = || Effects::default();
    let slow =
        |queues_behind_put| Effects { saturation_per_s: [10.0; 5], queues_behind_put, ..order() };
    let cases: [(&str, Effects, Is); 18] = [
        (
            "stamps that were misread",
            Effects { stamps_misread: true, ..order() },
            |w| matches!(w, DataWarning::InvalidValues(found) if found.rule.id == "service-after-put"),
        ),
        ("a clock that was set", Effects { clock_set: true, ..order() }, |w| {
            matches!(w, DataWarning::ClockMoved { .. })
        }),
        ("rounds that drift", Effects { drift: 0.1, ..order() }, |w| {
            matches!(w, DataWarning::NotSteady { .. })
        }),
        (
            "an injected delay",
            Effects { settings: vec![("inject_delivery_delay", "fixed:1ms")], ..order() },
            |w| matches!(w, DataWarning::DelayInjected { .. }),
        ),
        ("negative handoffs", Effects { negative_every: 7, ..order() }, |w| {
            matches!(w, DataWarning::NegativeHandoffs(_))
        }),
        ("damaged payloads", Effects { damaged_every: 9, ..order() }, |w| {
            matches!(w, DataWarning::PayloadErrors(_))
        }),
        ("losses", Effects { lost_every: 11, ..order() }, |w| matches!(w, DataWarning::Lost(_))),
        ("duplicates", Effects { duplicated_every: 11, ..order() }, |w| {
            matches!(w, DataWarning::Duplicated(_))
        }),
        ("refusals", Effects { rejected_every: 11, ..order() }, |w| {
            matches!(w, DataWarning::Rejected { .. } | DataWarning::Throttled { .. })
        }),
        ("failures of B", Effects { failed_every: 11, ..order() }, |w| {
            matches!(w, DataWarning::Failed { .. })
        }),
        ("cold starts", Effects { cold_every: 5, ..order() }, |w| {
            matches!(w, DataWarning::ManyColdStarts(_))
        }),
        ("missing REPORT lines", Effects { unreported_every: 5, ..order() }, |w| {
            matches!(w, DataWarning::ReportsMissing { .. })
        }),
        ("messages that pile up", slow(true), |w| matches!(w, DataWarning::PiledUp { .. })),
        ("puts that pile up", slow(false), |w| matches!(w, DataWarning::RateNotAchieved { .. })),
        ("a late sender", Effects { late_ns: 40e6, ..order() }, |w| {
            matches!(w, DataWarning::SenderLate { .. })
        }),
        ("few rounds", Effects { rounds: 2, ..order() }, |w| {
            matches!(w, DataWarning::FewRounds { .. })
        }),
        ("missing parts", Effects { missing_parts: 3, ..order() }, |w| {
            matches!(w, DataWarning::MissingParts { .. })
        }),
        ("uncommitted source", Effects { clean: false, ..order() }, |w| {
            matches!(w, DataWarning::SourceNotCommitted)
        }),
    ];
    let in_order = warnings(&run_with(&order()));
    for (what, effects, is) in cases {
        let found = warnings(&run_with(&effects));
        assert!(found.iter().any(is), "{what}: {found:?}");
        assert!(!in_order.iter().any(is), "{what}, without it: {in_order:?}");
    }
}
