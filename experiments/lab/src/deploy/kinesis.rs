//! Kinesis: a stream, the consumer of its own that B may have, and the event source mapping.

use aws_sdk_kinesis::error::ProvideErrorMetadata as _;
use aws_sdk_kinesis::types::{ConsumerStatus, StreamMode, StreamModeDetails, StreamStatus};
use aws_sdk_lambda::types::EventSourcePosition;
use aws_smithy_types::retry::RetryConfig;
use store::MappingPlan;
use tokio::sync::Semaphore;
use wire::Target;

use super::wait::{Look, until};
use super::{Deployer, Resource};
use crate::error::LabError;

/// The largest record that a stream can be made to take, in KiB
/// (<https://docs.aws.amazon.com/streams/latest/dev/large-records.html>).
const RAISED_RECORD_KIB: i32 = 10_240;
/// How many streams of an account may be in CREATING at a time
/// (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html>).
pub(super) const CREATING_AT_A_TIME: usize = 5;
/// How often in a row the SDK asks for a stream: enough for a connection that breaks.
const CREATION_ATTEMPTS: u32 = 2;

/// The SDK takes the limit for a rate and would slow down all calls of this client: the wait for a
/// place is this file's.
fn few_retries() -> aws_sdk_kinesis::config::Builder {
    let retries = RetryConfig::standard().with_max_attempts(CREATION_ATTEMPTS);
    aws_sdk_kinesis::Config::builder().retry_config(retries)
}

impl Deployer {
    pub(super) async fn stream(
        &self,
        name: &str,
        receiver: &str,
        mapping: &MappingPlan,
        limit_raised: bool,
        creating_at_a_time: &Semaphore,
    ) -> Result<Target, LabError> {
        // A plan names the shards of a provisioned stream only.
        let shards = mapping.shards.map(|shards| i32::try_from(shards).unwrap_or(i32::MAX));
        let mode = if shards.is_some() { StreamMode::Provisioned } else { StreamMode::OnDemand };
        let mode = StreamModeDetails::builder()
            .stream_mode(mode)
            .build()
            .map_err(|e| LabError::Backend(format!("cannot describe a stream: {e}")))?;
        let request = self
            .clients
            .kinesis
            .create_stream()
            .stream_name(name)
            .set_shard_count(shards)
            .set_max_record_size_in_kib(limit_raised.then_some(RAISED_RECORD_KIB))
            .stream_mode_details(mode)
            .set_tags(Some(self.tags.map()));
        let permit = creating_at_a_time
            .acquire()
            .await
            .map_err(|e| LabError::Backend(format!("cannot create the stream {name}: {e}")))?;
        // The limit is the account's: others may be creating streams, too.
        let creating = until(format!("the stream {name}"), "allowed to be created", || async {
            match request.clone().customize().config_override(few_retries()).send().await {
                Ok(_) => Ok(Look::Ready(())),
                Err(e) if e.code() == Some("LimitExceededException") => {
                    Ok(Look::NotYet(e.message().unwrap_or_default().to_owned()))
                }
                Err(e) => Err(LabError::service(format!("create the stream {name}"))(e)),
            }
        });
        self.log.make(Resource::Stream { name: name.to_owned() }, creating).await?;
        let stream_arn =
            until(format!("the stream {name}"), "ACTIVE", || self.stream_state(name)).await?;
        drop(permit);
        let source_arn = match mapping.enhanced_fan_out {
            Some(true) => self.consumer(name, &stream_arn).await?,
            _ => stream_arn,
        };
        // Not LATEST: a mapping takes a while to begin, and would skip what was put until then.
        let position = Some(EventSourcePosition::TrimHorizon);
        self.mapping(&source_arn, receiver, mapping, position).await?;
        Ok(Target::Kinesis { stream: name.to_owned() })
    }

    async fn stream_state(&self, name: &str) -> Result<Look<String>, LabError> {
        let described = self
            .clients
            .kinesis
            .describe_stream_summary()
            .stream_name(name)
            .send()
            .await
            .map_err(LabError::service(format!("look at the stream {name}")))?;
        Ok(match described.stream_description_summary() {
            Some(stream) if *stream.stream_status() == StreamStatus::Active => {
                Look::Ready(stream.stream_arn().to_owned())
            }
            Some(stream) => Look::NotYet(stream.stream_status().to_string()),
            None => Look::NotYet("unknown".to_owned()),
        })
    }

    /// Registers a consumer for enhanced fan-out, waits until it is active, gives its ARN.
    async fn consumer(&self, stream: &str, stream_arn: &str) -> Result<String, LabError> {
        let name = format!("{stream}-consumer");
        let kinesis = &self.clients.kinesis;
        let registering = kinesis
            .register_stream_consumer()
            .stream_arn(stream_arn)
            .consumer_name(&name)
            .set_tags(Some(self.tags.map()))
            .send();
        let resource = Resource::StreamConsumer { stream: stream.to_owned(), name: name.clone() };
        self.log
            .make(resource, async {
                let action = format!("register the consumer {name}");
                registering.await.map_err(LabError::service(action))
            })
            .await?;
        until(format!("the consumer {name}"), "ACTIVE", || async {
            let described = kinesis
                .describe_stream_consumer()
                .stream_arn(stream_arn)
                .consumer_name(&name)
                .send()
                .await
                .map_err(LabError::service(format!("look at the consumer {name}")))?;
            Ok(match described.consumer_description() {
                Some(consumer) if *consumer.consumer_status() == ConsumerStatus::Active => {
                    Look::Ready(consumer.consumer_arn().to_owned())
                }
                Some(consumer) => Look::NotYet(consumer.consumer_status().to_string()),
                None => Look::NotYet("unknown".to_owned()),
            })
        })
        .await
    }
}
