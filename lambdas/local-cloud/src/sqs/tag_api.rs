//! Tags of queues.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{invalid, required};
use super::queue_api::by_url;
use crate::cloud::Cloud;
use crate::error::ApiResult;

/// A queue has at most so many tags (developer guide, "Amazon SQS cost allocation tags").
const MOST_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    tag_keys: Option<Vec<String>>,
}

/// Checks the tags that a queue is to have.
pub(super) fn check(tags: &BTreeMap<String, String>) -> ApiResult<()> {
    if tags.len() > MOST_TAGS {
        return Err(invalid(format!("Too many tags: a queue has at most {MOST_TAGS}.")));
    }
    match tags.keys().find(|key| !(1..=128).contains(&key.chars().count())) {
        None => Ok(()),
        Some(key) => Err(invalid(format!("Tag key '{key}' must have 1 to 128 characters."))),
    }
}

pub(super) fn tag(cloud: &Cloud, input: Input) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let mut settings = queue.settings();
    let mut tags = settings.tags.clone();
    tags.extend(required(input.tags, "Tags")?);
    check(&tags)?;
    settings.tags = tags;
    Ok(json!({}))
}

pub(super) fn untag(cloud: &Cloud, input: Input) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let mut settings = queue.settings();
    for key in required(input.tag_keys, "TagKeys")? {
        settings.tags.remove(&key);
    }
    Ok(json!({}))
}

pub(super) fn list(cloud: &Cloud, input: Input) -> ApiResult<Value> {
    let queue = by_url(cloud, input.queue_url.as_deref())?;
    let tags = queue.settings().tags.clone();
    Ok(if tags.is_empty() { json!({}) } else { json!({ "Tags": tags }) })
}
