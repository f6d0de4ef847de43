//! What an account is sent: every control call of a run of the baseline, its operation and its
//! parameters. A change to it is seen in review; `just test-models` holds it against botocore's models
//! of the services.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::{ACCOUNT, Account, sweep};

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

#[test]
fn what_an_account_is_sent_is_what_was_reviewed() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let calls = folder.path().join("recorded");
    let record = format!("--record-calls={}", calls.display());
    let said = account.run(&[&sweep(runs, "calls")[..], &["--yes", &record]].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let again = [record.as_str(), "teardown", "calls", "--runs", runs];
    let said = account.run(&[&again[1..], &again[..1]].concat());
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
        let text = call.to_string().replace(ACCOUNT, "000000000000");
        let text = text.replace(account.endpoint.as_str(), "http://localhost:4566");
        let hex = |c: char| c.is_ascii_hexdigit();
        let text = replace_after(&text, "handoff-calls-", hex, "<random>");
        let time = |c: char| c.is_ascii_digit() || "-:TZ".contains(c);
        let text = replace_after(&text, r#""handoff:expires":""#, time, "<expires>");
        let text = replace_after(&text, r#"Tags.member.1.Value":""#, time, "<expires>");
        let text = without_uuids(&text);
        // Not by its place: which of the resources made beside each other goes first is left open.
        let finds = ["ListEventSourceMappings", "GetQueueUrl"];
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
    insta::assert_snapshot!("making", making.join("\n"));
    insta::assert_snapshot!("deleting", deleting.join("\n"));
}
