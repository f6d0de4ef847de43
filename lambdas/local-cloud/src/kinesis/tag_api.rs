//! Tags of streams, by name and by ARN.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Stream;
use super::input::{limit, required, stream, validation};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};

/// A stream has at most so many tags (API reference, `AddTagsToStream`).
const MOST_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Add {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "ResourceARN")]
    resource_arn: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) fn add_to_stream(cloud: &Cloud, input: Add) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    add(&stream, required(input.tags, "tags")?)
}

pub(super) fn tag(cloud: &Cloud, input: Add) -> ApiResult<Value> {
    let arn = required(input.resource_arn, "resourceARN")?;
    add(&*stream(cloud, None, Some(&arn))?, required(input.tags, "tags")?)
}

fn add(stream: &Stream, tags: BTreeMap<String, String>) -> ApiResult<Value> {
    if let Some(key) = tags.keys().find(|key| !(1..=128).contains(&key.chars().count())) {
        return Err(validation(format!(
            "Value '{key}' at 'tags' failed to satisfy constraint: Map keys must have 1 to 128 \
             characters"
        )));
    }
    let mut settings = stream.settings();
    let mut all = settings.tags.clone();
    all.extend(tags);
    if all.len() > MOST_TAGS {
        return Err(ApiError::new(
            400,
            "LimitExceededException",
            format!("A stream has at most {MOST_TAGS} tags."),
        ));
    }
    settings.tags = all;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Remove {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "ResourceARN")]
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub(super) fn remove_from_stream(cloud: &Cloud, input: Remove) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    remove(&stream, required(input.tag_keys, "tagKeys")?)
}

pub(super) fn untag(cloud: &Cloud, input: Remove) -> ApiResult<Value> {
    let arn = required(input.resource_arn, "resourceARN")?;
    remove(&*stream(cloud, None, Some(&arn))?, required(input.tag_keys, "tagKeys")?)
}

fn remove(stream: &Stream, keys: Vec<String>) -> ApiResult<Value> {
    let mut settings = stream.settings();
    for key in keys {
        settings.tags.remove(&key);
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "ResourceARN")]
    resource_arn: Option<String>,
    exclusive_start_tag_key: Option<String>,
    limit: Option<i64>,
}

pub(super) fn list_of_stream(cloud: &Cloud, input: List) -> ApiResult<Value> {
    let stream = stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    let limit = limit(input.limit, "limit", MOST_TAGS, MOST_TAGS)?;
    let after = input.exclusive_start_tag_key.unwrap_or_default();
    let settings = stream.settings();
    let mut tags = settings.tags.iter().filter(|(key, _)| **key > after);
    let page: Vec<_> = tags.by_ref().take(limit).map(pair).collect();
    Ok(json!({ "Tags": page, "HasMoreTags": tags.next().is_some() }))
}

pub(super) fn list(cloud: &Cloud, input: List) -> ApiResult<Value> {
    let arn = required(input.resource_arn, "resourceARN")?;
    let stream = stream(cloud, None, Some(&arn))?;
    let tags: Vec<_> = stream.settings().tags.iter().map(pair).collect();
    Ok(json!({ "Tags": tags }))
}

fn pair((key, value): (&String, &String)) -> Value {
    json!({ "Key": key, "Value": value })
}
