//! What the operations of SQS, Kinesis, CloudWatch Logs and the tagging API need; their names stand
//! in `X-Amz-Target`, and what they are about in the body.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Permission, tagged};
use crate::cloud::Cloud;
use crate::kinesis;
use crate::protocol::{Request, aws_json};

/// The operation and its input; a body that is no JSON is refused by the operation.
fn read(request: &Request) -> Option<(&str, Value)> {
    let operation = aws_json::operation(request)?;
    Some((operation, serde_json::from_slice(&request.body).unwrap_or_default()))
}

/// A map of tags, wherever its name is written in capitals.
fn tags(input: &Value) -> BTreeMap<String, String> {
    let tags = ["tags", "Tags"].iter().map(|name| &input[*name]).find(|tags| !tags.is_null());
    tags.and_then(|tags| serde_json::from_value(tags.clone()).ok()).unwrap_or_default()
}

pub(super) fn sqs(cloud: &Cloud, request: &Request) -> Vec<Permission> {
    let Some((operation, input)) = read(request) else { return Vec::new() };
    let text = |member: &str| input[member].as_str();
    // A queue is named by its URL, the last part of which is its name.
    let of_url = || text("QueueUrl")?.trim_end_matches('/').rsplit('/').next();
    let Some(name) = text("QueueName").or_else(of_url) else {
        return vec![Permission::new("sqs", operation, "*")];
    };
    let queue = cloud.arn("sqs", name);
    let tags = tags(&input);
    match operation {
        "CreateQueue" => tagged(Permission::new("sqs", operation, queue), &tags, "sqs", "TagQueue"),
        "TagQueue" => vec![Permission::new("sqs", operation, queue).with_tags(&tags)],
        // The batches have no actions of their own (SQS Developer Guide, "Amazon SQS API
        // permissions").
        _ => {
            let action = operation.strip_suffix("Batch").unwrap_or(operation);
            vec![Permission::new("sqs", action, queue)]
        }
    }
}

pub(super) fn kinesis(cloud: &Cloud, request: &Request) -> Vec<Permission> {
    let Some((operation, input)) = read(request) else { return Vec::new() };
    let text = |member: &str| input[member].as_str().map(str::to_owned);
    let named = |name: String| cloud.arn("kinesis", &format!("stream/{name}"));
    let stream = text("StreamName")
        .map(named)
        .or_else(|| text("StreamARN"))
        .or_else(|| text("ResourceARN"))
        .or_else(|| kinesis::stream_of_iterator(&text("ShardIterator")?).map(named));
    let consumer = || {
        text("ConsumerARN").or_else(|| {
            let (stream, name) = (stream.as_deref()?, text("ConsumerName")?);
            let known = kinesis::consumer_api::arn_of(cloud, stream, &name);
            Some(known.unwrap_or_else(|| format!("{stream}/consumer/{name}")))
        })
    };
    let on = |resource: Option<String>| {
        Permission::new("kinesis", operation, resource.unwrap_or_else(|| "*".to_owned()))
    };
    let tags = tags(&input);
    match operation {
        "ListStreams" => vec![on(None)],
        "DescribeStreamConsumer" | "DeregisterStreamConsumer" => vec![on(consumer())],
        // Kinesis API, `CreateStream`: TagResource does not do here.
        "CreateStream" => tagged(on(stream), &tags, "kinesis", "AddTagsToStream"),
        "RegisterStreamConsumer" => {
            let mut all = vec![on(stream.clone())];
            if !tags.is_empty() {
                let consumer = consumer().unwrap_or_default();
                all.push(Permission::new("kinesis", "TagResource", consumer).with_tags(&tags));
            }
            all
        }
        "AddTagsToStream" | "TagResource" => vec![on(stream).with_tags(&tags)],
        _ => vec![on(stream)],
    }
}

pub(super) fn logs(cloud: &Cloud, request: &Request) -> Vec<Permission> {
    let Some((operation, input)) = read(request) else { return Vec::new() };
    let text = |member: &str| input[member].as_str();
    let group = text("logGroupName").or_else(|| {
        let identifier = text("logGroupIdentifier")?;
        Some(identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name))
    });
    let tags = tags(&input);
    if let Some(arn) = text("resourceArn") {
        return vec![Permission::new("logs", operation, arn).with_tags(&tags)];
    }
    let Some(group) = group.filter(|_| operation != "DescribeLogGroups") else {
        return vec![Permission::new("logs", operation, "*")];
    };
    let stream = match operation {
        "CreateLogStream" | "DeleteLogStream" | "PutLogEvents" | "GetLogEvents" => {
            text("logStreamName").unwrap_or_default()
        }
        // An action on a group shows as one on a stream without a name.
        _ => "",
    };
    let on = Permission::new("logs", operation, stream_arn(cloud, group, stream));
    match operation {
        "CreateLogGroup" => tagged(on, &tags, "logs", "TagResource"),
        "TagLogGroup" => vec![on.with_tags(&tags)],
        _ => vec![on],
    }
}

/// The ARN of a log stream; without a name, the one by which the service means a whole group.
fn stream_arn(cloud: &Cloud, group: &str, stream: &str) -> String {
    cloud.arn("logs", &format!("log-group:{group}:log-stream:{stream}"))
}

/// What writing a function's lines needs: of its group, which may be missing, and its stream
/// (Lambda Developer Guide, `AWSLambdaBasicExecutionRole`).
pub(crate) fn write_logs(
    cloud: &Cloud,
    group: &str,
    stream: &str,
    group_exists: bool,
) -> Vec<Permission> {
    let mut all = Vec::new();
    if !group_exists {
        all.push(Permission::new("logs", "CreateLogGroup", stream_arn(cloud, group, "")));
    }
    for action in ["CreateLogStream", "PutLogEvents"] {
        all.push(Permission::new("logs", action, stream_arn(cloud, group, stream)));
    }
    all
}

pub(super) fn tagging(request: &Request) -> Vec<Permission> {
    let operation = aws_json::operation(request);
    operation.map(|operation| Permission::new("tag", operation, "*")).into_iter().collect()
}
