//! What is looked at, each as a word or two that can be compared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, InvocationType, Runtime, State};
use lab::backend::Backend;
use lab::clients::Clients;
use lab::deploy::{Artifacts, Deployer, DeploymentLog, Pair, PairKey, Tags, log_group};
use lab::limits::Limits;
use lab::{Axes, Profile};
use store::RunId;
use wire::{BatchId, DurationNs, Envelope, Line, MessageId, Schedule, SendRequest};

/// What was seen, by the name of the check.
pub(crate) type Seen = BTreeMap<String, String>;

/// The place that is looked at.
pub(crate) struct Cloud<'a> {
    backend: &'a Backend,
    clients: Clients,
    artifacts: Artifacts,
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const RECEIVER: &str = "conformance-receiver";
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// `ok`, or the service's error code.
fn outcome<T, E: ProvideErrorMetadata + std::fmt::Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().map_or_else(|| format!("{error:?}"), str::to_owned),
    }
}

fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}

impl<'a> Cloud<'a> {
    pub(crate) fn new(backend: &'a Backend, artifacts: Artifacts) -> Self {
        Self { backend, clients: backend.clients(), artifacts }
    }

    /// Every check.
    pub(crate) async fn look(&self) -> anyhow::Result<Seen> {
        let mut seen = Seen::new();
        self.functions(&mut seen).await?;
        self.logs(&mut seen).await?;
        self.topics(&mut seen).await?;
        self.streams(&mut seen).await?;
        self.queues(&mut seen).await?;
        self.transports(&mut seen).await?;
        self.deleting(&mut seen).await?;
        Ok(seen)
    }

    async fn create_receiver(&self) -> anyhow::Result<String> {
        let role = self.clients.iam.create_role().role_name("conformance");
        // The second time it is there.
        let _ = role.assume_role_policy_document(TRUST).send().await;
        let account = self.clients.sts.get_caller_identity().send().await?;
        let account = account.account().context("an account has a number")?;
        let created = self
            .clients
            .lambda
            .create_function()
            .function_name(RECEIVER)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .role(format!("arn:aws:iam::{account}:role/conformance"))
            .timeout(30)
            .environment(
                aws_sdk_lambda::types::Environment::builder()
                    .set_variables(Some(self.backend.function_environment().into_iter().collect()))
                    .build(),
            )
            .code(FunctionCode::builder().zip_file(self.artifacts.receiver.zip.clone()).build())
            .send()
            .await;
        Ok(outcome(created))
    }

    /// Until then an invoke may be refused (Lambda developer guide, "Lambda function states").
    async fn receiver_is_active(&self) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let asking = self.clients.lambda.get_function_configuration();
            let function = asking.function_name(RECEIVER).send().await?;
            if function.state() == Some(&State::Active) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the receiver is {:?}", function.state());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn functions(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let invoke = &self.clients.invoke;
        let mut note = |check: &str, what: String| seen.insert(check.to_owned(), what);
        let missing = invoke.invoke().function_name("not-there").send().await;
        note("invoke a function that is not there", outcome(missing));
        note("create a function", self.create_receiver().await?);
        note("create a function of a name that is taken", self.create_receiver().await?);
        self.receiver_is_active().await?;
        let dry = invoke.invoke().function_name(RECEIVER).invocation_type(InvocationType::DryRun);
        let dry = dry.send().await;
        note(
            "invoke, DryRun: status",
            dry.map_or_else(|e| outcome::<(), _>(Err(e)), |said| said.status_code().to_string()),
        );
        let id = MessageId { batch: BatchId::new(1), seq: 0 };
        let message = Envelope::write(id, 1024, DurationNs(0), false)?;
        let answer = invoke.invoke().function_name(RECEIVER).payload(Blob::new(message.as_bytes()));
        note("invoke synchronously", outcome(answer.send().await));
        let event = invoke
            .invoke()
            .function_name(RECEIVER)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(message.as_bytes()));
        let event = event.send().await;
        note(
            "invoke, Event: status",
            event.map_or_else(|e| outcome::<(), _>(Err(e)), |said| said.status_code().to_string()),
        );
        for (name, kind, bytes) in [
            ("synchronously, over 6 MiB", InvocationType::RequestResponse, 6 * MIB + 1),
            ("asynchronously, over 1 MiB", InvocationType::Event, MIB + 1),
        ] {
            let payload = Blob::new(format!("\"{}\"", text(bytes - 2)));
            let call =
                invoke.invoke().function_name(RECEIVER).invocation_type(kind).payload(payload);
            note(&format!("invoke {name}"), outcome(call.send().await));
        }
        let batch = 10_001;
        let mapping = self
            .clients
            .lambda
            .create_event_source_mapping()
            .function_name(RECEIVER)
            .event_source_arn("arn:aws:kinesis:us-east-1:000000000000:stream/s")
            .starting_position(aws_sdk_lambda::types::EventSourcePosition::Latest)
            .batch_size(batch);
        note("map a stream in batches over 10,000", outcome(mapping.send().await));
        Ok(())
    }

    async fn logs(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let logs = &self.clients.logs;
        let mut note = |check: &str, what: String| seen.insert(check.to_owned(), what);
        let group = "conformance";
        logs.create_log_group().log_group_name(group).send().await?;
        logs.create_log_stream().log_group_name(group).log_stream_name("s").send().await?;
        let now = wire::WallNs::now().millis();
        let event = |message: &str, after_ms: i64| {
            aws_sdk_cloudwatchlogs::types::InputLogEvent::builder()
                .timestamp(now + after_ms)
                .message(message)
                .build()
        };
        logs.put_log_events()
            .log_group_name(group)
            .log_stream_name("s")
            .log_events(event("{\"batch\":\"a\"}", 0)?)
            .log_events(event("{\"batch\":\"b\"}", 1)?)
            .log_events(event("REPORT RequestId: 1", 2)?)
            .send()
            .await?;
        let filter = || logs.filter_log_events().log_group_name(group);
        for (name, pattern) in [
            ("a quoted phrase", "\"REPORT RequestId:\""),
            ("a JSON selector", "{ $.batch = \"a\" }"),
            ("alternatives", "?REPORT ?batch"),
        ] {
            let found = filter().filter_pattern(pattern).send().await?;
            note(&format!("filter log events by {name}: of 3"), found.events().len().to_string());
        }
        let page = filter().limit(1).send().await?;
        let more = if page.next_token().is_some() { "nextToken" } else { "none" };
        note("filter log events, one at a time: there is more", more.to_owned());
        let missing = logs.filter_log_events().log_group_name("not-there").send().await;
        note("read a log group that is not there", outcome(missing));
        let retention = logs.put_retention_policy().log_group_name(group).retention_in_days(2);
        note("keep logs for 2 days", outcome(retention.send().await));
        note(
            "delete a log group",
            outcome(logs.delete_log_group().log_group_name(group).send().await),
        );
        Ok(())
    }

    async fn topics(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let sns = &self.clients.sns;
        let mut note = |check: &str, what: String| seen.insert(check.to_owned(), what);
        let topic = sns.create_topic().name("conformance").send().await?;
        let arn = topic.topic_arn().context("a topic has an ARN")?.to_owned();
        let publish =
            |arn: &str, bytes: usize| sns.publish().topic_arn(arn).message(text(bytes)).send();
        note("publish 256 KiB", outcome(publish(&arn, 256 * KIB).await));
        note("publish over 256 KiB", outcome(publish(&arn, 256 * KIB + 1).await));
        let missing = arn.replace("conformance", "not-there");
        note("publish to a topic that is not there", outcome(publish(&missing, 1).await));
        note("delete a topic", outcome(sns.delete_topic().topic_arn(&arn).send().await));
        note("delete a topic again", outcome(sns.delete_topic().topic_arn(&arn).send().await));
        Ok(())
    }

    async fn streams(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let kinesis = &self.clients.kinesis;
        let mut note = |check: &str, what: String| seen.insert(check.to_owned(), what);
        let create = || kinesis.create_stream().stream_name("conformance").shard_count(1).send();
        note("create a stream", outcome(create().await));
        note("create a stream of a name that is taken", outcome(create().await));
        loop {
            let said = kinesis.describe_stream_summary().stream_name("conformance").send().await?;
            let state = said.stream_description_summary().map(|s| s.stream_status().to_string());
            if state.as_deref() == Some("ACTIVE") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let put = |stream: &str, bytes: usize| {
            let data = aws_sdk_kinesis::primitives::Blob::new(text(bytes));
            kinesis.put_record().stream_name(stream).partition_key("k").data(data).send()
        };
        note("put 1 MiB of data and key", outcome(put("conformance", MIB - 1).await));
        note("put over 1 MiB of data and key", outcome(put("conformance", MIB + 1).await));
        note("put to a stream that is not there", outcome(put("not-there", 1).await));
        let delete = kinesis.delete_stream().stream_name("conformance").send().await;
        note("delete a stream", outcome(delete));
        Ok(())
    }

    async fn queues(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let sqs = &self.clients.sqs;
        let mut note = |check: &str, what: String| seen.insert(check.to_owned(), what);
        let made = sqs.create_queue().queue_name("conformance").send().await?;
        let url = made.queue_url().context("a queue has a URL")?.to_owned();
        let send = |url: &str, bytes: usize| {
            sqs.send_message().queue_url(url).message_body(text(bytes)).send()
        };
        note("send 1 MiB", outcome(send(&url, MIB).await));
        note("send over 1 MiB", outcome(send(&url, MIB + 1).await));
        let missing = url.replace("conformance", "not-there");
        note("send to a queue that is not there", outcome(send(&missing, 1).await));
        note("delete a queue", outcome(sqs.delete_queue().queue_url(&url).send().await));
        Ok(())
    }

    /// A pair for each transport, made and torn down as the lab does it: what became of a message that
    /// A handed over, by B's own line.
    async fn transports(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let mut note = |check: String, what: String| seen.insert(check, what);
        let (folder, run) = (tempfile::tempdir()?, RunId::new("conformance")?);
        let world = lab::program::world(Instant::now())?;
        let architecture = lab::facts::architecture();
        let deployer = Arc::new(Deployer {
            clients: self.backend.clients(),
            log: Arc::new(DeploymentLog::open(folder.path(), self.backend.site(&run))?),
            artifacts: self.artifacts.clone(),
            architecture,
            environment: self.backend.function_environment(),
            tags: Tags::of(&run, (world.now)()),
            permissions_boundary: None,
            prefix: "handoff-conformance".to_owned(),
        });
        let sweeps = [Axes::of(Profile::Smoke)];
        let plan = lab::plan::of(&sweeps, architecture, &Limits::read(&world.root)?)?;
        let keys = plan.cells.iter().map(PairKey::of).collect();
        let pairs = Arc::clone(&deployer).pairs(keys).await?;
        for (number, (key, pair)) in (1..).zip(&pairs) {
            let arrived = self.hand_over(pair, BatchId::new(number)).await?;
            note(format!("hand a message over, {}", key.transport), arrived);
        }
        deployer.tear_down().await?;
        note("resources left by a teardown".to_owned(), deployer.log.resources().len().to_string());
        Ok(())
    }

    /// What became of a message, which is sent again where it does not arrive: a mapping that was just
    /// made need not read yet.
    async fn hand_over(&self, pair: &Pair, batch: BatchId) -> anyhow::Result<String> {
        let request = SendRequest {
            batch,
            first_seq: 0,
            schedule: Schedule::Closed { count: 1 },
            warmup: false,
            target: pair.target.clone(),
            payload_bytes: 1024,
            work_ns: DurationNs(0),
            fail: false,
        };
        let payload = Blob::new(serde_json::to_vec(&request)?);
        let group = log_group(&pair.receiver);
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            let invoking = self.clients.invoke.invoke().function_name(&pair.sender);
            let answer = invoking.payload(payload.clone()).send().await?;
            ensure!(answer.function_error().is_none(), "{answer:?}");
            let next = Instant::now() + Duration::from_secs(5);
            while Instant::now() < next {
                let read = self.clients.logs.filter_log_events().log_group_name(&group);
                let read = read.send().await;
                // The group is there when the function has written to it.
                let events = read.map(|page| page.events.unwrap_or_default()).unwrap_or_default();
                let lines = events.iter().filter_map(|event| event.message());
                for line in lines.filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
                    match line {
                        Line::Received(received) if received.batch == batch => {
                            let intact = if received.payload_ok { "intact" } else { "changed" };
                            return Ok(intact.to_owned());
                        }
                        _ => {}
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok("lost".to_owned())
    }

    async fn deleting(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let lambda = &self.clients.lambda;
        let mut note = |check: &str, what: String| seen.insert(check.to_owned(), what);
        let delete = || lambda.delete_function().function_name(RECEIVER).send();
        note("delete a function", outcome(delete().await));
        note("delete a function again", outcome(delete().await));
        let uuid = "00000000-0000-4000-8000-000000000000";
        let mapping = lambda.delete_event_source_mapping().uuid(uuid).send().await;
        note("delete a mapping that is not there", outcome(mapping));
        let role = self.clients.iam.delete_role().role_name("not-there").send().await;
        note("delete a role that is not there", outcome(role));
        let role = self.clients.iam.delete_role().role_name("conformance").send().await;
        note("delete a role", outcome(role));
        Ok(())
    }
}
