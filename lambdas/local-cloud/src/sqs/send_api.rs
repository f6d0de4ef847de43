//! `SendMessage` and `SendMessageBatch`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{invalid, out_of_bounds, required};
use super::attributes::{MOST_DELAY_S, MOST_MESSAGE_BYTES};
use super::message::{self, Message, MessageAttribute};
use super::queue_api::by_url;
use super::{Queue, Sqs};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::injected_delay::DelayLine;

/// A batch has at most so many entries (API reference).
const MOST_ENTRIES: usize = 10;

/// A message as it is asked to be sent, alone or as an entry of a batch.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Content {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    message_attributes: BTreeMap<String, MessageAttribute>,
    message_system_attributes: BTreeMap<String, MessageAttribute>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send {
    queue_url: Option<String>,
    #[serde(flatten)]
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    #[serde(flatten)]
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendBatch {
    queue_url: Option<String>,
    entries: Option<Vec<Entry>>,
}

pub(super) fn send(cloud: &Cloud, input: Send) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    put(cloud, &queue, input.content)
}

/// Checks a message and puts it into the queue; gives what the sender learns of it.
fn put(cloud: &Cloud, queue: &Queue, content: Content) -> ApiResult<Value> {
    let body = required(content.message_body, "MessageBody")?;
    let (most_bytes, queue_delay_s) = {
        let settings = queue.settings();
        (settings.attributes.maximum_message_bytes, settings.attributes.delay_s)
    };
    message::check(&body, &content.message_attributes, most_bytes)?;
    if content.message_deduplication_id.is_some() {
        return Err(invalid(
            "The request includes a parameter that is not valid for this queue type: \
             MessageDeduplicationId",
        ));
    }
    let delay_s = match content.delay_seconds {
        None => queue_delay_s,
        Some(asked) => u32::try_from(asked)
            .ok()
            .filter(|delay| *delay <= MOST_DELAY_S)
            .ok_or_else(|| out_of_bounds(asked, "DelaySeconds", 0, MOST_DELAY_S.into()))?,
    };
    let mut trace_header = None;
    for (name, attribute) in content.message_system_attributes {
        if name != "AWSTraceHeader" {
            return Err(invalid(format!("Message system attribute name '{name}' is invalid.")));
        }
        trace_header = attribute.string_value;
    }
    let Sqs { memory, ids, .. } = &cloud.sqs;
    let bytes = message::size(&body, &content.message_attributes);
    let share = memory.take(bytes).ok_or_else(|| {
        ApiError::new(
            400,
            "RequestThrottled",
            "The messages of all queues take as much memory as local-cloud gives them \
             (--queue-retention-bytes): receive and delete some first.",
        )
    })?;
    let message = Message {
        id: ids.uuid(),
        md5_of_body: message::md5_of_body(&body),
        event_bytes: message::event_bytes(&body, &content.message_attributes),
        body: body.into(),
        attributes: content.message_attributes,
        trace_header,
        group_id: content.message_group_id,
        sent_ms: cloud.now_ms(),
        share,
    };
    let mut answer = json!({ "MessageId": message.id, "MD5OfMessageBody": message.md5_of_body });
    if let Some(md5) = message::md5_of_attributes(&message.attributes) {
        answer["MD5OfMessageAttributes"] = md5.into();
    }
    let injected = cloud.delay_line.as_ref().map_or(Duration::ZERO, DelayLine::draw);
    let delay = Duration::from_secs(delay_s.into()) + injected;
    queue.put(message, delay, Instant::now());
    Ok(answer)
}

pub(super) fn send_batch(cloud: &Cloud, input: SendBatch) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let entries = required(input.entries, "SendMessageBatchRequestEntry")?;
    let entries = with_ids(entries, |entry| entry.id.as_deref())?;
    let size = |entry: &Entry| {
        let body = entry.content.message_body.as_deref().unwrap_or_default();
        message::size(body, &entry.content.message_attributes)
    };
    let bytes: usize = entries.iter().map(|(_, entry)| size(entry)).sum();
    if bytes > MOST_MESSAGE_BYTES as usize {
        return Err(batch_error(
            "AWS.SimpleQueueService.BatchRequestTooLong",
            format!(
                "Batch requests cannot be longer than {MOST_MESSAGE_BYTES} bytes. You have sent \
                 {bytes} bytes."
            ),
        ));
    }
    Ok(answer_each(entries, |entry| put(cloud, &queue, entry.content)))
}

fn batch_error(code: &'static str, message: String) -> ApiError {
    ApiError::new(400, code, message)
}

/// The entries of a batch with their ids, if there are one to ten and each has one of its own.
pub(super) fn with_ids<E>(
    entries: Vec<E>,
    id: impl Fn(&E) -> Option<&str>,
) -> ApiResult<Vec<(String, E)>> {
    if entries.is_empty() {
        return Err(batch_error(
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one entry in the request.".to_owned(),
        ));
    }
    if entries.len() > MOST_ENTRIES {
        return Err(batch_error(
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {MOST_ENTRIES}. You have sent {}.",
                entries.len()
            ),
        ));
    }
    let mut seen = BTreeSet::new();
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = id(&entry).unwrap_or_default().to_owned();
        let is_valid = (1..=80).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_valid {
            return Err(batch_error(
                "AWS.SimpleQueueService.InvalidBatchEntryId",
                format!(
                    "A batch entry id can only contain alphanumeric characters, hyphens and \
                     underscores. It can be at most 80 letters long. It is '{id}'."
                ),
            ));
        }
        if !seen.insert(id.clone()) {
            return Err(batch_error(
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
        all.push((id, entry));
    }
    Ok(all)
}

/// The answer to a batch: what became of each entry.
pub(super) fn answer_each<E>(
    entries: Vec<(String, E)>,
    mut operation: impl FnMut(E) -> ApiResult<Value>,
) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, entry) in entries {
        match operation(entry) {
            Ok(mut answer) => {
                answer["Id"] = id.into();
                successful.push(answer);
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "Code": error.code,
                "Message": error.message,
                "SenderFault": !error.status.is_server_error(),
            })),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_one_to_ten_entries_with_ids_of_their_own() {
        let code = |ids: &[&str]| with_ids(ids.to_vec(), |id| Some(*id)).err().map(|e| e.code);
        assert_eq!(code(&["a", "b-_1"]), None);
        assert_eq!(code(&[]), Some("AWS.SimpleQueueService.EmptyBatchRequest"));
        assert_eq!(code(&["x"; 11]), Some("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"));
        assert_eq!(code(&["a", "a"]), Some("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"));
        assert_eq!(code(&["a", ""]), Some("AWS.SimpleQueueService.InvalidBatchEntryId"));
        assert_eq!(code(&["a b"]), Some("AWS.SimpleQueueService.InvalidBatchEntryId"));
    }
}
