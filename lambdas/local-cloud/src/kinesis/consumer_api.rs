//! Consumers with enhanced fan-out. They become active at once; `SubscribeToShard` is not built,
//! but an event source mapping with a consumer's ARN is pushed to.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Stream;
use super::input::{invalid, limit, not_found, required, stream, validation};
use super::stream::Consumer;
use super::stream_api::in_creation;
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::epoch_seconds::seconds;

/// A stream has at most so many consumers (API reference, `RegisterStreamConsumer`).
const MOST_CONSUMERS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    consumer_name: Option<String>,
    #[serde(rename = "ConsumerARN")]
    consumer_arn: Option<String>,
}

pub(super) fn register(cloud: &Cloud, input: Named) -> ApiResult<Value> {
    let arn = required(input.stream_arn, "streamARN")?;
    let name = required(input.consumer_name, "consumerName")?;
    let is_valid = (1..=128).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if !is_valid {
        return Err(validation(format!(
            "Value '{name}' at 'consumerName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [a-zA-Z0-9_.-]+ and have 1 to 128 characters"
        )));
    }
    let stream = stream(cloud, None, Some(&arn))?;
    // API reference, `RegisterStreamConsumer`, Errors.
    if !stream.is_active() {
        return Err(in_creation(&stream));
    }
    let mut settings = stream.settings();
    if settings.consumers.contains_key(&name) {
        return Err(ApiError::new(
            400,
            "ResourceInUseException",
            format!("Consumer {name} of stream {} already exists.", stream.name),
        ));
    }
    if settings.consumers.len() == MOST_CONSUMERS {
        return Err(ApiError::new(
            400,
            "LimitExceededException",
            format!("A stream has at most {MOST_CONSUMERS} consumers."),
        ));
    }
    let consumer = Consumer { name: name.clone(), created_ms: cloud.now_ms() };
    let mut answer = description(&stream, &consumer);
    answer["ConsumerStatus"] = "CREATING".into();
    settings.consumers.insert(name, consumer);
    Ok(json!({ "Consumer": answer }))
}

fn description(stream: &Stream, consumer: &Consumer) -> Value {
    json!({
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer_arn(stream, consumer),
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": seconds(consumer.created_ms),
    })
}

fn consumer_arn(stream: &Stream, consumer: &Consumer) -> String {
    format!("{}/consumer/{}:{}", stream.arn, consumer.name, consumer.created_ms / 1_000)
}

/// The ARN of a stream's consumer by its name, if there is one.
pub(crate) fn arn_of(cloud: &Cloud, stream_arn: &str, name: &str) -> Option<String> {
    let stream = stream(cloud, None, Some(stream_arn)).ok()?;
    let consumer = stream.settings().consumers.get(name).cloned()?;
    Some(consumer_arn(&stream, &consumer))
}

/// The stream and the consumer that a consumer's ARN names.
pub(crate) fn by_arn(cloud: &Cloud, arn: &str) -> ApiResult<(Arc<Stream>, Consumer)> {
    let missing = || not_found(format!("Consumer {arn} not found."));
    let (stream_arn, name) = arn
        .split_once("/consumer/")
        .ok_or_else(|| invalid(format!("'{arn}' is not the ARN of a stream consumer")))?;
    let name = name.split(':').next().unwrap_or_default();
    let stream = stream(cloud, None, Some(stream_arn))?;
    let consumer = stream.settings().consumers.get(name).cloned().ok_or_else(missing)?;
    if consumer_arn(&stream, &consumer) != arn {
        return Err(missing());
    }
    Ok((stream, consumer))
}

fn named(cloud: &Cloud, input: Named) -> ApiResult<(Arc<Stream>, Consumer)> {
    if let Some(arn) = input.consumer_arn {
        return by_arn(cloud, &arn);
    }
    let (Some(arn), Some(name)) = (input.stream_arn, input.consumer_name) else {
        return Err(invalid("Either ConsumerARN, or StreamARN and ConsumerName, must be given."));
    };
    let stream = stream(cloud, None, Some(&arn))?;
    let consumer = stream.settings().consumers.get(&name).cloned();
    let consumer = consumer.ok_or_else(|| {
        not_found(format!("Consumer {name} of stream {} not found.", stream.name))
    })?;
    Ok((stream, consumer))
}

pub(super) fn describe(cloud: &Cloud, input: Named) -> ApiResult<Value> {
    let (stream, consumer) = named(cloud, input)?;
    let mut answer = description(&stream, &consumer);
    answer["StreamARN"] = stream.arn.clone().into();
    Ok(json!({ "ConsumerDescription": answer }))
}

pub(super) fn deregister(cloud: &Cloud, input: Named) -> ApiResult<Value> {
    let (stream, consumer) = named(cloud, input)?;
    stream.settings().consumers.remove(&consumer.name);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(cloud: &Cloud, input: List) -> ApiResult<Value> {
    let stream = stream(cloud, None, Some(&required(input.stream_arn, "streamARN")?))?;
    let limit = limit(input.max_results, "maxResults", 100, 10_000)?;
    let after = input.next_token.unwrap_or_default();
    let settings = stream.settings();
    let mut consumers = settings.consumers.values().filter(|consumer| consumer.name > after);
    let page: Vec<_> = consumers.by_ref().take(limit).collect();
    let mut answer = json!({
        "Consumers": page.iter().map(|c| description(&stream, c)).collect::<Vec<_>>()
    });
    if consumers.next().is_some()
        && let Some(last) = page.last()
    {
        answer["NextToken"] = last.name.clone().into();
    }
    Ok(answer)
}
