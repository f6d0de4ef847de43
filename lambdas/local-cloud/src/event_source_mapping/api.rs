//! Create, get, list, update and delete mappings.

use std::sync::Arc;

use serde_json::{Value, json};

use super::mapping::{Mapping, Orders, Source};
use super::settings::{Input, Settings, StartingPosition, invalid};
use super::{queue_poller, role, shard_poller};
use crate::arn::Arn;
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::kinesis::consumer_api;
use crate::protocol::epoch_seconds::seconds;
use crate::protocol::{Request, rest_json};
use crate::sqs::Queue;

pub(super) fn create(cloud: &Arc<Cloud>, body: &[u8]) -> ApiResult<Value> {
    let input: Input = rest_json::input(body)?;
    let source = input.event_source_arn.as_deref().ok_or_else(|| {
        invalid("1 validation error detected: Value null at 'eventSourceArn' failed to satisfy constraint: Member must not be null")
    })?;
    let name = input.function_name.as_deref().ok_or_else(|| {
        invalid("1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null")
    })?;
    let reads = self::source(cloud, source, &input)?;
    let settings = input.apply(Settings::of(reads.kind()), reads.kind())?;
    let function = cloud.lambda.function_exists(name)?;
    if let Source::Queue(queue) = &reads {
        check_visibility(cloud, queue, name)?;
    }
    role::check(cloud, &reads, source, name)?;
    let orders = Orders { settings: Arc::new(settings), function, is_deleted: false };
    let mapping = Mapping::new(
        cloud.mappings.ids.uuid(),
        source.to_owned(),
        reads,
        orders,
        input.tags.clone(),
        cloud.now_ms(),
    );
    let mapping = cloud.mappings.add(mapping).map_err(|uuid| {
        ApiError::new(
            409,
            "ResourceConflictException",
            format!(
                "The event source arn (\" {source} \") and function (\" {name} \") provided mapping \
                 already exists. Please update or delete the existing mapping with UUID {uuid}"
            ),
        )
    })?;
    let answer = describe(cloud, &mapping);
    match &mapping.source {
        Source::Stream { stream, is_pushed, starting_position } => {
            shard_poller::start(cloud, &mapping, stream, *is_pushed, *starting_position);
        }
        Source::Queue(queue) => queue_poller::start(cloud, &mapping, queue),
    }
    mapping.status().is_created = true;
    Ok(answer)
}

/// A message that is still being processed must not be visible again ("Configuring a queue to use
/// with Lambda", Lambda developer guide).
fn check_visibility(cloud: &Cloud, queue: &Queue, function: &str) -> ApiResult<()> {
    let timeout_s = cloud.lambda.timeout_s(function)?;
    let visibility_s = queue.settings().attributes.visibility_timeout_s;
    if visibility_s < timeout_s {
        return Err(invalid(format!(
            "Queue visibility timeout: {visibility_s} seconds is less than Function timeout: \
             {timeout_s} seconds"
        )));
    }
    Ok(())
}

/// What an ARN names: a queue, a stream, or a consumer, who is pushed to.
fn source(cloud: &Cloud, arn: &str, input: &Input) -> ApiResult<Source> {
    let parsed = Arn::parse(arn).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value '{arn}' at 'eventSourceArn' failed to satisfy \
             constraint: it is not an ARN"
        ))
    })?;
    if parsed.service == "sqs" {
        return cloud.sqs.by_arn(arn).map(Source::Queue).ok_or_else(|| {
            invalid(format!("Error occurred while ReceiveMessage. The queue {arn} does not exist."))
        });
    }
    let name = parsed.resource.strip_prefix("stream/").filter(|_| parsed.service == "kinesis");
    let name = name.ok_or_else(|| {
        invalid(format!(
            "Unrecognized event source: '{arn}'. local-cloud reads Kinesis streams and SQS queues \
             only."
        ))
    })?;
    let missing = |error: ApiError| {
        invalid(format!("Cannot access stream {arn}. Please ensure it exists: {}", error.message))
    };
    let (stream, is_pushed) = if name.contains('/') {
        (consumer_api::by_arn(cloud, arn).map_err(missing)?.0, true)
    } else {
        let stream = cloud.kinesis.stream(name);
        let stream = stream.filter(|stream| stream.arn == arn && stream.is_active());
        let stream = stream.ok_or_else(|| {
            missing(ApiError::new(400, "ResourceNotFoundException", "no such stream"))
        })?;
        (stream, false)
    };
    Ok(Source::Stream { stream, is_pushed, starting_position: input.starting_position()? })
}

fn existing(cloud: &Cloud, uuid: &str) -> ApiResult<Arc<Mapping>> {
    cloud.mappings.get(uuid).ok_or_else(|| {
        ApiError::new(
            404,
            "ResourceNotFoundException",
            format!("The resource you requested does not exist: event source mapping {uuid}"),
        )
    })
}

pub(super) fn get(cloud: &Cloud, uuid: &str) -> ApiResult<Value> {
    Ok(describe(cloud, &*existing(cloud, uuid)?))
}

/// The tags of the mapping that an ARN names by its UUID.
pub(crate) fn list_tags(cloud: &Cloud, arn: &str) -> ApiResult<Value> {
    let uuid = arn.rsplit(':').next().unwrap_or_default();
    let mapping = existing(cloud, uuid)?;
    let tags = mapping.status().tags.clone();
    Ok(json!({ "Tags": tags }))
}

pub(super) fn list(cloud: &Cloud, request: &Request) -> ApiResult<Value> {
    let limit = match request.query("MaxItems") {
        None => 100,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=10_000).contains(limit))
            .ok_or_else(|| invalid(format!("MaxItems is between 1 and 10000, not '{text}'")))?,
    };
    let function = match request.query("FunctionName") {
        None => None,
        Some(name) => Some(cloud.lambda.function_exists(name)?.arn),
    };
    let mut mappings = cloud.mappings.all();
    mappings.retain(|mapping| {
        request.query("EventSourceArn").is_none_or(|arn| mapping.source_arn == arn)
            && function.as_ref().is_none_or(|arn| mapping.orders().function.arn == *arn)
            && request.query("Marker").is_none_or(|marker| mapping.uuid.as_str() > marker)
    });
    let next = (mappings.len() > limit).then(|| mappings[limit - 1].uuid.clone());
    mappings.truncate(limit);
    let page: Vec<_> = mappings.iter().map(|mapping| describe(cloud, mapping)).collect();
    let mut answer = json!({ "EventSourceMappings": page });
    if let Some(next) = next {
        answer["NextMarker"] = next.into();
    }
    Ok(answer)
}

fn not_deleting(mapping: &Mapping) -> ApiResult<()> {
    if mapping.orders().is_deleted {
        return Err(ApiError::new(
            400,
            "ResourceInUseException",
            format!("The event source mapping {} is being deleted.", mapping.uuid),
        ));
    }
    Ok(())
}

pub(super) fn update(cloud: &Cloud, uuid: &str, body: &[u8]) -> ApiResult<Value> {
    let input: Input = rest_json::input(body)?;
    let mapping = existing(cloud, uuid)?;
    not_deleting(&mapping)?;
    let before = Settings::clone(&mapping.orders().settings);
    let settings = input.apply(before, mapping.source.kind())?;
    let function = match input.function_name.as_deref() {
        Some(name) => {
            let function = cloud.lambda.function_exists(name)?;
            if let Source::Queue(queue) = &mapping.source {
                check_visibility(cloud, queue, name)?;
            }
            role::check(cloud, &mapping.source, &mapping.source_arn, name)?;
            function
        }
        None => mapping.orders().function,
    };
    mapping.order(|orders| {
        orders.settings = Arc::new(settings);
        orders.function = function;
    });
    mapping.status().modified_ms = cloud.now_ms();
    Ok(describe(cloud, &mapping))
}

pub(super) fn delete(cloud: &Cloud, uuid: &str) -> ApiResult<Value> {
    let mapping = existing(cloud, uuid)?;
    not_deleting(&mapping)?;
    // The pollers finish what they have begun; then the mapping goes.
    mapping.order(|orders| orders.is_deleted = true);
    Ok(describe(cloud, &mapping))
}

/// The ARN of a mapping's function.
pub(crate) fn function_of(cloud: &Cloud, uuid: &str) -> Option<String> {
    cloud.mappings.get(uuid).map(|mapping| mapping.orders().function.arn)
}

/// The ARN of a mapping.
pub(crate) fn arn(cloud: &Cloud, mapping: &Mapping) -> String {
    cloud.arn("lambda", &format!("event-source-mapping:{}", mapping.uuid))
}

fn describe(cloud: &Cloud, mapping: &Mapping) -> Value {
    let Orders { settings, function, .. } = mapping.orders();
    let responses: &[&str] =
        if settings.reports_item_failures { &["ReportBatchItemFailures"] } else { &[] };
    let state = mapping.state();
    let status = mapping.status();
    let mut value = json!({
        "UUID": mapping.uuid,
        "EventSourceMappingArn": arn(cloud, mapping),
        "EventSourceArn": mapping.source_arn,
        "FunctionArn": function.arn,
        "BatchSize": settings.batch_size,
        "MaximumBatchingWindowInSeconds": settings.batching_window.as_secs(),
        "FunctionResponseTypes": responses,
        "State": state,
        "StateTransitionReason": "User action",
        "LastModified": seconds(status.modified_ms),
    });
    match &mapping.source {
        Source::Queue(_) => {
            if let Some(most) = settings.maximum_concurrency {
                value["ScalingConfig"] = json!({ "MaximumConcurrency": most });
            }
        }
        Source::Stream { starting_position, .. } => {
            describe_stream(&mut value, &settings, *starting_position);
            value["LastProcessingResult"] = status.last_result.into();
        }
    }
    value
}

fn describe_stream(value: &mut Value, settings: &Settings, position: StartingPosition) {
    let whole_seconds = |time: Option<std::time::Duration>| {
        time.map_or(-1, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
    };
    value["StartingPosition"] = position.as_str().into();
    if let StartingPosition::AtTimestamp { ms } = position {
        value["StartingPositionTimestamp"] = seconds(ms).into();
    }
    value["ParallelizationFactor"] = settings.parallelization_factor.into();
    value["MaximumRetryAttempts"] = settings.maximum_retries.map_or(-1, i64::from).into();
    value["MaximumRecordAgeInSeconds"] = whole_seconds(settings.maximum_record_age).into();
    value["BisectBatchOnFunctionError"] = settings.bisect_on_error.into();
    value["DestinationConfig"] = settings.destination.clone();
    value["TumblingWindowInSeconds"] = 0.into();
}
