//! Kinesis: a stream, and the event source mapping that reads it for B.

use aws_sdk_kinesis::types::{StreamMode, StreamModeDetails, StreamStatus};
use aws_sdk_lambda::types::EventSourcePosition;
use wire::Target;

use super::wait::{Look, until};
use super::{Deployer, Resource};
use crate::error::LabError;

/// Lambda's default for a stream
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>).
const BATCH_SIZE: i32 = 100;

impl Deployer {
    pub(super) async fn stream(&self, name: &str, receiver: &str) -> Result<Target, LabError> {
        let provisioned = StreamModeDetails::builder()
            .stream_mode(StreamMode::Provisioned)
            .build()
            .map_err(|e| LabError::Backend(format!("cannot describe a provisioned stream: {e}")))?;
        let creating = self
            .clients
            .kinesis
            .create_stream()
            .stream_name(name)
            .shard_count(i32::try_from(self.shards).unwrap_or(i32::MAX))
            .stream_mode_details(provisioned)
            .send();
        self.log
            .make(Resource::Stream { name: name.to_owned() }, async {
                creating.await.map_err(LabError::service(format!("create the stream {name}")))
            })
            .await?;
        let stream_arn =
            until(format!("the stream {name}"), "ACTIVE", || self.stream_state(name)).await?;
        self.mapping(&stream_arn, receiver).await?;
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

    async fn mapping(&self, stream_arn: &str, receiver: &str) -> Result<(), LabError> {
        let lambda = &self.clients.lambda;
        let creating = lambda
            .create_event_source_mapping()
            .event_source_arn(stream_arn)
            .function_name(receiver)
            .batch_size(BATCH_SIZE)
            // Not LATEST: a mapping takes a while to begin, and would skip what was put until then.
            .starting_position(EventSourcePosition::TrimHorizon)
            .send();
        let resource = Resource::EventSourceMapping { function: receiver.to_owned() };
        let created = self
            .log
            .make(resource, async {
                let action = format!("map the stream {stream_arn} to {receiver}");
                creating.await.map_err(LabError::service(action))
            })
            .await?;
        let uuid = created.uuid().unwrap_or_default();
        until(format!("the event source mapping of {receiver}"), "Enabled", || async move {
            let mapping = lambda
                .get_event_source_mapping()
                .uuid(uuid)
                .send()
                .await
                .map_err(LabError::service(format!("look at the mapping of {receiver}")))?;
            Ok(match mapping.state() {
                Some("Enabled") => Look::Ready(()),
                other => Look::NotYet(other.unwrap_or("unknown").to_owned()),
            })
        })
        .await
    }
}
