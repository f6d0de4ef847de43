//! `docs/aws/operator-policy.json`: a run with all that the lab can deploy, and its teardown, need each
//! of its actions and no other, but for those that find what has expired.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::path::Path;

use serde_json::{Value, json};
use testkit::programs::{self, Said};

/// A run with every transport, a polled stream and one with a consumer, and a side that is renewed.
fn run(folder: &Path, name: &str, policy: &Value) -> Said {
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, policy.to_string()).unwrap();
    let words = [
        "run-sweep",
        "local",
        "smoke",
        "baseline",
        "--axis=rounds=1",
        "--axis=messages=1",
        "--axis=warmup=1",
        "--axis=receiver-ms=0",
        "--axis=load=closed",
        "--axis=enhanced-fan-out=false,true",
        "--axis=fresh-side=sender",
        "--shard-poll-interval=50ms",
        "--enforce-iam",
        "--operator-policy",
        file.to_str().unwrap(),
        "--run",
        name,
        "--runs",
        folder.to_str().unwrap(),
    ];
    programs::run("lab", &words)
}

/// What only `teardown --all-expired` needs, which finds resources by their tags (`tests/account`
/// runs it, without enforcement).
const OF_EXPIRED: [&str; 5] = [
    "iam:ListRoles",
    "iam:ListRoleTags",
    "iam:ListRolePolicies",
    "lambda:ListTags",
    "tag:GetResources",
];

fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    }
}

#[test]
fn a_run_needs_every_action_of_the_operators_policy_and_no_other() {
    let path = programs::workspace().join("docs/aws/operator-policy.json");
    let policy: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), "whole", &policy);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let left = std::fs::read_to_string(folder.path().join("whole/deployment.json")).unwrap();
    let left: Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["resources"], json!([]), "everything is torn down");

    for (index, statement) in policy["Statement"].as_array().unwrap().iter().enumerate() {
        for action in actions(statement) {
            if OF_EXPIRED.contains(&action.as_str()) {
                continue;
            }
            let mut less = policy.clone();
            let others: Vec<_> = actions(statement).into_iter().filter(|a| *a != action).collect();
            if others.is_empty() {
                less["Statement"].as_array_mut().unwrap().remove(index);
            } else {
                less["Statement"][index]["Action"] = json!(others);
            }
            let said = run(folder.path(), &action.replace(':', "-"), &less);
            assert_ne!(said.code, Some(0), "nobody misses {action}");
            let refused = format!("is not authorized to perform: {action}").to_lowercase();
            let told = said.stderr.to_lowercase();
            assert!(told.contains(&refused), "without {action}: {}", said.stderr);
        }
    }
}
