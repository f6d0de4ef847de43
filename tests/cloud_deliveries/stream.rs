//! A stream with functions that read it.

use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use aws_sdk_lambda::operation::create_event_source_mapping::builders::CreateEventSourceMappingFluentBuilder;
use aws_sdk_lambda::types::EventSourcePosition;
use local_cloud::Config;
use testkit::functions::{Functions, Phase, Record, until};

use crate::TEST_FUNCTION;
use crate::service_clients::{serve, start};

pub(crate) struct Stream {
    pub(crate) functions: Functions,
    pub(crate) kinesis: Client,
    pub(crate) arn: String,
}

impl Stream {
    /// A stream in a cloud of its own that is quick to poll.
    pub(crate) async fn start(shards: i32) -> anyhow::Result<Self> {
        Self::new(&start().await?, shards).await
    }

    /// One in a cloud that polls every so often.
    pub(crate) async fn polled_every(interval: Duration) -> anyhow::Result<Self> {
        let config = Config { shard_poll_interval: interval, ..Config::default() };
        Self::new(&serve(config).await?, 1).await
    }

    async fn new(config: &aws_config::SdkConfig, shards: i32) -> anyhow::Result<Self> {
        let kinesis = Client::new(config);
        kinesis.create_stream().stream_name("s").shard_count(shards).send().await?;
        let summary = kinesis.describe_stream_summary().stream_name("s").send().await?;
        let summary = summary.stream_description_summary().context("a stream has a summary")?;
        let arn = summary.stream_arn().to_owned();
        Ok(Self { functions: Functions::new(config, TEST_FUNCTION)?, kinesis, arn })
    }

    /// Puts records with these keys and texts, all in one request.
    pub(crate) async fn put(&self, records: &[(&str, &str)]) -> anyhow::Result<()> {
        let entries = records.iter().map(|(key, text)| {
            let data = Blob::new(text.as_bytes());
            PutRecordsRequestEntry::builder().data(data).partition_key(*key).build()
        });
        let put = self.kinesis.put_records().stream_name("s");
        let put = put.set_records(Some(entries.collect::<Result<_, _>>()?)).send().await?;
        anyhow::ensure!(put.failed_record_count() == Some(0), "throttled: {put:?}");
        Ok(())
    }

    /// Puts records with these texts and one key.
    pub(crate) async fn put_texts(&self, texts: &[&str]) -> anyhow::Result<()> {
        self.put(&texts.iter().map(|text| ("k", *text)).collect::<Vec<_>>()).await
    }

    /// A request to let a function read the stream from its beginning; more can be added to it.
    pub(crate) fn mapping(&self, name: &str) -> CreateEventSourceMappingFluentBuilder {
        self.functions
            .lambda
            .create_event_source_mapping()
            .event_source_arn(&self.arn)
            .function_name(name)
            .starting_position(EventSourcePosition::TrimHorizon)
    }

    /// Waits until the function has finished so many different records without an error; gives
    /// all that its invocations have logged.
    pub(crate) async fn delivered(&self, name: &str, count: usize) -> anyhow::Result<Vec<Phase>> {
        let what = format!("the delivery of {count} records to {name}");
        until(&what, async || {
            let phases = self.functions.phases(name).await?;
            let mut ids: Vec<_> = ended(&phases).into_iter().map(|r| &r.id).collect();
            ids.sort_unstable();
            ids.dedup();
            let is_there = ids.len() >= count;
            Ok(is_there.then_some(phases))
        })
        .await
    }
}

/// The records of the invocations that have ended without an error.
pub(crate) fn ended(phases: &[Phase]) -> Vec<&Record> {
    phases.iter().filter(|phase| phase.phase == "ended").flat_map(|phase| &phase.records).collect()
}

/// The texts of each invocation that has started.
pub(crate) fn batches(phases: &[Phase]) -> Vec<Vec<&str>> {
    let started = phases.iter().filter(|phase| phase.phase == "started");
    started.map(|phase| phase.records.iter().map(|r| r.text.as_str()).collect()).collect()
}

/// The texts of records.
pub(crate) fn texts<'a>(records: &[&'a Record]) -> Vec<&'a str> {
    records.iter().map(|record| record.text.as_str()).collect()
}
