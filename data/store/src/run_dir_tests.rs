//! Runs that are in order, and runs that are not.

use std::fs;
use std::path::PathBuf;

use polars::prelude::{col, len};
use wire::Transport;

use crate::samples::{TempDir, key, manifest, rows, run_id, write_run};
use crate::{FORMAT_VERSION, LimitHit, Manifest, PartKey, Row, RunDir, RunId, StoreError};

const SYNC: Transport = Transport::SyncInvoke;
const ASYNC: Transport = Transport::AsyncInvoke;

fn first_part(run: &RunDir) -> PathBuf {
    run.part_path(&key(SYNC, 0))
}

/// Changes the manifest without the checks of writing one.
fn edit_manifest(run: &RunDir, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = run.manifest_path();
    let mut json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut json);
    fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
}

fn replan(run: &RunDir, edit: impl FnOnce(&mut Manifest)) {
    let mut manifest = run.manifest().unwrap();
    edit(&mut manifest);
    run.write_manifest(&manifest).unwrap();
}

/// The error names the file and what is wrong with it.
fn assert_says(error: &StoreError, path: &std::path::Path, words: &[&str]) {
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()), "names the file: {text}");
    for word in words {
        assert!(text.contains(word), "says {word:?}: {text}");
    }
}

#[test]
fn rows_read_back_as_they_were() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    for key in run.parts().unwrap() {
        assert_eq!(run.read_part(&key).unwrap(), rows(&key));
        assert!(run.has_part(&key).unwrap());
    }
    assert!(!run.has_part(&key(ASYNC, 1)).unwrap());
    assert_eq!(RunDir::open(run.path()).unwrap().run_id(), &run_id());
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let (one, two) = (TempDir::new(), TempDir::new());
    let (one, two) = (write_run(one.path()), write_run(two.path()));
    let bytes = |run: &RunDir| fs::read(first_part(run)).unwrap_or_default();
    assert_eq!(bytes(&one), bytes(&two));
}

#[test]
fn a_check_lists_what_is_missing_and_counts_the_rest() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let checked = run.check().unwrap();
    assert_eq!(checked.missing, [key(ASYNC, 1)]);
    assert_eq!(checked.parts.len(), 3);
    assert_eq!(checked.rows, 12);
}

#[test]
fn a_scan_has_every_column_in_order_and_the_partitions_as_text() {
    let temp = TempDir::new();
    let runs = temp.path().join("transport=kinesis");
    let run = write_run(&runs);
    let mut scan = run.scan().unwrap();
    let schema = scan.collect_schema().unwrap();
    let found: Vec<_> =
        schema.iter().map(|(name, dtype)| (name.to_string(), dtype.clone())).collect();
    let expected: Vec<_> = Row::COLUMNS
        .iter()
        .map(|column| (column.name.to_owned(), column.column_type.data_type()))
        .collect();
    assert_eq!(found, expected);
    let frame = scan.group_by_stable([col("transport")]).agg([len().alias("n")]).collect().unwrap();
    let names: Vec<_> = frame.column("transport").unwrap().str().unwrap().iter().collect();
    assert_eq!(names, [Some("sync-invoke"), Some("async-invoke")]);
}

#[test]
fn a_truncated_part_is_damaged_wherever_it_was_cut() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let path = first_part(&run);
    let whole = fs::read(&path).unwrap();
    for cut in [0, 4, 11, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = run.check().unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{cut}: {error}");
        assert_says(&error, &path, &["damaged", "just run-sweep"]);
    }
}

#[test]
fn any_changed_byte_is_noticed() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let path = first_part(&run);
    let whole = fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(run.read_part(&key(SYNC, 0)).is_err(), "byte {place} changed unnoticed");
    }
}

#[test]
fn a_part_of_a_newer_or_unknown_format_is_refused() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let path = first_part(&run);
    let mut bytes = fs::read(&path).unwrap();
    let name = b"handoff.format_version";
    let place = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
    // Behind the name: the value's field header and length, then its one digit.
    let digit = place + name.len() + 2;
    assert_eq!(bytes[digit..=digit], *FORMAT_VERSION.to_string().as_bytes());
    bytes[digit] = b'9';
    crate::checksum::seal(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let error = run.check().unwrap_err();
    assert!(matches!(&error, StoreError::OtherFormat { found, .. } if found == "9"), "{error}");
    assert_says(&error, &path, &["version 9", &format!("version {FORMAT_VERSION}")]);
}

#[test]
fn a_parquet_file_of_another_program_is_no_part() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let path = first_part(&run);
    let mut frame = polars::prelude::df!("a" => [1_i64]).unwrap();
    let file = fs::File::create(&path).unwrap();
    polars::prelude::ParquetWriter::new(file).finish(&mut frame).unwrap();
    let error = run.check().unwrap_err();
    assert!(matches!(error, StoreError::NotAPart { .. }), "{error}");
    assert_says(&error, &path, &["no part of a run"]);
}

#[test]
fn a_part_of_another_run_is_refused() {
    let (temp, other) = (TempDir::new(), TempDir::new());
    let run = write_run(temp.path());
    let other = RunDir::create(other.path(), &RunId::new("other").unwrap()).unwrap();
    let key = key(SYNC, 0);
    let mut theirs = rows(&key);
    theirs.iter_mut().for_each(|row| row.run_id = "other".into());
    let written = other.write_part(&key, &theirs).unwrap();
    fs::copy(written, first_part(&run)).unwrap();
    let error = run.check().unwrap_err();
    assert!(matches!(error, StoreError::OtherRun { .. }), "{error}");
    assert_says(&error, &first_part(&run), &["run other", "run sample"]);
}

#[test]
fn a_part_under_another_name_is_refused() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let path = run.part_path(&key(ASYNC, 1));
    fs::copy(run.part_path(&key(ASYNC, 0)), &path).unwrap();
    let error = run.check().unwrap_err();
    assert!(matches!(error, StoreError::OtherPart { .. }), "{error}");
    assert_says(&error, &path, &["round 0"]);
}

#[test]
fn a_part_that_the_manifest_does_not_plan_is_refused() {
    let limit = LimitHit { name: "payload_bytes_max".into(), bytes: 1, source: "docs".into() };
    type Edit = Box<dyn Fn(&mut Manifest)>;
    let edits: [(&str, Edit); 4] = [
        ("no experiment baseline", Box::new(|m| m.experiments.clear())),
        (
            "no cell 0",
            Box::new(|m| drop(m.experiments.get_mut("baseline").unwrap().cells.remove(0))),
        ),
        ("1 rounds", Box::new(|m| m.experiments.get_mut("baseline").unwrap().rounds = 1)),
        (
            "over payload_bytes_max",
            Box::new(move |m| {
                m.experiments.get_mut("baseline").unwrap().cells[0].limit = Some(limit.clone());
            }),
        ),
    ];
    for (words, edit) in edits {
        let temp = TempDir::new();
        let run = write_run(temp.path());
        replan(&run, edit);
        let error = run.check().unwrap_err();
        assert!(matches!(error, StoreError::NotInManifest { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn more_or_fewer_rows_than_planned_are_refused() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let part = key(SYNC, 0);
    for (kind, count) in [("measured", 3), ("warm-up", 4)] {
        let start = usize::from(kind == "warm-up");
        run.write_part(&part, &rows(&part)[start..count]).unwrap();
        let error = run.check().unwrap_err();
        assert!(matches!(error, StoreError::RowCount { .. }), "{error}");
        assert_says(&error, &first_part(&run), &[kind, "plans"]);
    }
}

#[test]
fn rows_of_another_cell_are_refused() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    replan(&run, |m| m.experiments.get_mut("baseline").unwrap().cells[0].receiver_ms = 100);
    let error = run.check().unwrap_err();
    assert!(matches!(error, StoreError::RowDoesNotFit { column: "receiver_ms", .. }), "{error}");
    assert_says(&error, &first_part(&run), &["receiver_ms = 0", "expected 100"]);
}

#[test]
fn a_message_has_one_row_within_a_part_and_over_all_parts() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let part = key(ASYNC, 1);
    let mut twice = rows(&part);
    twice[1].message_id = twice[0].message_id.clone();
    let error = run.write_part(&part, &twice).unwrap_err();
    assert_says(&error, &run.part_path(&part), &[&twice[0].message_id]);
    assert!(!run.has_part(&part).unwrap(), "nothing half made");

    let mut again = rows(&part);
    for (row, other) in again.iter_mut().zip(rows(&key(SYNC, 0))) {
        row.message_id = other.message_id;
    }
    run.write_invocations(&part, &[]).unwrap();
    run.write_part(&part, &again).unwrap();
    let error = run.check().unwrap_err();
    assert!(matches!(error, StoreError::DuplicatedMessage { .. }), "{error}");
}

#[test]
fn a_part_without_its_invocations_is_named() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let path = run.invocations_path(&key(SYNC, 1));
    fs::remove_file(&path).unwrap();
    let error = run.check().unwrap_err();
    assert!(matches!(error, StoreError::NoInvocations { .. }), "{error}");
    assert_says(&error, &path, &["is missing"]);
}

#[test]
fn rows_of_another_part_are_not_written() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let part = key(ASYNC, 1);
    let error = run.write_part(&part, &rows(&key(ASYNC, 0))).unwrap_err();
    assert!(matches!(error, StoreError::RowDoesNotFit { column: "round", .. }), "{error}");
    let outside = PartKey { experiment: "../x".into(), ..part };
    let error = run.write_part(&outside, &[]).unwrap_err();
    assert!(matches!(error, StoreError::ExperimentName { .. }), "{error}");
}

#[test]
fn a_file_that_is_no_part_is_named_and_an_unfinished_one_is_passed_over() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let folder = first_part(&run).parent().unwrap().to_owned();
    fs::write(folder.join("part-c0000-r0007.parquet.partial"), "half").unwrap();
    assert_eq!(run.parts().unwrap().len(), 3);
    let stray = folder.join("notes.txt");
    fs::write(&stray, "x").unwrap();
    assert_says(&run.check().unwrap_err(), &stray, &["part-c<cell>-r<round>.parquet"]);
}

#[test]
fn a_manifest_of_a_newer_format_or_with_unknown_keys_is_refused() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    edit_manifest(&run, |json| json["surprise"] = 1.into());
    let error = run.manifest().unwrap_err();
    assert!(matches!(error, StoreError::BadManifest { .. }), "{error}");
    assert_says(&error, &run.manifest_path(), &["surprise"]);
    edit_manifest(&run, |json| json["format_version"] = 9.into());
    let error = run.manifest().unwrap_err();
    assert!(matches!(error, StoreError::OtherFormat { .. }), "{error}");
    assert_says(&error, &run.manifest_path(), &["version 9"]);
    fs::write(run.manifest_path(), "{\"format_version\": 1,").unwrap();
    assert!(matches!(run.manifest(), Err(StoreError::BadManifest { .. })));
}

#[test]
fn a_manifest_reads_back_and_belongs_to_its_run() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    assert_eq!(run.manifest().unwrap(), manifest());
    let other = Manifest { run_id: RunId::new("other").unwrap(), ..manifest() };
    assert!(matches!(run.write_manifest(&other), Err(StoreError::OtherRun { .. })));
    assert_eq!(run.manifest().unwrap(), manifest());
}

#[test]
fn the_newest_run_is_the_one_that_started_last() {
    let temp = TempDir::new();
    let none = RunDir::newest(&temp.path().join("missing")).unwrap_err();
    assert!(none.to_string().contains("just run-sweep"), "{none}");
    for (name, started_at) in [("z", "2026-01-01T00:00:00Z"), ("a", "2026-02-01T00:00:00Z")] {
        let run_id = RunId::new(name).unwrap();
        let run = RunDir::create(temp.path(), &run_id).unwrap();
        run.write_manifest(&Manifest { run_id, started_at: started_at.into(), ..manifest() })
            .unwrap();
    }
    fs::create_dir(temp.path().join("without-manifest")).unwrap();
    assert_eq!(RunDir::newest(temp.path()).unwrap().run_id().as_str(), "a");
    let error = RunDir::open(&temp.path().join("without-manifest")).unwrap_err();
    assert!(matches!(error, StoreError::NoManifest { .. }), "{error}");
}
