//! `Publish` and `PublishBatch`: the way of every message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::message::Message;
use super::{Topic, attributes, existing_topic, invalid, notification};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{Params, element};

/// A batch has at most so many messages (API reference, `PublishBatch`).
const MOST_ENTRIES: usize = 10;
/// Who a function's resource policy has to let in.
const PRINCIPAL: &str = "sns.amazonaws.com";

fn topic(cloud: &Cloud, params: &Params) -> ApiResult<Arc<Topic>> {
    if params.get("PhoneNumber").is_some() {
        return Err(invalid("PhoneNumber Reason: text messages are not supported by local-cloud"));
    }
    let (arn, parameter) = params
        .get("TopicArn")
        .map(|arn| (arn, "TopicArn"))
        .or_else(|| params.get("TargetArn").map(|arn| (arn, "TargetArn")))
        .ok_or_else(|| invalid("TopicArn or TargetArn Reason: no value for required parameter"))?;
    existing_topic(cloud, arn, parameter)
}

pub(super) fn publish(cloud: &Arc<Cloud>, params: &Params) -> ApiResult<String> {
    let topic = topic(cloud, params)?;
    let most_bytes = attributes::most_message_bytes(&topic.settings().attributes);
    let attributes = params.structures("MessageAttributes.entry");
    let message = Message::check(|name| params.get(name), &attributes, most_bytes)?;
    let mut xml = String::with_capacity(64);
    element(&mut xml, "MessageId", &deliver(cloud, &topic, &message));
    Ok(xml)
}

/// Hands a message to the queues of the functions that are subscribed; gives its id.
///
/// A delivery that the function's policy does not allow fails for good, and so does one to a
/// function that is not there (developer guide, "Message delivery retries": client-side errors
/// are not retried). The publisher is not told, as in the service.
fn deliver(cloud: &Arc<Cloud>, topic: &Topic, message: &Message<'_>) -> String {
    let message_id = cloud.sns.ids.uuid();
    let taken_ms = cloud.now_ms();
    for subscription in topic.subscriptions().iter() {
        let function = &subscription.endpoint;
        if !cloud.lambda.may_invoke(function, PRINCIPAL, &topic.arn) {
            continue;
        }
        let event = notification::event(
            message,
            &message_id,
            &topic.arn,
            &subscription.arn,
            &cloud.config.region,
            taken_ms,
        );
        // What is left to go wrong is a full queue of the function, and the service gives up on
        // that only after hours of retries; here the queue is bounded by memory instead.
        let _ = cloud.lambda.enqueue_event(cloud, function, event.into());
    }
    message_id
}

pub(super) fn publish_batch(cloud: &Arc<Cloud>, params: &Params) -> ApiResult<String> {
    let topic = topic(cloud, params)?;
    let most_bytes = attributes::most_message_bytes(&topic.settings().attributes);
    let entries = params.structures("PublishBatchRequestEntries.member");
    check_ids(&entries)?;
    let total: usize = entries.iter().filter_map(|e| e.get("Message")).map(|m| m.len()).sum();
    if total > most_bytes {
        return Err(ApiError::new(
            400,
            "BatchRequestTooLong",
            format!(
                "The length of all the messages put together, {total} bytes, is more than the limit of {most_bytes}."
            ),
        ));
    }
    let (mut successful, mut failed) = (String::new(), String::new());
    for entry in &entries {
        let id = entry.get("Id").copied().unwrap_or_default();
        let attributes = entry_attributes(entry);
        match Message::check(|name| entry.get(name).copied(), &attributes, most_bytes) {
            Ok(message) => {
                successful.push_str("<member>");
                element(&mut successful, "Id", id);
                element(&mut successful, "MessageId", &deliver(cloud, &topic, &message));
                successful.push_str("</member>");
            }
            Err(error) => {
                failed.push_str("<member>");
                element(&mut failed, "Id", id);
                element(&mut failed, "Code", error.code);
                element(&mut failed, "Message", &error.message);
                element(&mut failed, "SenderFault", "true");
                failed.push_str("</member>");
            }
        }
    }
    Ok(format!("<Successful>{successful}</Successful><Failed>{failed}</Failed>"))
}

fn check_ids(entries: &[BTreeMap<&str, &str>]) -> ApiResult<()> {
    let error = |code, message: &str| Err(ApiError::new(400, code, message));
    if entries.is_empty() {
        return error("EmptyBatchRequest", "The batch request doesn't contain any entries.");
    }
    if entries.len() > MOST_ENTRIES {
        return error(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible (more than 10).",
        );
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let id = entry.get("Id").copied().unwrap_or_default();
        let is_valid = (1..=80).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_valid {
            return error(
                "InvalidBatchEntryId",
                &format!(
                    "The Id '{id}' of a batch entry doesn't abide by the specification: 1 to 80 letters, digits, hyphens and underscores."
                ),
            );
        }
        if !ids.insert(id) {
            return error(
                "BatchEntryIdsNotDistinct",
                &format!("Two or more batch entries in the request have the same Id '{id}'."),
            );
        }
    }
    Ok(())
}

/// `MessageAttributes.entry.1.Name`, ... of an entry: one map per attribute.
fn entry_attributes<'a>(entry: &BTreeMap<&'a str, &'a str>) -> Vec<BTreeMap<&'a str, &'a str>> {
    let mut attributes: BTreeMap<u32, BTreeMap<&str, &str>> = BTreeMap::new();
    for (key, value) in entry {
        let member = key.strip_prefix("MessageAttributes.entry.").and_then(|k| k.split_once('.'));
        if let Some((number, member)) = member
            && let Ok(number) = number.parse()
        {
            attributes.entry(number).or_default().insert(member, value);
        }
    }
    attributes.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(ids: &[&'static str]) -> Vec<BTreeMap<&'static str, &'static str>> {
        ids.iter().map(|id| BTreeMap::from([("Id", *id)])).collect()
    }

    #[test]
    fn a_batch_has_one_to_ten_entries_with_ids_of_their_own() {
        let code = |ids: &[&'static str]| check_ids(&entries(ids)).unwrap_err().code;
        assert!(check_ids(&entries(&["a", "b-_1"])).is_ok());
        assert_eq!(code(&[]), "EmptyBatchRequest");
        assert_eq!(code(&["x"; 11]), "TooManyEntriesInBatchRequest");
        assert_eq!(code(&["a", "a"]), "BatchEntryIdsNotDistinct");
        assert_eq!(code(&["a b"]), "InvalidBatchEntryId");
        assert_eq!(code(&[""]), "InvalidBatchEntryId");
    }

    #[test]
    fn attributes_of_an_entry_are_put_together() {
        let entry = BTreeMap::from([
            ("Id", "1"),
            ("MessageAttributes.entry.1.Name", "n"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            ("MessageAttributes.entry.2.Name", "m"),
        ]);
        let attributes = entry_attributes(&entry);
        assert_eq!(attributes.len(), 2);
        assert_eq!(attributes[0]["Value.DataType"], "String");
        assert_eq!(attributes[1]["Name"], "m");
    }
}
