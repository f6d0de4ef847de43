//! `docs/aws/operator-policy.json`: a run with all that the lab can deploy, and its teardown, need each
//! of its actions and no other, but for those that find what has expired; and what it must not let
//! through.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::path::Path;

use aws_config::SdkConfig;
use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use serde_json::{Value, json};
use testkit::cloud::{self, Cloud, Credentials};
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

/// A policy of docs/aws.
fn document(name: &str) -> Value {
    let path = programs::workspace().join(format!("docs/aws/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn add(policy: &mut Value, statement: Value) {
    policy["Statement"].as_array_mut().unwrap().push(statement);
}

fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    }
}

#[test]
fn a_run_needs_every_action_of_the_operators_policy_and_no_other() {
    let policy = document("operator-policy");
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

#[test]
fn the_policies_fit_managed_ones() {
    // IAM User Guide, "IAM and AWS STS quotas"; white space is not counted.
    for name in ["operator-policy", "step-functions-policy", "boundary"] {
        let length = document(name).to_string().len();
        assert!(length <= 6_144, "{name} has {length} characters");
    }
}

/// A local-cloud whose one user may do what a policy says.
struct Account(Cloud);

const REGION: &str = "us-east-1";
const NUMBER: &str = "210987654321";

impl Account {
    fn open(folder: &Path, policy: &Value) -> Self {
        let file = folder.join("policy.json");
        std::fs::write(&file, policy.to_string()).unwrap();
        let who = [format!("--region={REGION}"), format!("--account={NUMBER}")];
        let who = who.each_ref().map(String::as_str);
        let may = ["--enforce-iam", "--operator-policy", file.to_str().unwrap()];
        Self(Cloud::start(&[&who[..], &may].concat()))
    }

    fn config(&self) -> SdkConfig {
        cloud::config(self.0.endpoint(), REGION, Credentials::ANY)
    }

    /// One cell, measured in this account.
    fn run(&self, runs: &Path, name: &str, more: &[&str]) -> Said {
        let functions = format!("--functions={}", programs::folder().display());
        let words = ["run-sweep", "aws", "smoke", "baseline", "--yes", &functions, "--run", name];
        let small = ["--axis=transport=sqs", "--axis=rounds=1", "--axis=messages=1"];
        let smaller = ["--axis=warmup=0", "--axis=receiver-ms=0", "--axis=load=closed"];
        let runs = ["--runs", runs.to_str().unwrap()];
        let words = [&words[..], &small, &smaller, &runs, more].concat();
        cloud::lab_at(self.0.endpoint(), REGION, Credentials::ANY, &words).output().unwrap().into()
    }
}

/// A mapping from a queue to a function, all of it of this name; gives the mapping's id.
async fn mapping(config: &SdkConfig, name: &str) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let iam = aws_sdk_iam::Client::new(config);
    let role = iam.create_role().role_name(name).assume_role_policy_document(trust.to_string());
    let role = role.send().await.unwrap().role.unwrap();
    let everything = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}});
    let put = iam.put_role_policy().role_name(name).policy_name("p");
    put.policy_document(everything.to_string()).send().await.unwrap();
    aws_sdk_sqs::Client::new(config).create_queue().queue_name(name).send().await.unwrap();
    let packed = lab::deploy::Artifacts::pack(&programs::folder(), lab::facts::architecture());
    let zip = packed.unwrap().receiver.zip.into_inner();
    let lambda = aws_sdk_lambda::Client::new(config);
    lambda
        .create_function()
        .function_name(name)
        .role(role.arn())
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .timeout(30)
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
        .send()
        .await
        .unwrap();
    let queue = format!("arn:aws:sqs:{REGION}:{NUMBER}:{name}");
    let map = lambda.create_event_source_mapping().event_source_arn(queue).function_name(name);
    map.send().await.unwrap().uuid.unwrap()
}

#[tokio::test]
async fn mappings_of_functions_that_are_not_ours_are_left_alone() {
    let mut policy = document("operator-policy");
    // What only their owner may do, for whom the one user of local-cloud stands, too.
    add(
        &mut policy,
        json!({"Effect": "Allow",
            "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole", "sqs:CreateQueue",
                "lambda:CreateFunction"],
            "Resource": ["arn:aws:iam::*:role/theirs", "arn:aws:sqs:*:*:theirs",
                "arn:aws:lambda:*:*:function:theirs"]}),
    );
    add(
        &mut policy,
        json!({"Effect": "Allow", "Action": "lambda:CreateEventSourceMapping", "Resource": "*",
            "Condition": {"ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:*:*:function:theirs"}}}),
    );
    let folder = tempfile::tempdir().unwrap();
    let account = Account::open(folder.path(), &policy);
    let config = account.config();
    let (ours, theirs) = (mapping(&config, "handoff-ours").await, mapping(&config, "theirs").await);
    let lambda = aws_sdk_lambda::Client::new(&config);
    let seen = lambda.get_event_source_mapping().uuid(&theirs).send().await.unwrap_err();
    assert_eq!(seen.code(), Some("AccessDeniedException"), "{seen:?}");
    let deleted = lambda.delete_event_source_mapping().uuid(&theirs).send().await.unwrap_err();
    assert_eq!(deleted.code(), Some("AccessDeniedException"), "{deleted:?}");
    lambda.get_event_source_mapping().uuid(&ours).send().await.unwrap();
    lambda.delete_event_source_mapping().uuid(&ours).send().await.unwrap();
}

/// As docs/AWS.md says it: `iam:CreateRole` apart, with a condition.
fn demanding(boundary: &str) -> Value {
    let mut policy = document("operator-policy");
    let first = &mut policy["Statement"][0];
    let others: Vec<_> =
        actions(first).into_iter().filter(|action| action != "iam:CreateRole").collect();
    first["Action"] = json!(others);
    let roles = first["Resource"].clone();
    add(
        &mut policy,
        json!({"Effect": "Allow", "Action": "iam:CreateRole", "Resource": roles,
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}),
    );
    policy
}

#[tokio::test]
async fn an_operator_may_be_held_to_bounded_roles() {
    let boundary = format!("arn:aws:iam::{NUMBER}:policy/handoff-boundary");
    let mut policy = demanding(&boundary);
    // What only an administrator may do.
    add(&mut policy, json!({"Effect": "Allow", "Action": ["iam:CreatePolicy"], "Resource": "*"}));
    let folder = tempfile::tempdir().unwrap();
    let account = Account::open(folder.path(), &policy);
    let iam = aws_sdk_iam::Client::new(&account.config());
    for name in ["handoff-boundary", "another"] {
        let making = iam.create_policy().policy_name(name);
        let document = document("boundary").to_string();
        making.policy_document(document).send().await.unwrap();
    }
    let another = boundary.replace("handoff-boundary", "another");
    for (name, more) in
        [("without", &[][..]), ("another", &["--permissions-boundary", another.as_str()])]
    {
        let said = account.run(folder.path(), name, more);
        assert_eq!(said.code, Some(1), "{said:?}");
        let refused = "is not authorized to perform: iam:CreateRole";
        assert!(said.stderr.contains(refused), "{}", said.stderr);
    }
    let said = account.run(folder.path(), "bounded", &["--permissions-boundary", &boundary]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}
