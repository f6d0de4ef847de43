//! The report of made-up runs: its text, its verdicts on known effects, the same bytes twice, and
//! what it says of files that are not in order.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use report::analysis::{Baseline, DataWarning, RunData, Verdict, findings, warnings};
use report::document::report as render;
use report::{ReportError, write as write_report};
use testkit::synthetic_run::{self, Effects};

fn experiments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments")
}

fn run_with(effects: &Effects) -> RunData {
    let runs = tempfile::tempdir().unwrap();
    RunData::read(&synthetic_run::write(runs.path(), effects).unwrap()).unwrap()
}

fn verdicts(effects: &Effects) -> BTreeMap<&'static str, Verdict> {
    let run = run_with(effects);
    let baseline = Baseline::of(&run).unwrap();
    findings(&baseline).into_iter().map(|finding| (finding.id, finding.verdict())).collect()
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
        missing_parts: 6,
        ..Effects::default()
    };
    let document = render(&run_with(&effects), &experiments()).unwrap();
    insta::assert_snapshot!("troubled", document.text);
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
    assert_eq!(twice[0].len(), 21, "REPORT.md and five charts as SVG and PNG in both themes");
    assert!(twice[0] == twice[1], "the same bytes");
}

#[test]
fn effects_that_hold_are_reproduced() {
    let all = verdicts(&Effects::default());
    assert!(all.values().all(|verdict| *verdict == Verdict::Reproduced), "{all:?}");
}

#[test]
fn effects_that_do_not_hold_are_not_reproduced() {
    let sns_faster =
        Effects { handoff_ns: [130e3, 270e3, 180e3, 2e6, 210e3], ..Effects::default() };
    assert_eq!(verdicts(&sns_faster)["F3"], Verdict::NotReproduced);
    assert_eq!(verdicts(&sns_faster)["F1"], Verdict::Reproduced);

    let sync_slower =
        Effects { handoff_ns: [400e3, 170e3, 260e3, 2e6, 210e3], ..Effects::default() };
    assert_eq!(verdicts(&sync_slower)["F1"], Verdict::NotReproduced);

    let nobody_waits = Effects { waits: [0.0; 5], ..Effects::default() };
    assert_eq!(verdicts(&nobody_waits)["F1"], Verdict::NotReproduced);

    let async_waits = Effects { waits: [1.0, 1.0, 0.0, 0.0, 0.0], ..Effects::default() };
    assert_eq!(verdicts(&async_waits)["F2"], Verdict::NotReproduced);

    let quick_polls = Effects { poll_interval_ns: 100e6, ..Effects::default() };
    assert_eq!(verdicts(&quick_polls)["F4"], Verdict::NotReproduced);
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
