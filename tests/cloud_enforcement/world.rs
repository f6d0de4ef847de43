//! A cloud with enforcement, and in it what the lab deploys: roles, senders, receivers and what is
//! between them.

use std::collections::HashMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, EventSourcePosition, FunctionCode, LogType, Runtime};
use base64::Engine as _;
use lab::clients::Identity;
use lab::deploy::{Artifact, Artifacts};
use local_cloud::Config;
use serde_json::Value;
use testkit::programs;
use wire::{BatchId, DurationNs, Schedule, SendRequest, SendSummary, Target, Transport};

use crate::service_clients::serve;

/// Begins all names.
pub(crate) const PREFIX: &str = "handoff-test";
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The clients, as an operator who may do everything.
pub(crate) struct World {
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) kinesis: aws_sdk_kinesis::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    endpoint: String,
    artifacts: Artifacts,
}

/// The name of a function, such as the lab gives: `sender`, `receiver` or `async-receiver`.
pub(crate) fn function(side: &str) -> String {
    match side {
        "sender" => format!("{PREFIX}-0-sync-invoke-sender"),
        "receiver" => format!("{PREFIX}-0-sync-invoke-receiver"),
        _ => format!("{PREFIX}-0-async-invoke-receiver"),
    }
}

/// What the lab makes ARNs of.
pub(crate) fn identity() -> Identity {
    let config = Config::default();
    Identity::new("aws", &config.region, &config.account)
}

/// What a receiver reads.
pub(crate) struct Sources {
    pub(crate) topic: String,
    pub(crate) stream: String,
    pub(crate) consumer: String,
    pub(crate) queue_url: String,
    pub(crate) queue: String,
}

impl World {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let config: SdkConfig = serve(Config { enforce_iam: true, ..Config::default() }).await?;
        Ok(Self {
            iam: aws_sdk_iam::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            kinesis: aws_sdk_kinesis::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            endpoint: config.endpoint_url().context("an endpoint")?.to_owned(),
            artifacts: Artifacts::pack(&programs::folder(), lab::facts::architecture())?,
        })
    }

    /// Makes a role; gives its ARN.
    pub(crate) async fn role(&self, side: &str) -> anyhow::Result<String> {
        let name = format!("{PREFIX}-{side}");
        let create = self.iam.create_role().role_name(name).assume_role_policy_document(TRUST);
        Ok(create.send().await?.role().context("a role")?.arn().to_owned())
    }

    /// Puts the one policy that a role has.
    pub(crate) async fn grant(&self, side: &str, policy: &Value) -> anyhow::Result<()> {
        let put = self.iam.put_role_policy().role_name(format!("{PREFIX}-{side}"));
        put.policy_name("p").policy_document(policy.to_string()).send().await?;
        Ok(())
    }

    pub(crate) async fn sender(&self, role: &str) -> anyhow::Result<()> {
        self.function("sender", role, &self.artifacts.sender).await
    }

    pub(crate) async fn receiver(&self, role: &str) -> anyhow::Result<()> {
        self.function("async-receiver", role, &self.artifacts.receiver).await?;
        self.function("receiver", role, &self.artifacts.receiver).await
    }

    async fn function(&self, side: &str, role: &str, artifact: &Artifact) -> anyhow::Result<()> {
        let name = function(side);
        // The roles may not make it.
        let group = self.logs.create_log_group().log_group_name(format!("/aws/lambda/{name}"));
        group.send().await?;
        let create = self.lambda.create_function().function_name(name).role(role);
        create
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .timeout(30)
            .environment(self.variables("0"))
            .code(FunctionCode::builder().zip_file(artifact.zip.clone()).build())
            .send()
            .await?;
        Ok(())
    }

    fn variables(&self, fresh: &str) -> Environment {
        let variables = [("AWS_ENDPOINT_URL", self.endpoint.as_str()), ("FRESH", fresh)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Environment::builder().set_variables(Some(HashMap::from(variables))).build()
    }

    /// Has a function's next invocation served by a new environment.
    pub(crate) async fn renew(&self, side: &str, fresh: &str) -> anyhow::Result<()> {
        let update = self.lambda.update_function_configuration();
        let update = update.function_name(function(side));
        update.environment(self.variables(fresh)).send().await?;
        Ok(())
    }

    pub(crate) async fn sources(&self) -> anyhow::Result<Sources> {
        let topic = self.sns.create_topic().name(format!("{PREFIX}-0-sns")).send().await?;
        let name = format!("{PREFIX}-0-kinesis");
        self.kinesis.create_stream().stream_name(&name).shard_count(1).send().await?;
        let described = self.kinesis.describe_stream_summary().stream_name(&name).send().await?;
        let described = described.stream_description_summary.context("a stream")?;
        let register = self.kinesis.register_stream_consumer().consumer_name(PREFIX);
        let consumer = register.stream_arn(&described.stream_arn).send().await?;
        let queue = self.sqs.create_queue().queue_name(format!("{PREFIX}-0-sqs")).send().await?;
        let queue_url = queue.queue_url.context("a queue")?;
        let arn = aws_sdk_sqs::types::QueueAttributeName::QueueArn;
        let get = self.sqs.get_queue_attributes().queue_url(&queue_url);
        let attributes = get.attribute_names(arn.clone()).send().await?;
        let queue = attributes.attributes().and_then(|all| all.get(&arn)).context("an ARN")?;
        Ok(Sources {
            topic: topic.topic_arn.context("a topic")?,
            stream: described.stream_arn,
            consumer: consumer.consumer.context("a consumer")?.consumer_arn,
            queue: queue.clone(),
            queue_url,
        })
    }

    /// Has the sender send one message; gives what the service said, if it refused it.
    pub(crate) async fn send(&self, target: Target) -> anyhow::Result<Option<String>> {
        let request = SendRequest {
            batch: BatchId::new(1),
            first_seq: 0,
            schedule: Schedule::Closed { count: 1 },
            warmup: false,
            target,
            payload_bytes: 1024,
            work_ns: DurationNs(0),
            fail: false,
        };
        let invoke = self.lambda.invoke().function_name(function("sender"));
        let invoke = invoke.payload(Blob::new(serde_json::to_vec(&request)?));
        let answer = invoke.log_type(LogType::Tail).send().await?;
        let summary: SendSummary =
            serde_json::from_slice(answer.payload().context("an answer")?.as_ref())?;
        if summary.accepted == 1 {
            return Ok(None);
        }
        // The tail is the caller's, whether the role may log or not.
        let tail = answer.log_result().context("a tail")?;
        let tail = base64::engine::general_purpose::STANDARD.decode(tail)?;
        Ok(Some(String::from_utf8(tail)?))
    }

    /// How many lines a function has logged.
    pub(crate) async fn lines(&self, side: &str) -> anyhow::Result<usize> {
        let group = format!("/aws/lambda/{}", function(side));
        let found = self.logs.filter_log_events().log_group_name(group).send().await?;
        Ok(found.events().len())
    }

    /// Maps a source to the receiver, and takes the mapping away again; gives the refusal.
    pub(crate) async fn map(&self, source: &str) -> anyhow::Result<Option<String>> {
        let create = self.lambda.create_event_source_mapping().event_source_arn(source);
        let is_stream = source.contains(":kinesis:");
        let create = create
            .function_name(function("receiver"))
            .set_starting_position(is_stream.then_some(EventSourcePosition::TrimHorizon));
        match create.send().await {
            Ok(made) => {
                let uuid = made.uuid.context("a UUID")?;
                self.lambda.delete_event_source_mapping().uuid(&uuid).send().await?;
                testkit::functions::until("the end of the mapping", async || {
                    let found = self.lambda.get_event_source_mapping().uuid(&uuid).send().await;
                    Ok(found.is_err().then_some(()))
                })
                .await?;
                Ok(None)
            }
            Err(error) => {
                let error = error.into_service_error();
                Ok(Some(error.meta().message().unwrap_or_default().to_owned()))
            }
        }
    }
}

impl Sources {
    /// What the sender is told to send to.
    pub(crate) fn target(&self, transport: Transport) -> Target {
        match transport {
            Transport::SyncInvoke => Target::SyncInvoke { function: function("receiver") },
            Transport::AsyncInvoke => Target::AsyncInvoke { function: function("async-receiver") },
            Transport::Sns => Target::Sns { topic_arn: self.topic.clone() },
            Transport::Kinesis => Target::Kinesis { stream: format!("{PREFIX}-0-kinesis") },
            Transport::Sqs => Target::Sqs { queue_url: self.queue_url.clone() },
        }
    }
}
