//! Streams and shards: make, list, describe, delete.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{invalid, limit, no_such_stream, required, stream, validation};
use super::stream::{MOST_CREATING, NotCreated, ON_DEMAND_SHARDS, StreamMode};
use super::{Shard, Stream};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::epoch_seconds::seconds;

/// A stream has at most so many shards here; the service's own bound is a quota of the account.
const MOST_SHARDS: i64 = 10_000;
/// A stream keeps its records between a day and a year (API reference).
const RETENTION_HOURS: std::ops::RangeInclusive<u32> = 24..=8_760;
/// A stream may be set to take records of so many KiB (API reference, `UpdateMaxRecordSize`).
const RECORD_KIB: std::ops::RangeInclusive<u32> = 1_024..=10_240;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ModeDetails {
    stream_mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    stream_name: Option<String>,
    shard_count: Option<i64>,
    stream_mode_details: Option<ModeDetails>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: Option<i64>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

pub(super) fn create(cloud: &Cloud, input: Create) -> ApiResult<Value> {
    let name = required(input.stream_name, "streamName")?;
    let is_valid = (1..=128).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if !is_valid {
        return Err(validation(format!(
            "Value '{name}' at 'streamName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [a-zA-Z0-9_.-]+ and have 1 to 128 characters"
        )));
    }
    let mode = match input.stream_mode_details.and_then(|details| details.stream_mode).as_deref() {
        None | Some("PROVISIONED") => StreamMode::Provisioned,
        Some("ON_DEMAND") => StreamMode::OnDemand,
        Some(other) => {
            return Err(validation(format!(
                "Value '{other}' at 'streamModeDetails.streamMode' failed to satisfy constraint: \
                 Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]"
            )));
        }
    };
    let shards = match (mode, input.shard_count) {
        (StreamMode::OnDemand, None) => ON_DEMAND_SHARDS,
        (StreamMode::OnDemand, Some(_)) => {
            return Err(validation("ShardCount must not be given for an ON_DEMAND stream"));
        }
        (StreamMode::Provisioned, None) => {
            return Err(validation("ShardCount must be given for a PROVISIONED stream"));
        }
        (StreamMode::Provisioned, Some(count @ 1..=MOST_SHARDS)) => {
            u32::try_from(count).unwrap_or(1)
        }
        (StreamMode::Provisioned, Some(count)) => {
            return Err(validation(format!(
                "Value '{count}' at 'shardCount' failed to satisfy constraint: Member must have \
                 value between 1 and {MOST_SHARDS}"
            )));
        }
    };
    let record_kib = input.max_record_size_in_kib.map(record_kib).transpose()?;
    let arn = cloud.arn("kinesis", &format!("stream/{name}"));
    match cloud.kinesis.create(&name, arn, mode, shards, input.tags, cloud.now_ms()) {
        Ok(stream) => {
            if let Some(kib) = record_kib {
                stream.take_records_of(kib);
            }
            Ok(json!({}))
        }
        Err(NotCreated::NameTaken) => Err(ApiError::new(
            400,
            "ResourceInUseException",
            format!("Stream {name} under account {} already exists.", cloud.config.account),
        )),
        Err(NotCreated::TooManyCreating) => Err(ApiError::new(
            400,
            "LimitExceededException",
            format!(
                "Account {} has {MOST_CREATING} streams in CREATING, as many as it may have.",
                cloud.config.account
            ),
        )),
    }
}

fn record_kib(asked: i64) -> ApiResult<u32> {
    u32::try_from(asked).ok().filter(|kib| RECORD_KIB.contains(kib)).ok_or_else(|| {
        validation(format!(
            "Value '{asked}' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have \
             value between {} and {}",
            RECORD_KIB.start(),
            RECORD_KIB.end()
        ))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateMaxRecordSize {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: Option<i64>,
}

pub(super) fn update_max_record_size(
    cloud: &Cloud,
    input: UpdateMaxRecordSize,
) -> ApiResult<Value> {
    let stream = stream(cloud, None, Some(&required(input.stream_arn, "streamARN")?))?;
    let kib = record_kib(required(input.max_record_size_in_kib, "maxRecordSizeInKiB")?)?;
    stream.take_records_of(kib);
    Ok(json!({}))
}

/// What takes an active stream is refused.
pub(super) fn in_creation(stream: &Stream) -> ApiError {
    ApiError::new(
        400,
        "ResourceInUseException",
        format!("Stream {} is {}.", stream.name, stream.status()),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(default)]
    enforce_consumer_deletion: bool,
}

pub(super) fn delete(cloud: &Cloud, input: Delete) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    // API reference, `DeleteStream`, Errors.
    if !stream.is_active() {
        return Err(in_creation(&stream));
    }
    if !input.enforce_consumer_deletion && !stream.settings().consumers.is_empty() {
        return Err(ApiError::new(
            400,
            "ResourceInUseException",
            format!(
                "Stream {} under account {} has registered consumers: deregister them, or ask for \
                 EnforceConsumerDeletion.",
                stream.name, cloud.config.account
            ),
        ));
    }
    cloud.kinesis.delete(&stream.name).ok_or_else(|| no_such_stream(cloud, &stream.name))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    limit: Option<i64>,
    exclusive_start_shard_id: Option<String>,
}

pub(super) fn describe(cloud: &Cloud, input: Describe) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    let limit = limit(input.limit, "limit", 100, 10_000)?;
    let after = input.exclusive_start_shard_id.unwrap_or_default();
    let mut shards = stream.shards().iter().filter(|shard| shard.id() > after);
    let page: Vec<_> = shards.by_ref().take(limit).map(|shard| shard_description(shard)).collect();
    let mut description = common_description(&stream);
    description["Shards"] = page.into();
    description["HasMoreShards"] = shards.next().is_some().into();
    description["EnhancedMonitoring"] = json!([{ "ShardLevelMetrics": [] }]);
    Ok(json!({ "StreamDescription": description }))
}

pub(super) fn summary(cloud: &Cloud, input: Describe) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    let mut description = common_description(&stream);
    description["OpenShardCount"] = stream.shards().len().into();
    description["MaxRecordSizeInKiB"] = stream.settings().most_record_kib.into();
    description["ConsumerCount"] = stream.settings().consumers.len().into();
    description["EnhancedMonitoring"] = json!([{ "ShardLevelMetrics": [] }]);
    Ok(json!({ "StreamDescriptionSummary": description }))
}

fn common_description(stream: &Stream) -> Value {
    json!({
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status(),
        "StreamModeDetails": { "StreamMode": stream.mode.as_str() },
        "RetentionPeriodHours": stream.settings().retention_hours,
        "StreamCreationTimestamp": seconds(stream.created_ms),
        "EncryptionType": "NONE",
    })
}

fn shard_description(shard: &Shard) -> Value {
    json!({
        "ShardId": shard.id(),
        "HashKeyRange": {
            "StartingHashKey": shard.range.start.to_string(),
            "EndingHashKey": shard.range.end.to_string(),
        },
        "SequenceNumberRange": {
            "StartingSequenceNumber": shard.sequence_number(0).to_string(),
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    limit: Option<i64>,
    exclusive_start_stream_name: Option<String>,
    next_token: Option<String>,
}

pub(super) fn list(cloud: &Cloud, input: List) -> ApiResult<Value> {
    let limit = limit(input.limit, "limit", 100, 10_000)?;
    let after = input.next_token.or(input.exclusive_start_stream_name).unwrap_or_default();
    let all = cloud.kinesis.all();
    let mut streams = all.iter().filter(|stream| stream.name > after);
    let page: Vec<_> = streams.by_ref().take(limit).collect();
    let has_more = streams.next().is_some();
    let summary = |stream: &&std::sync::Arc<Stream>| {
        json!({
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "StreamStatus": stream.status(),
            "StreamModeDetails": { "StreamMode": stream.mode.as_str() },
            "StreamCreationTimestamp": seconds(stream.created_ms),
        })
    };
    let mut answer = json!({
        "StreamNames": page.iter().map(|stream| stream.name.as_str()).collect::<Vec<_>>(),
        "StreamSummaries": page.iter().map(summary).collect::<Vec<_>>(),
        "HasMoreStreams": has_more,
    });
    if has_more && let Some(last) = page.last() {
        answer["NextToken"] = last.name.clone().into();
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ShardFilter {
    r#type: Option<String>,
    shard_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListShards {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    next_token: Option<String>,
    exclusive_start_shard_id: Option<String>,
    max_results: Option<i64>,
    shard_filter: Option<ShardFilter>,
}

pub(super) fn list_shards(cloud: &Cloud, input: ListShards) -> ApiResult<Value> {
    let limit = limit(input.max_results, "maxResults", 1_000, 10_000)?;
    // A token stands for the stream and the shard it goes on after: "<stream>|<shard>".
    let (stream, mut after) = match input.next_token.as_deref() {
        Some(_) if input.stream_name.is_some() || input.stream_arn.is_some() => {
            return Err(invalid("NextToken and StreamName cannot be provided together."));
        }
        Some(token) => {
            let (name, after) = token
                .split_once('|')
                .ok_or_else(|| invalid(format!("NextToken '{token}' is invalid.")))?;
            (stream(cloud, Some(name), None)?, after.to_owned())
        }
        None => (
            stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?,
            input.exclusive_start_shard_id.unwrap_or_default(),
        ),
    };
    if let Some(filter) = input.shard_filter {
        // All shards are open, and open since the stream was made: the filters by time and by
        // state all select every shard.
        match required(filter.r#type, "shardFilter.type")?.as_str() {
            "AFTER_SHARD_ID" => {
                after = after.max(required(filter.shard_id, "shardFilter.shardId")?);
            }
            "AT_TRIM_HORIZON" | "FROM_TRIM_HORIZON" | "AT_LATEST" | "AT_TIMESTAMP"
            | "FROM_TIMESTAMP" => {}
            other => {
                return Err(validation(format!(
                    "Value '{other}' at 'shardFilter.type' failed to satisfy constraint: Member \
                     must satisfy enum value set: [AFTER_SHARD_ID, AT_TRIM_HORIZON, \
                     FROM_TRIM_HORIZON, AT_LATEST, AT_TIMESTAMP, FROM_TIMESTAMP]"
                )));
            }
        }
    }
    let mut shards = stream.shards().iter().filter(|shard| shard.id() > after);
    let page: Vec<_> = shards.by_ref().take(limit).collect();
    let mut answer =
        json!({ "Shards": page.iter().map(|s| shard_description(s)).collect::<Vec<_>>() });
    if shards.next().is_some()
        && let Some(last) = page.last()
    {
        answer["NextToken"] = format!("{}|{}", stream.name, last.id()).into();
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Retention {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    retention_period_hours: Option<i64>,
}

pub(super) fn increase_retention(cloud: &Cloud, input: Retention) -> ApiResult<Value> {
    set_retention(cloud, &input, |asked, now| asked >= now, "less")
}

pub(super) fn decrease_retention(cloud: &Cloud, input: Retention) -> ApiResult<Value> {
    set_retention(cloud, &input, |asked, now| asked <= now, "greater")
}

fn set_retention(
    cloud: &Cloud,
    input: &Retention,
    is_allowed: impl Fn(u32, u32) -> bool,
    wrong: &str,
) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    let asked = required(input.retention_period_hours, "retentionPeriodHours")?;
    let hours = u32::try_from(asked).ok().filter(|hours| RETENTION_HOURS.contains(hours));
    let hours = hours.ok_or_else(|| {
        invalid(format!(
            "Requested retention period ({asked} hours) must be between {} and {} hours.",
            RETENTION_HOURS.start(),
            RETENTION_HOURS.end()
        ))
    })?;
    let mut settings = stream.settings();
    if !is_allowed(hours, settings.retention_hours) {
        return Err(invalid(format!(
            "Requested retention period ({hours} hours) for stream {} can not be {wrong} than \
             existing retention period ({} hours).",
            stream.name, settings.retention_hours
        )));
    }
    settings.retention_hours = hours;
    Ok(json!({}))
}
