//! What must not leave this machine: credentials, the account's number, the address of the endpoint,
//! the machine's name.

use std::path::Path;

use crate::account::{ACCOUNT, Account, KEY, SECRET, TOKEN, sweep};

/// Every file below a folder, as text.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

#[test]
fn nothing_of_them_is_in_a_run_a_log_or_a_report() {
    // B can never run beside A, so that every synchronous message is refused with an error's text.
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let runs_word = runs.to_str().unwrap();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut said = Vec::new();
    let words = [&sweep(runs_word, "r")[..], &["--yes"]].concat();
    said.push(account.run(&words));
    said.push(account.run(&["collect", "r", "--runs", runs_word]));
    let out = folder.path().join("report");
    said.push(testkit::programs::run(
        "report",
        &["r", "--runs", runs_word, "--out", out.to_str().unwrap()],
    ));
    // A teardown with an account that is gone has an error to show.
    let endpoint = account.endpoint.clone();
    drop(account);
    let gone = crate::account::command_at(&endpoint, &["teardown", "r", "--runs", runs_word]);
    let gone: testkit::programs::Said = { gone }.output().unwrap().into();
    assert_ne!(gone.code, Some(0), "{gone:?}");
    assert_eq!(said.iter().map(|said| said.code).collect::<Vec<_>>(), [Some(0); 3], "{said:?}");
    said.push(gone);

    let mut all = Vec::new();
    files(folder.path(), &mut all);
    assert!(all.iter().any(|(name, _)| name.ends_with("REPORT.md")));
    for said in said {
        all.push(("what a program said".to_owned(), said.stdout + &said.stderr));
    }
    let address = endpoint.trim_start_matches("http://").to_owned();
    let mut planted = vec![ACCOUNT, KEY, SECRET, TOKEN, address.as_str()];
    // A host's name that is a word of ours would be found everywhere.
    planted.extend(Some(host.trim()).filter(|host| host.len() > 8));
    for (name, text) in &all {
        for secret in &planted {
            assert!(!text.contains(secret), "{secret} is in {name}");
        }
    }
}
