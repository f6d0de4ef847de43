//! What stands for an account: a local-cloud process, and how a program is told of it.

use std::process::Command;
use std::sync::LazyLock;

use aws_config::SdkConfig;
use testkit::cloud::{self, Cloud, Credentials};
use testkit::programs::{self, Said};

/// The account's number, and the secrets of whoever uses it: planted to be looked for.
pub(crate) const ACCOUNT: &str = "210987654321";
pub(crate) const KEY: &str = "AKIAPLANTEDKEYEXAMPL";
pub(crate) const SECRET: &str = "planted/secret+of+nobody";
pub(crate) const TOKEN: &str = "planted-session-token";
const REGION: &str = "eu-central-1";
const CREDENTIALS: Credentials<'_> = Credentials { key: KEY, secret: SECRET, token: TOKEN };

/// The account; it ends with this value.
pub(crate) struct Account {
    _cloud: Cloud,
    pub(crate) endpoint: String,
}

impl Account {
    pub(crate) fn open(options: &[&str]) -> Self {
        Self::numbered(ACCOUNT, options)
    }

    /// An account of another number.
    pub(crate) fn numbered(number: &str, options: &[&str]) -> Self {
        let who = [format!("--account={number}"), format!("--region={REGION}")];
        let who = who.each_ref().map(String::as_str);
        let cloud = Cloud::start(&[&who[..], options].concat());
        let endpoint = cloud.endpoint().to_owned();
        Self { _cloud: cloud, endpoint }
    }

    /// A program with the account's credentials, and no other configuration of this machine.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        command_at(&self.endpoint, words)
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        self.command(words).output().unwrap().into()
    }

    /// As [`Account::command`], with Step Functions elsewhere: local-cloud has none.
    pub(crate) fn run_with(&self, step_functions: &str, words: &[&str]) -> Said {
        let mut command = self.command(words);
        command.env("AWS_ENDPOINT_URL_SFN", step_functions).output().unwrap().into()
    }

    pub(crate) fn config(&self) -> SdkConfig {
        cloud::config(&self.endpoint, REGION, CREDENTIALS)
    }

    /// Makes a policy that lets all through; gives its ARN.
    pub(crate) async fn bound(&self) -> String {
        let everything = r#"{"Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        self.policy("bounds", everything).await
    }

    /// Makes a policy; gives its ARN.
    pub(crate) async fn policy(&self, name: &str, document: &str) -> String {
        let iam = aws_sdk_iam::Client::new(&self.config());
        let making = iam.create_policy().policy_name(name).policy_document(document);
        making.send().await.unwrap().policy.unwrap().arn.unwrap()
    }

    /// Everything that there is, by kind and name.
    pub(crate) async fn resources(&self) -> Vec<String> {
        let config = self.config();
        let mut all = Vec::new();
        let mut add = |kind: &str, name: &str| all.push(format!("{kind} {name}"));
        let lambda = aws_sdk_lambda::Client::new(&config);
        for function in lambda.list_functions().send().await.unwrap().functions() {
            add("function", function.function_name().unwrap());
        }
        let mappings = lambda.list_event_source_mappings().send().await.unwrap();
        for mapping in mappings.event_source_mappings() {
            add("mapping", mapping.function_arn().unwrap());
        }
        let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
        for group in logs.describe_log_groups().send().await.unwrap().log_groups() {
            add("log group", group.log_group_name().unwrap());
        }
        let topics = aws_sdk_sns::Client::new(&config).list_topics().send().await.unwrap();
        for topic in topics.topics() {
            add("topic", topic.topic_arn().unwrap());
        }
        let queues = aws_sdk_sqs::Client::new(&config).list_queues().send().await.unwrap();
        for url in queues.queue_urls() {
            add("queue", url);
        }
        let streams = aws_sdk_kinesis::Client::new(&config).list_streams().send().await.unwrap();
        for name in streams.stream_names() {
            add("stream", name);
        }
        let roles = aws_sdk_iam::Client::new(&config).list_roles().send().await.unwrap();
        for role in roles.roles() {
            add("role", role.role_name());
        }
        all
    }
}

/// The program `lab` in an account at an address.
pub(crate) fn command_at(endpoint: &str, words: &[&str]) -> Command {
    cloud::lab_at(endpoint, REGION, CREDENTIALS, words)
}

/// A short sweep: two rounds of one cell for each transport.
pub(crate) fn sweep<'a>(runs: &'a str, run: &'a str) -> Vec<&'a str> {
    // What stands for the account runs this machine's programs.
    static FUNCTIONS: LazyLock<String> =
        LazyLock::new(|| format!("--functions={}", programs::folder().display()));
    vec![
        "run-sweep",
        "aws",
        "smoke",
        "baseline",
        "--axis=receiver-ms=0",
        "--axis=load=closed",
        "--rounds=2",
        "--messages=3",
        "--seed=3",
        FUNCTIONS.as_str(),
        "--run",
        run,
        "--runs",
        runs,
    ]
}

/// The words of [`sweep`], where `more` say something else instead.
pub(crate) fn sweep_but<'a>(runs: &'a str, run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let option = |word: &'a str| word.rsplit_once('=').map_or(word, |(option, _)| option);
    let mut words = sweep(runs, run);
    words.retain(|word| !more.iter().any(|other| option(other) == option(word)));
    words.extend(more);
    words
}
