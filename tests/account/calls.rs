//! What an account is sent: every control call of a run of the baseline, its operation and its
//! parameters. A change to it is seen in review; `just test-models` holds it against botocore's models
//! of the services.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::{ACCOUNT, Account, sweep};
use crate::step_functions::StepFunctions;

/// Text with `what` in place of every run of characters that follows `after` and that `is` holds for.
fn replace_after(text: &str, after: &str, is: fn(char) -> bool, what: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(after) {
        let (before, found) = rest.split_at(at + after.len());
        let end = found.find(|c| !is(c)).unwrap_or(found.len());
        replaced.push_str(before);
        replaced.push_str(if end == 0 { "" } else { what });
        rest = &found[end..];
    }
    replaced + rest
}

/// Every UUID becomes `00000000-0000-0000-0000-000000000000`.
fn without_uuids(text: &str) -> String {
    let is_uuid = |text: &str| {
        let lengths = text.split('-').map(str::len);
        lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
    };
    let mut clean = text.to_owned();
    for at in 0..clean.len().saturating_sub(35) {
        if clean.get(at..at + 36).is_some_and(is_uuid) {
            clean.replace_range(at..at + 36, "00000000-0000-0000-0000-000000000000");
        }
    }
    clean
}

fn percent_decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A form becomes an object.
fn parameters(body: &Value) -> Value {
    let Some(form) = body.as_str().filter(|form| form.contains('=')) else { return body.clone() };
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: BTreeMap<String, String> =
        pairs.map(|(key, value)| (percent_decoded(key), percent_decoded(value))).collect();
    json!(pairs)
}

/// The calls of a pair are made one after the other, those of its two functions beside each other,
/// and those of pairs beside those of others: in the order of the pairs, then of the functions, each
/// one's order is that in which they were made.
fn place(line: &str, number_of_pairs: usize) -> (usize, u8) {
    let pair = (0..number_of_pairs).find(|number| line.contains(&format!("<random>-{number}-")));
    let side = if line.contains("-sender") {
        0
    } else if line.contains("-receiver") {
        1
    } else {
        2
    };
    (pair.map_or(number_of_pairs, |pair| pair), side)
}

/// A recorded call without what differs from run to run.
pub(crate) fn clean(text: &str, account: &Account) -> String {
    let text = text.replace(ACCOUNT, "000000000000");
    let text = text.replace(account.endpoint.as_str(), "http://localhost:4566");
    let hex = |c: char| c.is_ascii_hexdigit();
    let text = replace_after(&text, "handoff-calls-", hex, "<random>");
    let time = |c: char| c.is_ascii_digit() || "-:TZ".contains(c);
    let text = replace_after(&text, r#""handoff:expires":""#, time, "<expires>");
    let text = replace_after(&text, r#"Tags.member.1.Value":""#, time, "<expires>");
    let of_list = r#""key":"handoff:expires","value":""#;
    let text = replace_after(&text, of_list, time, "<expires>");
    let text = replace_after(&text, "-driver:execution-", |c| c.is_ascii_digit(), "<number>");
    without_uuids(&text)
}

/// The calls of a run and of its teardown, in the order of [`place`] and sorted.
fn recorded(account: &Account, step_functions: &str, more: &[&str]) -> [Vec<String>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let calls = folder.path().join("recorded");
    let record = format!("--record-calls={}", calls.display());
    let words = [&sweep(runs, "calls")[..], &["--yes", &record], more].concat();
    let said = account.run_with(step_functions, &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let said = account.run_with(step_functions, &["teardown", "calls", "--runs", runs, &record]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);

    let recorded = std::fs::read_to_string(&calls).unwrap();
    for header in ["Authorization", crate::account::SECRET, crate::account::KEY] {
        assert!(!recorded.contains(header), "{header} is written down");
    }
    let (mut making, mut deleting) = (Vec::new(), Vec::new());
    for line in recorded.lines() {
        let mut call: Value = serde_json::from_str(line).unwrap();
        call["body"] = parameters(&call["body"]);
        let operation = call["operation"].as_str().unwrap().to_owned();
        // Measuring and collecting: as often as it takes.
        if ["Invoke", "FilterLogEvents"].contains(&operation.as_str()) {
            continue;
        }
        let batch = call["body"]["name"].as_str().and_then(|name| name.split_once('-'));
        let batch =
            batch.filter(|_| operation == "StartExecution").map(|(batch, _)| batch.to_owned());
        let mut text = call.to_string();
        if let Some(batch) = batch {
            text = text.replace(&batch, "<batch>");
        }
        let text = clean(&text, account);
        // Not by its place: which of the resources made beside each other goes first is left open.
        let finds = ["ListEventSourceMappings", "GetQueueUrl", "ListExecutions"];
        let is_deleting = operation.starts_with("Delete") || finds.contains(&operation.as_str());
        if is_deleting {
            deleting.push(text);
        } else if operation != "GetCallerIdentity" || !making.contains(&text) {
            making.push(text);
        }
    }
    making.sort_by_key(|line| place(line, 5));
    // A state may be asked for more than once.
    making.dedup();
    deleting.sort();
    deleting.dedup();
    [making, deleting]
}

#[test]
fn what_an_account_is_sent_is_what_was_reviewed() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let [making, deleting] = recorded(&account, &account.endpoint, &[]);
    insta::assert_snapshot!("making", making.join("\n"));
    insta::assert_snapshot!("deleting", deleting.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_and_a_boundary_add_what_was_reviewed() {
    let account = Account::open(&[]);
    let machine = StepFunctions::open(&account).await;
    let boundary = account.bound().await;
    let endpoint = machine.endpoint.clone();
    let more = ["--axis=transport=sync-invoke", "--driver=step-functions"];
    let [making, deleting] = tokio::task::spawn_blocking(move || {
        let bounded = format!("--permissions-boundary={boundary}");
        recorded(&account, &endpoint, &[&more[..], &[&bounded]].concat())
    })
    .await
    .unwrap();
    let adds = |lines: Vec<String>| {
        let is = |line: &String| line.contains("-driver") || line.contains("PermissionsBoundary");
        let (mut measuring, mut others): (Vec<_>, Vec<_>) = lines
            .into_iter()
            .filter(is)
            .partition(|line| line.contains("Execution\",\"service\":\"SFN"));
        // As often as there are rounds, and as it takes.
        measuring.sort();
        measuring.dedup();
        others.append(&mut measuring);
        others.join("\n")
    };
    insta::assert_snapshot!("making_with_driver", adds(making));
    insta::assert_snapshot!("deleting_with_driver", adds(deleting));
}
