//! What an account is sent: every control call of a run of the baseline, its operation and its
//! parameters. A change to it is seen in review; `just test-models` holds it against botocore's models
//! of the services.

use std::collections::{BTreeMap, BTreeSet};

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

/// A call as it was recorded.
struct Call {
    operation: String,
    body: Value,
    /// Without what differs from run to run.
    text: String,
    /// The mapping that it is about, where it names one.
    mapping: Option<String>,
}

impl Call {
    fn parse(line: &str, account: &Account) -> Self {
        let mut call: Value = serde_json::from_str(line).unwrap();
        call["body"] = parameters(&call["body"]);
        let operation = call["operation"].as_str().unwrap().to_owned();
        let mapping = call["uri"].as_str().unwrap().strip_prefix(MAPPINGS);
        let mapping = mapping.filter(|id| !id.is_empty()).map(str::to_owned);
        let batch = call["body"]["name"].as_str().and_then(|name| name.split_once('-'));
        let batch =
            batch.filter(|_| operation == "StartExecution").map(|(batch, _)| batch.to_owned());
        let mut text = call.to_string();
        if let Some(batch) = batch {
            text = text.replace(&batch, "<batch>");
        }
        let text = clean(&text, account);
        Self { operation, body: call["body"].take(), text, mapping }
    }

    /// Measuring and collecting: as often as it takes.
    fn is_of_measuring(&self) -> bool {
        ["Invoke", "FilterLogEvents"].contains(&self.operation.as_str())
    }

    fn deletes(&self) -> bool {
        let finds = ["ListEventSourceMappings", "GetQueueUrl", "ListExecutions"];
        self.operation.starts_with("Delete") || finds.contains(&self.operation.as_str())
    }

    fn is_of_a_role(&self) -> bool {
        self.operation.contains("Role")
    }

    fn asks_who_it_is(&self) -> bool {
        self.operation == "GetCallerIdentity"
    }

    /// The number of the pair that it names.
    fn pair(&self) -> Option<usize> {
        let after = self.text.split("handoff-calls-<random>-").skip(1);
        after.flat_map(|rest| rest.split('-').next()).find_map(|number| number.parse().ok())
    }

    /// A's and B's functions, and their roles, are made beside each other; all else of a pair after
    /// them, a call at a time.
    fn side(&self) -> Side {
        let of_a_side = ["LogGroup", "RetentionPolicy", "Function", "FunctionConfiguration"];
        let is_of_a_side = |verb: &str| {
            let what = self.operation.strip_prefix(verb);
            what.is_some_and(|what| of_a_side.contains(&what) || what.starts_with("Role"))
        };
        if !["Create", "Put", "Get", "Delete"].into_iter().any(is_of_a_side) {
            return Side::Neither;
        }
        // A role's policy names functions of both sides.
        let role = self.body["RoleName"].as_str().unwrap_or(&self.text);
        match (role.contains("-sender"), role.contains("-receiver")) {
            (true, _) => Side::Sender,
            (false, true) => Side::Receiver,
            (false, false) => Side::Neither,
        }
    }
}

/// Before the id of a mapping in a path.
const MAPPINGS: &str = "/2015-03-31/event-source-mappings/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Sender,
    Receiver,
    Neither,
}

/// Sees that what is sorted by this was in this order: of each pair, and of the roles and all pairs.
/// What lies beside each other is sorted, so that a snapshot is the same again; this is not.
fn assert_order<'a>(calls: impl Iterator<Item = (Option<usize>, u8, &'a Call)>) {
    let mut last: BTreeMap<Option<usize>, (u8, &str)> = BTreeMap::new();
    for (pair, class, call) in calls {
        let (before, text) = last.insert(pair, (class, &call.text)).unwrap_or((0, ""));
        assert!(before <= class, "{text}\nis followed by\n{}", call.text);
    }
}

/// A run's calls in the order in which they were made, as far as that is a promise: the roles, then
/// the pairs by their number, which are made beside each other, and in each the functions of A, those
/// of B, and the rest.
fn in_order_of_making(calls: Vec<Call>, pair_of: &BTreeMap<String, usize>) -> Vec<String> {
    let pair_of_call = |call: &Call| call.mapping.as_ref().map(|id| pair_of[id]).or(call.pair());
    // Functions before what is between them, and every role before every pair.
    assert_order(calls.iter().filter_map(|call| {
        Some((Some(pair_of_call(call)?), u8::from(call.side() == Side::Neither), call))
    }));
    assert_order(calls.iter().filter_map(|call| {
        let pair = pair_of_call(call);
        (pair.is_some() || call.is_of_a_role()).then_some((None, u8::from(pair.is_some()), call))
    }));
    let mut placed: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let pair = pair_of_call(&call);
            (pair, !call.asks_who_it_is(), call.side(), call.text)
        })
        .collect();
    placed.sort_by_key(|(pair, after_identity, side, _)| (*pair, *after_identity, *side));
    let mut texts: Vec<String> = placed.into_iter().map(|(.., text)| text).collect();
    // A state may be asked for more than once.
    texts.dedup();
    texts
}

/// The same of deleting, which is one call after the other, what was made last first: in each pair
/// the services between A and B, then the functions; after all pairs the roles. Gives the pair of
/// each mapping, too, which is asked for by its function and deleted by its id.
fn in_order_of_deleting(calls: Vec<Call>) -> (Vec<String>, BTreeMap<String, usize>) {
    // What is between functions before them, and every pair before every role.
    assert_order(calls.iter().filter_map(|call| {
        Some((Some(call.pair()?), u8::from(call.side() != Side::Neither), call))
    }));
    assert_order(calls.iter().filter_map(|call| {
        let is_of_a_role = call.is_of_a_role();
        (is_of_a_role || call.pair().is_some()).then_some((None, u8::from(is_of_a_role), call))
    }));
    let mut pair_of = BTreeMap::new();
    let mut placed: Vec<(usize, u8, String)> = Vec::new();
    let mut asked = Vec::new();
    for call in calls {
        if call.asks_who_it_is() {
            asked.push(call);
            continue;
        }
        // What was made last goes first.
        let rank = match call.side() {
            Side::Neither => 0,
            Side::Sender => 1,
            Side::Receiver => 2,
        };
        let of_machine = ["ListExecutions", "DeleteStateMachine"];
        let place = match call.pair() {
            Some(pair) => (pair, rank),
            None if call.mapping.is_some() => {
                let (pair, rank, _) = placed.last().unwrap();
                (*pair, *rank)
            }
            // What may invoke the senders goes before all else, the roles after it.
            None if of_machine.contains(&call.operation.as_str()) => (0, 0),
            None => (usize::MAX, rank),
        };
        pair_of.extend(call.mapping.map(|id| (id, place.0)));
        // For the call that follows it.
        let before = asked.drain(..).map(|asked: Call| asked.text);
        placed.extend(before.chain([call.text]).map(|text| (place.0, place.1, text)));
    }
    placed.sort_by_key(|(pair, rank, _)| (*pair, *rank));
    // What is busy is asked for again.
    let mut seen = BTreeSet::new();
    placed.retain(|call| seen.insert(call.clone()));
    let texts = placed.into_iter().map(|(_, _, text)| text).collect();
    (texts, pair_of)
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

/// The calls that make what a run needs, those that delete it at the run's end, and those of
/// `teardown` for what stays until then.
fn recorded(account: &Account, step_functions: &str, more: &[&str]) -> [Vec<String>; 3] {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let calls = |name: &str, words: &[&str]| -> Vec<Call> {
        let calls = folder.path().join(name);
        let record = format!("--record-calls={}", calls.display());
        let said = account.run_with(step_functions, &[words, &[&record]].concat());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let recorded = std::fs::read_to_string(&calls).unwrap();
        for header in ["Authorization", crate::account::SECRET, crate::account::KEY] {
            assert!(!recorded.contains(header), "{header} is written down");
        }
        let calls = recorded.lines().map(|line| Call::parse(line, account));
        calls.filter(|call| !call.is_of_measuring()).collect()
    };
    let words = [&sweep(runs, "calls")[..], &["--yes"], more].concat();
    let mut making = calls("recorded", &words);
    let mut deleting_at = making.iter().position(Call::deletes).unwrap();
    deleting_at -= usize::from(making[deleting_at - 1].asks_who_it_is());
    let (deleting, pair_of) = in_order_of_deleting(making.split_off(deleting_at));
    let making = in_order_of_making(making, &pair_of);
    let (late, _) = in_order_of_deleting(calls("late", &["teardown", "calls", "--runs", runs]));
    [making, deleting, late]
}

#[test]
fn what_an_account_is_sent_is_what_was_reviewed() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let [making, deleting, late] = recorded(&account, &account.endpoint, &[]);
    insta::assert_snapshot!("making", making.join("\n"));
    insta::assert_snapshot!("deleting", deleting.join("\n"));
    insta::assert_snapshot!("deleting_late", late.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_and_a_boundary_add_what_was_reviewed() {
    let account = Account::open(&[]);
    let machine = StepFunctions::open(&account).await;
    let boundary = account.bound().await;
    let endpoint = machine.endpoint.clone();
    let more = ["--axis=transport=sync-invoke", "--driver=step-functions"];
    let [making, deleting, _] = tokio::task::spawn_blocking(move || {
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
