//! Queues: make, find, describe, change, purge, delete.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{invalid, out_of_bounds, required};
use super::attributes::{self, Attributes};
use super::{Queue, tag_api};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::Request;

/// A page lists at most so many queues (API reference, `ListQueues`).
const PAGE: i64 = 1_000;
/// A queue is purged at most so often, in milliseconds (API reference, `PurgeQueue`).
const PURGE_EVERY_MS: u64 = 60_000;
/// What `GetQueueAttributes` shows and nobody can set.
const SHOWN_ONLY: [&str; 6] = [
    "QueueArn",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
];
/// What can be set and is shown only if it was.
const SHOWN_IF_SET: [&str; 5] = [
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
];

/// The URL of a queue: the path as AWS's, below the address by which the client reached this
/// server, since some clients send what concerns a queue to its URL.
fn url_of(cloud: &Cloud, request: &Request, name: &str) -> String {
    let host = request.header("host").unwrap_or("localhost");
    format!("http://{host}/{}/{name}", cloud.config.account)
}

fn missing() -> ApiError {
    ApiError::new(
        400,
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )
}

/// The queue of a URL, whatever its host.
pub(super) fn by_url(cloud: &Cloud, url: Option<&str>) -> ApiResult<Arc<Queue>> {
    let url = required(url, "QueueUrl")?;
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let name = parts.next().unwrap_or_default();
    match parts.next() {
        Some(account) if account == cloud.config.account => {}
        // A name alone is taken for a URL by the service too.
        None => {}
        Some(_) => return Err(missing()),
    }
    cloud.sqs.queue(name).ok_or_else(missing)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default, rename = "tags", alias = "Tags")]
    tags: BTreeMap<String, String>,
}

pub(super) fn create(cloud: &Cloud, request: &Request, mut input: Create) -> ApiResult<Value> {
    let name = required(input.queue_name, "QueueName")?;
    let is_fifo = input.attributes.remove("FifoQueue").is_some_and(|value| value == "true");
    if is_fifo || name.ends_with(".fifo") {
        return Err(ApiError::new(
            400,
            "AWS.SimpleQueueService.UnsupportedOperation",
            "FIFO queues are not supported by local-cloud.",
        ));
    }
    let is_valid = (1..=80).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !is_valid {
        return Err(invalid(format!(
            "Queue name '{name}' is invalid: it can only include alphanumeric characters, hyphens, \
             or underscores. 1 to 80 in length"
        )));
    }
    let mut attributes = Attributes::default();
    attributes.apply(&input.attributes)?;
    check_redrive(cloud, &attributes)?;
    tag_api::check(&input.tags)?;
    let answer = json!({ "QueueUrl": url_of(cloud, request, &name) });
    let arn = cloud.arn("sqs", &name);
    let queue = Queue::new(name, arn, attributes, input.tags, cloud.now_ms());
    // What is asked again with the same attributes is there already, and that is no error.
    if let Err(existing) = cloud.sqs.add(queue) {
        let shown = existing.settings().attributes.show();
        if let Some((name, _)) = input.attributes.iter().find(|(n, v)| shown.get(*n) != Some(v)) {
            return Err(ApiError::new(
                400,
                "QueueAlreadyExists",
                format!(
                    "A queue already exists with the same name and a different value for attribute \
                     {name}"
                ),
            ));
        }
    }
    Ok(answer)
}

fn check_redrive(cloud: &Cloud, attributes: &Attributes) -> ApiResult<()> {
    match &attributes.redrive {
        Some(redrive) if cloud.sqs.by_arn(&redrive.target_arn).is_none() => Err(invalid(format!(
            "Value {} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not \
             exist.",
            redrive.target_arn
        ))),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

pub(super) fn url(cloud: &Cloud, request: &Request, input: Named) -> ApiResult<Value> {
    let name = required(input.queue_name, "QueueName")?;
    let is_own = input.owner.is_none_or(|owner| owner == cloud.config.account);
    if !is_own || cloud.sqs.queue(&name).is_none() {
        return Err(missing());
    }
    Ok(json!({ "QueueUrl": url_of(cloud, request, &name) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Get {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

pub(super) fn get_attributes(cloud: &Cloud, input: Get) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let mut shown = queue.settings().attributes.show();
    let modified_ms = queue.settings().modified_ms;
    let counts = queue.counts(Instant::now(), cloud.now_ms());
    let values = [
        queue.arn.clone(),
        (queue.created_ms / 1_000).to_string(),
        (modified_ms / 1_000).to_string(),
        counts.visible.to_string(),
        counts.delayed.to_string(),
        counts.in_flight.to_string(),
    ];
    shown.extend(SHOWN_ONLY.into_iter().map(str::to_owned).zip(values));
    let mut asked = Map::new();
    for name in &input.attribute_names {
        if name == "All" {
            asked.extend(shown.iter().map(|(name, value)| (name.clone(), value.clone().into())));
        } else if let Some(value) = shown.get(name) {
            asked.insert(name.clone(), value.clone().into());
        } else if !SHOWN_IF_SET.contains(&name.as_str()) {
            return Err(attributes::unknown(name));
        }
    }
    Ok(if asked.is_empty() { json!({}) } else { json!({ "Attributes": asked }) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Set {
    queue_url: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

pub(super) fn set_attributes(cloud: &Cloud, input: Set) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let given = required(input.attributes, "Attributes")?;
    let mut settings = queue.settings();
    let mut changed = settings.attributes.clone();
    changed.apply(&given)?;
    if given.contains_key("RedrivePolicy") {
        check_redrive(cloud, &changed)?;
    }
    settings.attributes = changed;
    settings.modified_ms = cloud.now_ms();
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    queue_name_prefix: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(cloud: &Cloud, request: &Request, input: List) -> ApiResult<Value> {
    let most = input.max_results.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(out_of_bounds(most, "MaxResults", 1, PAGE));
    }
    let prefix = input.queue_name_prefix.unwrap_or_default();
    let after = input.next_token.unwrap_or_default();
    let all = cloud.sqs.all();
    let mut queues = all.iter().filter(|q| q.name.starts_with(&prefix) && q.name > after);
    let page: Vec<_> = queues.by_ref().take(usize::try_from(most).unwrap_or(1)).collect();
    let mut answer = json!({});
    if !page.is_empty() {
        let urls: Vec<_> = page.iter().map(|queue| url_of(cloud, request, &queue.name)).collect();
        answer["QueueUrls"] = urls.into();
    }
    // Without MaxResults the service gives no token.
    if input.max_results.is_some()
        && queues.next().is_some()
        && let Some(last) = page.last()
    {
        answer["NextToken"] = last.name.clone().into();
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Url {
    queue_url: Option<String>,
}

pub(super) fn purge(cloud: &Cloud, input: Url) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let now_ms = cloud.now_ms();
    let mut settings = queue.settings();
    if settings.purged_ms.is_some_and(|purged| now_ms.saturating_sub(purged) < PURGE_EVERY_MS) {
        return Err(ApiError::new(
            403,
            "AWS.SimpleQueueService.PurgeQueueInProgress",
            format!("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue.name),
        ));
    }
    settings.purged_ms = Some(now_ms);
    drop(settings);
    queue.purge();
    Ok(json!({}))
}

pub(super) fn delete(cloud: &Cloud, input: Url) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    cloud.sqs.remove(&queue.name);
    Ok(json!({}))
}
