//! What a function's role must let a mapping do: it reads its source as that role.

use super::mapping::Source;
use super::settings::invalid;
use crate::cloud::Cloud;
use crate::error::ApiResult;
use crate::iam::{self, Permission};

/// Of a queue (Lambda Developer Guide, "Using Lambda with Amazon SQS", "Configuring execution role
/// permissions").
const OF_QUEUE: [&str; 3] = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
/// Of a stream ("Using Lambda to process records from Amazon Kinesis Data Streams", "Permissions").
const OF_STREAM: [&str; 5] =
    ["DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards"];

/// Checks the role of a function that is to read a source, where policies are enforced.
///
/// # Errors
/// `InvalidParameterValueException` where the role lacks a permission.
pub(super) fn check(
    cloud: &Cloud,
    source: &Source,
    source_arn: &str,
    function: &str,
) -> ApiResult<()> {
    if !cloud.config.enforce_iam {
        return Ok(());
    }
    let role = cloud.lambda.role_arn(function)?;
    let lacks = |service: &str, action: &str, resource: &str| {
        !iam::role_has(cloud, &role, &[Permission::new(service, action, resource)])
    };
    match source {
        Source::Queue(queue) => {
            for action in OF_QUEUE {
                if lacks("sqs", action, &queue.arn) {
                    return Err(invalid(format!(
                        "The provided execution role does not have permissions to call {action} on \
                         SQS"
                    )));
                }
            }
        }
        Source::Stream { stream, is_pushed, .. } => {
            let is_lacking = OF_STREAM.iter().any(|action| lacks("kinesis", action, &stream.arn))
                || lacks("kinesis", "ListStreams", "*");
            if is_lacking {
                return Err(invalid(format!(
                    "Cannot access stream {}. Please ensure the role can perform the GetRecords, \
                     GetShardIterator, DescribeStream, DescribeStreamSummary, ListShards, and \
                     ListStreams Actions on your stream in IAM.",
                    stream.arn
                )));
            }
            if *is_pushed && lacks("kinesis", "SubscribeToShard", source_arn) {
                return Err(invalid(format!(
                    "Cannot access consumer {source_arn}. Please ensure the role can perform the \
                     SubscribeToShard Action on your consumer in IAM."
                )));
            }
        }
    }
    Ok(())
}
