//! `ReceiveMessage`, and what is done with what was received.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{self, invalid, out_of_bounds, required};
use super::attributes::{MOST_VISIBILITY_S, MOST_WAIT_S};
use super::message;
use super::queue::WrongReceipt;
use super::queue_api::by_url;
use super::receipt::Receipt;
use super::send_api::{answer_each, with_ids};
use super::{Delivery, MessageAttribute, Queue, Receive};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::{Response, aws_json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    queue_url: Option<String>,
    /// The older name of the next.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
}

/// A number within its bounds, if it is given.
fn bounded(value: Option<i64>, parameter: &str, low: u32, high: u32) -> ApiResult<Option<u32>> {
    let Some(value) = value else { return Ok(None) };
    u32::try_from(value)
        .ok()
        .filter(|number| (low..=high).contains(number))
        .map(Some)
        .ok_or_else(|| out_of_bounds(value, parameter, low.into(), high.into()))
}

pub(super) async fn receive(cloud: &Cloud, body: &[u8]) -> Response {
    answer::result(messages(cloud, body).await)
}

async fn messages(cloud: &Cloud, body: &[u8]) -> ApiResult<Value> {
    let input: Input = aws_json::input(body)?;
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let most = bounded(input.max_number_of_messages, "MaxNumberOfMessages", 1, 10)?.unwrap_or(1);
    let visibility = bounded(input.visibility_timeout, "VisibilityTimeout", 0, MOST_VISIBILITY_S)?;
    let wait_s = bounded(input.wait_time_seconds, "WaitTimeSeconds", 0, MOST_WAIT_S)?;
    let wait_s = wait_s.unwrap_or_else(|| queue.settings().attributes.receive_wait_s);
    // With long polling, no error is returned (developer guide, "Standard queue quotas").
    if wait_s == 0 && queue.is_full_of_received() {
        return Err(ApiError::new(
            400,
            "OverLimit",
            "Too many messages in flight: delete some, or wait until they are visible again.",
        ));
    }
    let receive = Receive {
        most: most as usize,
        most_bytes: usize::MAX,
        visibility: visibility.map(|seconds| Duration::from_secs(seconds.into())),
        until: Instant::now() + Duration::from_secs(wait_s.into()),
    };
    let deliveries = cloud.sqs.receive(&queue, &receive).await;
    if deliveries.is_empty() {
        return Ok(json!({}));
    }
    let messages: Vec<_> =
        deliveries.iter().map(|delivery| describe(cloud, delivery, &input)).collect();
    Ok(json!({ "Messages": messages }))
}

fn describe(cloud: &Cloud, delivery: &Delivery, input: &Input) -> Value {
    let message = &delivery.message;
    let mut value = json!({
        "MessageId": message.id,
        "ReceiptHandle": delivery.receipt.encode(),
        "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    });
    let asked = || input.attribute_names.iter().chain(&input.message_system_attribute_names);
    let attributes: Map<String, Value> = system_attributes(&cloud.config.account, delivery)
        .into_iter()
        .filter(|(name, _)| asked().any(|asked| asked == "All" || asked == name))
        .map(|(name, text)| (name.to_owned(), text.into()))
        .collect();
    if !attributes.is_empty() {
        value["Attributes"] = attributes.into();
    }
    let is_asked = |name: &str| {
        input.message_attribute_names.iter().any(|asked| match asked.strip_suffix(".*") {
            Some(prefix) => name.starts_with(prefix),
            None => asked == "All" || asked == name,
        })
    };
    let attributes: BTreeMap<&String, &MessageAttribute> =
        message.attributes.iter().filter(|(name, _)| is_asked(name)).collect();
    // The digest is of those that are given back.
    if let Some(md5) = message::md5_of_attributes(attributes.iter().map(|(n, a)| (*n, *a))) {
        value["MD5OfMessageAttributes"] = md5.into();
        value["MessageAttributes"] = json!(attributes);
    }
    value
}

/// The attributes that the service adds to a message.
pub(crate) fn system_attributes(account: &str, delivery: &Delivery) -> Vec<(&'static str, String)> {
    let message = &delivery.message;
    let mut all = vec![
        ("ApproximateReceiveCount", delivery.receives.to_string()),
        ("SentTimestamp", message.sent_ms.to_string()),
        ("SenderId", account.to_owned()),
        ("ApproximateFirstReceiveTimestamp", delivery.first_received_ms.to_string()),
    ];
    let optional = [
        ("AWSTraceHeader", &message.trace_header),
        ("MessageGroupId", &message.group_id),
        ("DeadLetterQueueSourceArn", &delivery.source_arn),
    ];
    all.extend(optional.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    all
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch {
    queue_url: Option<String>,
    entries: Option<Vec<Entry>>,
}

fn receipt(handle: Option<String>) -> ApiResult<Receipt> {
    let handle = required(handle, "ReceiptHandle")?;
    Receipt::decode(&handle).ok_or_else(|| not_a_receipt(&handle))
}

fn not_a_receipt(handle: &str) -> ApiError {
    ApiError::new(
        400,
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
    )
}

fn refused(receipt: Receipt, wrong: WrongReceipt) -> ApiError {
    match wrong {
        WrongReceipt::OtherQueue => not_a_receipt(&receipt.encode()),
        WrongReceipt::NoMessage => invalid(format!(
            "Value {} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is \
             not available for visibility timeout change.",
            receipt.encode()
        )),
        WrongReceipt::NotInFlight => ApiError::new(
            400,
            "AWS.SimpleQueueService.MessageNotInflight",
            "The specified message isn't in flight.",
        ),
    }
}

fn delete_one(queue: &Queue, handle: Option<String>) -> ApiResult<Value> {
    let receipt = receipt(handle)?;
    queue.delete_message(receipt).map_err(|wrong| refused(receipt, wrong))?;
    Ok(json!({}))
}

fn change_one(queue: &Queue, handle: Option<String>, timeout: Option<i64>) -> ApiResult<Value> {
    let receipt = receipt(handle)?;
    let timeout = bounded(timeout, "VisibilityTimeout", 0, MOST_VISIBILITY_S)?;
    let timeout = required(timeout, "VisibilityTimeout")?;
    queue
        .change_visibility(receipt, Duration::from_secs(timeout.into()), Instant::now())
        .map_err(|wrong| refused(receipt, wrong))?;
    Ok(json!({}))
}

pub(super) fn delete(cloud: &Cloud, input: One) -> ApiResult<Value> {
    delete_one(&*by_url(cloud, input.queue_url.as_deref())?, input.receipt_handle)
}

pub(super) fn change_visibility(cloud: &Cloud, input: One) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    change_one(&queue, input.receipt_handle, input.visibility_timeout)
}

pub(super) fn delete_batch(cloud: &Cloud, input: Batch) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let entries = required(input.entries, "DeleteMessageBatchRequestEntry")?;
    let entries = with_ids(entries, |entry| entry.id.as_deref())?;
    Ok(answer_each(entries, |entry| delete_one(&queue, entry.receipt_handle)))
}

pub(super) fn change_visibility_batch(cloud: &Cloud, input: Batch) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let entries = required(input.entries, "ChangeMessageVisibilityBatchRequestEntry")?;
    let entries = with_ids(entries, |entry| entry.id.as_deref())?;
    Ok(answer_each(entries, |entry| {
        change_one(&queue, entry.receipt_handle, entry.visibility_timeout)
    }))
}
