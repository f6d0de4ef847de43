//! A run that is stopped, by anything, goes on where it was and ends with the rows that an
//! undisturbed run would have.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use store::{PartKey, RunDir};
use testkit::{programs, wait};

const SIGKILL: i32 = 9;
const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// A sweep short enough for a test and long enough to be stopped in the middle: 3 rounds of 10
/// cells.
fn words(runs: &Path) -> Vec<String> {
    let runs = runs.display().to_string();
    ["run-sweep", "local", "smoke", "baseline", "--run=stopped", "--seed=3"]
        .into_iter()
        .chain(["--rounds=3", "--messages=6", "--rate=40", "--shard-poll-interval=200ms", "--runs"])
        .map(str::to_owned)
        .chain([runs])
        .collect()
}

fn start(runs: &Path) -> Child {
    let words = words(runs);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    programs::command("lab", &words).spawn().unwrap()
}

fn parts(runs: &Path) -> Vec<PartKey> {
    RunDir::open(&runs.join("stopped")).and_then(|run| run.parts()).unwrap_or_default()
}

/// Sends a signal with the system's `kill`, as a person would.
fn kill(signal: i32, pid: u32) {
    let status =
        Command::new("kill").args([format!("-{signal}"), pid.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Processes below `pid` and their descendants: the experiment, local-cloud, the functions.
fn descendants(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut looked_at = 0;
    while looked_at < found.len() {
        let parent = found[looked_at];
        looked_at += 1;
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(child) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            if parent_of(child) == Some(parent) {
                found.push(child);
            }
        }
    }
    found.split_off(1)
}

/// The parent of a process that runs.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything; state and parent follow it.
    let mut rest = stat.rsplit_once(") ")?.1.split(' ');
    let state = rest.next()?;
    let parent = rest.next()?.parse().ok()?;
    (state != "Z").then_some(parent)
}

/// The rows' identities but for the message ids, which every attempt draws anew.
fn identities(runs: &Path) -> BTreeSet<(u32, u32, u64, bool)> {
    let run = RunDir::open(&runs.join("stopped")).unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    let rows = run.parts().unwrap();
    for key in &rows {
        testkit::invocations::check(&run, key);
    }
    let rows = rows.iter().flat_map(|key| run.read_part(key).unwrap());
    rows.map(|row| (row.cell, row.round, row.seq, row.warmup)).collect()
}

fn expected_identities() -> BTreeSet<(u32, u32, u64, bool)> {
    let mut all = BTreeSet::new();
    for cell in 0..10 {
        for round in 0..3 {
            // Five warm-up messages, then six measured ones.
            all.extend((0..11).map(|seq| (cell, round, seq, seq < 5)));
        }
    }
    all
}

/// Each part's file and when it was written.
fn modified(runs: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut files = BTreeMap::new();
    let mut folders = ["timings", "invocations"].map(|set| runs.join("stopped").join(set)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                files.insert(path, entry.metadata().unwrap().modified().unwrap());
            }
        }
    }
    files
}

#[test]
fn killed_in_the_middle_it_goes_on_and_nothing_outlives_it() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path();
    let mut lab = start(runs);
    wait::until("the third part", || parts(runs).len() >= 3);
    let below = descendants(lab.id());
    assert!(below.len() >= 3, "an experiment, a cloud and functions run: {below:?}");
    kill(SIGKILL, lab.id());
    assert_eq!(lab.wait().unwrap().signal(), Some(SIGKILL));
    wait::until("the end of all its processes", || {
        below.iter().all(|pid| parent_of(*pid).is_none())
    });

    let run = RunDir::open(&runs.join("stopped")).unwrap();
    let finished = run.parts().unwrap();
    for key in &finished {
        testkit::invocations::check(&run, key);
    }
    assert!(finished.len() < 30, "it was stopped in the middle");
    // It may have been stopped between the two files of a part; then the part is made again.
    let files = modified(runs);
    assert!(files.len() <= 2 * finished.len() + 1, "{files:?}");
    let contents = |run: &RunDir, keys: &[PartKey]| -> Vec<_> {
        let of = |key| (run.read_part(key).unwrap(), run.read_invocations(key).unwrap());
        keys.iter().map(of).collect()
    };
    let before = contents(&run, &finished);
    let words = words(runs);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = programs::run("lab", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(identities(runs), expected_identities());
    // Every attempt draws its messages' ids anew, so a part that was made again has others.
    let run = RunDir::open(&runs.join("stopped")).unwrap();
    assert!(contents(&run, &finished) == before, "what was finished was not made again");

    let after = modified(runs);
    let is_compacted = |path: &PathBuf| path.ends_with("compacted.parquet");
    assert!(after.keys().all(is_compacted), "no part has a file of its own: {after:?}");
    assert_eq!(after.len(), 10, "of two data sets and five transports");
    let said = programs::run("lab", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(modified(runs), after, "a finished run has nothing left to do");

    // As if its compaction had been stopped before it had removed the parts.
    let all = run.parts().unwrap();
    let before = contents(&run, &all);
    for (key, (rows, invocations)) in all.iter().zip(&before).step_by(3) {
        run.write_invocations(key, invocations).unwrap();
        run.write_part(key, rows).unwrap();
    }
    assert!(!modified(runs).keys().all(is_compacted));
    let said = programs::run("lab", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(modified(runs).keys().all(is_compacted), "the compaction is completed");
    assert!(contents(&run, &all) == before);
    assert_eq!(identities(runs), expected_identities());
}

#[test]
fn asked_to_stop_it_tears_down_and_says_so_with_its_exit_code() {
    for (signal, code) in [(SIGHUP, 129), (SIGINT, 130), (SIGTERM, 143)] {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path();
        let lab = start(runs);
        wait::until("the first part", || !parts(runs).is_empty());
        let below = descendants(lab.id());
        kill(signal, lab.id());
        let output = lab.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        wait::until("the end of all its processes", || {
            below.iter().all(|pid| parent_of(*pid).is_none())
        });
        let left = std::fs::read_to_string(runs.join("stopped/deployment.json")).unwrap();
        let left: serde_json::Value = serde_json::from_str(&left).unwrap();
        assert_eq!(left["resources"], serde_json::json!([]), "signal {signal}: {stderr}");
    }
}

/// As when a terminal is closed: the system and the shell both tell the whole group of processes.
#[test]
fn a_closed_terminal_stops_it_once_however_often_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path();
    let lab = start(runs);
    wait::until("the first part", || !parts(runs).is_empty());
    let experiments: Vec<u32> =
        descendants(lab.id()).into_iter().filter(|pid| parent_of(*pid) == Some(lab.id())).collect();
    for _ in 0..2 {
        for pid in experiments.iter().chain([&lab.id()]) {
            // The second time it may have ended.
            let _ = Command::new("kill").args(["-1", &pid.to_string()]).status();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = lab.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(129), "{stderr}");
    let left = std::fs::read_to_string(runs.join("stopped/deployment.json")).unwrap();
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["resources"], serde_json::json!([]), "{stderr}");
}

/// `nohup` has it ignored, so that a run goes on without its terminal.
#[test]
fn where_a_closed_terminal_is_to_be_ignored_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path();
    let lab = programs::folder().join("lab");
    let words = words(runs);
    let mut command = Command::new("nohup");
    command.arg(lab).args(&words).current_dir(programs::workspace());
    let mut lab =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait::until("the first part", || !parts(runs).is_empty());
    kill(SIGHUP, lab.id());
    assert_eq!(lab.wait().unwrap().code(), Some(0));
    assert_eq!(identities(runs), expected_identities());
}

#[test]
fn a_run_is_not_continued_with_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path();
    let mut lab = start(runs);
    wait::until("the first part", || !parts(runs).is_empty());
    kill(SIGKILL, lab.id());
    lab.wait().unwrap();
    let before = modified(runs);

    for (change, named) in
        [("--seed=4", "seed"), ("--rounds=2", "round"), ("--shard-poll-interval=1s", "shard_poll")]
    {
        let option = change.split('=').next().unwrap();
        let mut words = words(runs);
        words.retain(|word| !word.starts_with(option));
        words.push(change.to_owned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = programs::run("lab", &words);
        assert_ne!(said.code, Some(0), "{change} was accepted");
        assert!(said.stderr.contains(named), "{change}: {}", said.stderr);
        assert_eq!(modified(runs), before, "{change} left the parts alone");
    }
}
