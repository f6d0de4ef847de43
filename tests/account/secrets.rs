//! What must not leave this machine: credentials, an emulator's licence, the account's number, the
//! policy that bounds roles, the address of the endpoint, the machine's name.

use std::path::Path;

use store::{Outcome, RunDir};
use testkit::programs::{self, Said};
use wire::Transport;

use crate::account::{ACCOUNT, Account, KEY, SECRET, TOKEN, command_at, sweep};

/// What a commercial emulator is unlocked with, and the policy that bounds the roles.
const LICENCE: &str = "planted-licence-of-nobody";
const BOUNDARY: &str = "planted-boundary";

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

/// Every row of a run, as text: the files themselves are compressed.
fn rows(run: &RunDir) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut refused = 0;
    for key in run.parts().unwrap() {
        for row in run.read_part(&key).unwrap() {
            // A has no permission, and what it is told names its role, the topic and the account.
            if row.transport == Transport::Sns {
                assert_eq!(row.outcome, Outcome::Rejected, "{row:?}");
                assert!(row.error_code.is_some(), "{row:?}");
                refused += 1;
            }
            found.push((format!("a row of {key:?}"), format!("{row:?}")));
        }
        for invocation in run.read_invocations(&key).unwrap() {
            found.push((format!("an invocation of {key:?}"), format!("{invocation:?}")));
        }
    }
    assert!(refused > 0);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_them_is_in_a_run_a_log_or_a_report() {
    let account = Account::open(&["--shard-poll-interval=100ms", "--enforce-iam"]);
    let but_publish = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}]}"#;
    let boundary = account.policy(BOUNDARY, but_publish).await;
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let runs_word = runs.to_str().unwrap();
    let out = folder.path().join("report");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let endpoint = account.endpoint.clone();
    let run = |words: &[&str]| -> Said {
        let mut command = command_at(&endpoint, words);
        let command = command.env("LOCALSTACK_AUTH_TOKEN", LICENCE);
        tokio::task::block_in_place(|| command.output().unwrap().into())
    };
    let bounded = format!("--permissions-boundary={boundary}");
    let mut said = vec![
        run(&[&sweep(runs_word, "r")[..], &["--yes", "--unproved", &bounded]].concat()),
        run(&["collect", "r", "--runs", runs_word]),
        programs::run("report", &["r", "--runs", runs_word, "--out", out.to_str().unwrap()]),
    ];
    // A teardown with an account that is gone has an error to show.
    drop(account);
    let gone = run(&["teardown", "r", "--runs", runs_word]);
    assert_ne!(gone.code, Some(0), "{gone:?}");
    assert_eq!(said.iter().map(|said| said.code).collect::<Vec<_>>(), [Some(0); 3], "{said:?}");
    said.push(gone);

    let mut all = rows(&RunDir::open(&runs.join("r")).unwrap());
    files(folder.path(), &mut all);
    assert!(all.iter().any(|(name, _)| name.ends_with("REPORT.md")));
    for said in said {
        all.push(("what a program said".to_owned(), said.stdout + &said.stderr));
    }
    let address = endpoint.trim_start_matches("http://").to_owned();
    let mut planted = vec![ACCOUNT, KEY, SECRET, TOKEN, LICENCE, BOUNDARY, address.as_str()];
    // A host's name that is a word of ours would be found everywhere.
    planted.extend(Some(host.trim()).filter(|host| host.len() > 8));
    for (name, text) in &all {
        for secret in &planted {
            assert!(!text.contains(secret), "{secret} is in {name}");
        }
    }
}
