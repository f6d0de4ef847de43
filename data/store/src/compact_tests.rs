//! Compacted runs, and compactions that were stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::{ParquetReader, SerReader as _};
use wire::Transport;

use crate::record::Record as _;
use crate::samples::{TempDir, invocations, key, rows, write_run};
use crate::{
    Checked, FORMAT_VERSION, Invocation, Manifest, Outcome, PartKey, Row, RunDir, StoreError,
    checksum,
};

const SYNC: Transport = Transport::SyncInvoke;
const ASYNC: Transport = Transport::AsyncInvoke;
const PARTS: [(Transport, u32); 4] = [(SYNC, 0), (SYNC, 1), (ASYNC, 0), (ASYNC, 1)];

/// A run that has all of its parts, with invocations in them.
fn whole_run(temp: &TempDir) -> RunDir {
    let run = write_run(temp.path());
    for (transport, round) in PARTS {
        let key = key(transport, round);
        run.write_invocations(&key, &invocations(&key)).unwrap();
        run.write_part(&key, &rows(&key)).unwrap();
    }
    run
}

/// As if the program was started anew.
fn anew(run: &RunDir) -> RunDir {
    RunDir::open(run.path()).unwrap()
}

/// Every file of both data sets with its bytes.
fn files(run: &RunDir) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = [Row::FOLDER, Invocation::FOLDER].map(|set| run.path().join(set)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    found
}

fn names(run: &RunDir) -> Vec<String> {
    let files = files(run);
    files.keys().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn compacted(run: &RunDir, data_set: &str, transport: Transport) -> PathBuf {
    let folder = format!("{data_set}/experiment=baseline/transport={transport}");
    run.path().join(folder).join("compacted.parquet")
}

/// Everything that the store gives of a run.
type Contents = (Checked, Vec<(PartKey, Vec<Row>, Vec<Invocation>)>);

fn contents(run: &RunDir) -> Contents {
    let run = anew(run);
    let parts = run.parts().unwrap().into_iter().map(|key| {
        assert!(run.has_part(&key).unwrap());
        let (rows, invocations) = (run.read_part(&key), run.read_invocations(&key));
        (key, rows.unwrap(), invocations.unwrap())
    });
    let parts = parts.collect();
    (run.check().unwrap(), parts)
}

#[test]
fn a_compacted_run_has_the_same_rows_in_a_file_for_each_data_set_and_transport() {
    let temp = TempDir::new();
    let run = whole_run(&temp);
    let before = contents(&run);
    assert_eq!(before.1.len(), PARTS.len());
    assert_eq!(run.compact("baseline").unwrap(), 2 * PARTS.len());
    assert_eq!(names(&run), ["compacted.parquet"; 4]);
    assert_eq!(contents(&run), before);
    for data_set in [Row::FOLDER, Invocation::FOLDER] {
        let file = fs::File::open(compacted(&run, data_set, SYNC)).unwrap();
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().unwrap();
        assert_eq!(metadata.row_groups.len(), 2, "a row group for each part");
        let last = metadata.key_value_metadata().as_ref().unwrap().last().unwrap();
        assert_eq!(last.key, "handoff.file_crc32");
    }
    let files_before = files(&run);
    assert_eq!(run.compact("baseline").unwrap(), 0, "nothing is left to do");
    assert_eq!(run.compact("another").unwrap(), 0);
    assert_eq!(files(&run), files_before);
}

#[test]
fn the_same_parts_make_the_same_bytes_in_whatever_order_they_came() {
    let (one, two) = (TempDir::new(), TempDir::new());
    let (one, two) = (whole_run(&one), write_run(two.path()));
    one.compact("baseline").unwrap();
    for (transport, round) in PARTS.into_iter().rev() {
        let key = key(transport, round);
        two.write_invocations(&key, &invocations(&key)).unwrap();
        two.write_part(&key, &rows(&key)).unwrap();
        two.compact("baseline").unwrap();
    }
    let bytes = |run: &RunDir| files(run).into_values().collect::<Vec<_>>();
    assert!(bytes(&one) == bytes(&two));
}

/// What a compaction that was stopped leaves: every state between those of the steps.
#[test]
fn a_compaction_that_was_stopped_has_lost_nothing_and_is_completed() {
    type State = (&'static str, fn(&RunDir, &BTreeMap<PathBuf, Vec<u8>>));
    let states: [State; 7] = [
        ("before anything was written", |run, parts| {
            restore(run, parts, |_| true);
            files(run)
                .keys()
                .filter(|it| is_compacted(it))
                .for_each(|it| fs::remove_file(it).unwrap());
        }),
        ("while the file was written", |run, parts| {
            restore(run, parts, |_| true);
            for path in files(run).keys().filter(|it| is_compacted(it)) {
                let bytes = fs::read(path).unwrap();
                let partial = format!("{}.partial", path.display());
                fs::write(partial, &bytes[..bytes.len() / 2]).unwrap();
                fs::remove_file(path).unwrap();
            }
        }),
        ("after the file got its name", |run, parts| restore(run, parts, |_| true)),
        ("while parts were removed", |run, parts| {
            restore(run, parts, |path| path.to_string_lossy().contains("-r0001"));
        }),
        ("while the first part was removed", |run, parts| {
            restore(run, parts, |path| !path.ends_with("part-c0000-r0000.parquet"));
        }),
        ("between the data sets", |run, parts| {
            restore(run, parts, |path| path.starts_with(run.path().join(Row::FOLDER)));
            for transport in [SYNC, ASYNC] {
                fs::remove_file(compacted(run, Row::FOLDER, transport)).unwrap();
            }
        }),
        ("between the data sets, the other way round", |run, parts| {
            restore(run, parts, |path| path.starts_with(run.path().join(Invocation::FOLDER)));
            for transport in [SYNC, ASYNC] {
                fs::remove_file(compacted(run, Invocation::FOLDER, transport)).unwrap();
            }
        }),
    ];
    for (when, make) in states {
        let temp = TempDir::new();
        let run = whole_run(&temp);
        let (before, parts) = (contents(&run), files(&run));
        run.compact("baseline").unwrap();
        let done = files(&run);
        make(&run, &parts);
        assert_eq!(contents(&run), before, "stopped {when}");
        anew(&run).compact("baseline").unwrap();
        assert_eq!(contents(&run), before, "stopped {when} and completed");
        assert!(files(&run) == done, "stopped {when}: {:?}", names(&run));
    }
}

fn is_compacted(path: &Path) -> bool {
    path.ends_with("compacted.parquet")
}

/// Puts parts back that were removed.
fn restore(run: &RunDir, parts: &BTreeMap<PathBuf, Vec<u8>>, wanted: impl Fn(&Path) -> bool) {
    for (path, bytes) in parts.iter().filter(|(path, _)| wanted(path)) {
        assert!(path.starts_with(run.path()));
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_part_with_a_file_of_its_own_is_read_from_that_and_taken_over() {
    let temp = TempDir::new();
    let run = whole_run(&temp);
    run.compact("baseline").unwrap();
    let key = key(SYNC, 1);
    let mut corrected = run.read_part(&key).unwrap();
    corrected[0].deliveries = 2;
    corrected[0].outcome = Outcome::Duplicated;
    run.write_part(&key, &corrected).unwrap();
    assert_eq!(run.read_part(&key).unwrap(), corrected);
    assert_eq!(anew(&run).check().unwrap().rows, 16);
    let mut seen = Vec::new();
    let see = |_: &str, _: &crate::CellPlan, parts: Vec<Vec<Outcome>>| seen.extend(parts);
    let outcomes =
        |part: crate::PartColumns| (0..part.rows).map(|row| *part.outcome.get(row)).collect();
    run.check_each_cell(outcomes, see).unwrap();
    assert_eq!(seen[1][0], Outcome::Duplicated, "cell 0, round 1");
    assert_eq!(run.compact("baseline").unwrap(), 1);
    assert_eq!(run.read_part(&key).unwrap(), corrected, "also by who had read the file before");
    assert_eq!(names(&run), ["compacted.parquet"; 4]);
}

#[test]
fn a_part_without_rows_is_a_part() {
    let temp = TempDir::new();
    let run = write_run(temp.path());
    let (empty, full) = (key(ASYNC, 0), key(ASYNC, 1));
    for key in [&empty, &full] {
        run.write_invocations(key, &[]).unwrap();
        run.write_part(key, &[]).unwrap();
    }
    run.write_part(&full, &rows(&full)).unwrap();
    run.compact("baseline").unwrap();
    assert_eq!(run.read_part(&empty).unwrap(), []);
    assert_eq!(run.read_part(&full).unwrap(), rows(&full));
    assert_eq!(run.read_invocations(&full).unwrap(), []);
    assert_eq!(run.parts().unwrap().len(), 4);
}

#[test]
fn any_changed_byte_of_a_compacted_file_is_noticed_and_no_part_is_deleted() {
    for data_set in [Row::FOLDER, Invocation::FOLDER] {
        let temp = TempDir::new();
        let run = whole_run(&temp);
        let parts = files(&run);
        run.compact("baseline").unwrap();
        let path = compacted(&run, data_set, SYNC);
        let whole = fs::read(&path).unwrap();
        let places = (0..whole.len()).step_by(997).chain(whole.len() - 16..whole.len());
        for place in places {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let error = anew(&run).check().unwrap_err().to_string();
            assert!(error.contains(&path.display().to_string()), "byte {place}: {error}");
        }
        for cut in [0, 4, 11, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            let error = anew(&run).check().unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{cut}: {error}");
            assert!(error.to_string().contains("just run-sweep"), "{error}");
        }
        // Some of its parts still have, or again have, files of their own: they stay.
        restore(&run, &parts, |path| path.to_string_lossy().contains("-r0001"));
        let error = anew(&run).compact("baseline").unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        let left = files(&run);
        let kept = |path: &PathBuf| path.starts_with(run.path().join(data_set));
        let is_part = |path: &&PathBuf| path.ends_with("part-c0000-r0001.parquet") && kept(path);
        assert_eq!(left.keys().filter(is_part).count(), 1, "{:?}", names(&run));
        assert!(!names(&run).iter().any(|name| name.ends_with(".partial")));
        // Nor is it taken for a run that has nothing.
        assert!(data_set != Row::FOLDER || anew(&run).has_part(&key(SYNC, 0)).is_err());
        assert!(data_set != Row::FOLDER || anew(&run).parts().is_err());
    }
}

#[test]
fn a_damaged_part_is_not_compacted() {
    let temp = TempDir::new();
    let run = whole_run(&temp);
    let path = run.part_path(&key(SYNC, 1));
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = run.compact("baseline").unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    assert!(run.part_path(&key(SYNC, 0)).is_file());
    let left = names(&run);
    assert!(!left.iter().any(|name| name.ends_with(".partial")), "{left:?}");
}

/// Replaces bytes of a compacted file's footer, and seals it again.
fn forge(path: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let mut bytes = fs::read(path).unwrap();
    let place = bytes.windows(from.len()).rposition(|window| window == from.as_bytes()).unwrap();
    bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
    checksum::seal(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_list_of_parts_that_disagrees_with_the_row_groups_is_an_error() {
    let wrong = [
        (r#""round":1,"rows":4"#, r#""round":1,"rows":3"#, "3 rows of cell 0, round 1"),
        (r#""round":1,"rows":4"#, r#""round":1,"rows":0"#, "1 row groups more"),
        (r#""round":1,"rows":4"#, r#""round":0,"rows":4"#, "out of order"),
        (r#""round":1,"rows":4"#, r#""sound":1,"rows":4"#, "cannot be read"),
    ];
    for (from, to, words) in wrong {
        let temp = TempDir::new();
        let run = whole_run(&temp);
        run.compact("baseline").unwrap();
        let path = compacted(&run, Row::FOLDER, SYNC);
        forge(&path, from, to);
        let error = anew(&run).check().unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains("compacted.parquet"), "{text}");
    }
}

#[test]
fn a_compacted_file_of_another_run_place_or_format_is_refused() {
    let temp = TempDir::new();
    let run = whole_run(&temp);
    run.compact("baseline").unwrap();
    let (sync, other) = (compacted(&run, Row::FOLDER, SYNC), compacted(&run, Row::FOLDER, ASYNC));
    let whole = fs::read(&sync).unwrap();
    let refused = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).unwrap();
        let error = anew(&run).check().unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        error
    };
    let error = refused(&other, &whole);
    assert!(matches!(error, StoreError::OtherPart { .. }), "{error}");
    let error = refused(&sync, &fs::read(compacted(&run, Invocation::FOLDER, SYNC)).unwrap());
    assert!(matches!(error, StoreError::OtherPart { .. }), "{error}");
    fs::write(&sync, &whole).unwrap();
    forge(&sync, "sample", "simple");
    let error = refused(&sync, &fs::read(&sync).unwrap());
    assert!(matches!(error, StoreError::OtherRun { .. }), "{error}");
    let mut frame = polars::prelude::df!("a" => [1_i64]).unwrap();
    polars::prelude::ParquetWriter::new(fs::File::create(&sync).unwrap())
        .finish(&mut frame)
        .unwrap();
    let error = refused(&sync, &fs::read(&sync).unwrap());
    assert!(matches!(error, StoreError::NotAPart { .. }), "{error}");
    for (version, words) in [(2, "measure again"), (9, "use the version of the program")] {
        let mut bytes = whole.clone();
        let name = b"handoff.format_version";
        let place = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
        let digit = place + name.len() + 2;
        assert_eq!(bytes[digit..=digit], *FORMAT_VERSION.to_string().as_bytes());
        bytes[digit] = b'0' + version;
        checksum::seal(&mut bytes);
        let error = refused(&sync, &bytes);
        assert!(matches!(error, StoreError::OtherFormat { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn the_plan_and_the_messages_are_checked_as_in_parts() {
    type Edit = fn(&mut Manifest);
    let edits: [(Edit, &str); 5] = [
        (|m| m.experiments.clear(), "no experiment baseline"),
        (|m| m.experiments.get_mut("baseline").unwrap().rounds = 1, "1 rounds"),
        (|m| m.experiments.get_mut("baseline").unwrap().cells[0].messages = 7, "plans 7"),
        (|m| m.experiments.get_mut("baseline").unwrap().cells[0].warmup = 0, "plans 0"),
        (|m| m.experiments.get_mut("baseline").unwrap().cells[0].receiver_ms = 9, "expected 9"),
    ];
    for (edit, words) in edits {
        let temp = TempDir::new();
        let run = whole_run(&temp);
        run.compact("baseline").unwrap();
        let mut manifest = run.manifest().unwrap();
        edit(&mut manifest);
        run.write_manifest(&manifest).unwrap();
        let error = anew(&run).check().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let temp = TempDir::new();
    let run = whole_run(&temp);
    let (first, second) = (key(SYNC, 0), key(SYNC, 1));
    let mut again = rows(&second);
    for (row, other) in again.iter_mut().zip(rows(&first)) {
        row.message_id = other.message_id;
    }
    run.write_part(&second, &again).unwrap();
    run.compact("baseline").unwrap();
    let error = anew(&run).check().unwrap_err();
    assert!(matches!(error, StoreError::DuplicatedMessage { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("round 1") && text.contains("round 0"), "{text}");
}

#[test]
fn a_compacted_run_without_its_invocations_is_named() {
    let temp = TempDir::new();
    let run = whole_run(&temp);
    run.compact("baseline").unwrap();
    fs::remove_file(compacted(&run, Invocation::FOLDER, SYNC)).unwrap();
    let error = anew(&run).check().unwrap_err();
    assert!(matches!(error, StoreError::NoInvocations { .. }), "{error}");
    assert!(error.to_string().contains("compacted.parquet"), "{error}");
}
