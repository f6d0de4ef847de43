//! Tags of log groups, by ARN and, as older clients do it, by name.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::LogGroup;
use super::group_api::group_of_arn;
use super::input::{existing_group, required};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};

/// A resource has at most so many tags (API reference, `TooManyTagsException`).
const MOST_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tag {
    resource_arn: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) fn tag(cloud: &Cloud, input: Tag) -> ApiResult<Value> {
    add(&*group_of_arn(cloud, input.resource_arn)?, required(input.tags, "tags")?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Untag {
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub(super) fn untag(cloud: &Cloud, input: Untag) -> ApiResult<Value> {
    remove(&*group_of_arn(cloud, input.resource_arn)?, required(input.tag_keys, "tagKeys")?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    resource_arn: Option<String>,
}

pub(super) fn list(cloud: &Cloud, input: List) -> ApiResult<Value> {
    let group = group_of_arn(cloud, input.resource_arn)?;
    let tags = group.settings().tags.clone();
    Ok(json!({ "tags": tags }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagGroup {
    log_group_name: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) fn tag_group(cloud: &Cloud, input: TagGroup) -> ApiResult<Value> {
    let group = existing_group(cloud, &required(input.log_group_name, "logGroupName")?)?;
    add(&group, required(input.tags, "tags")?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UntagGroup {
    log_group_name: Option<String>,
    tags: Option<Vec<String>>,
}

pub(super) fn untag_group(cloud: &Cloud, input: UntagGroup) -> ApiResult<Value> {
    let group = existing_group(cloud, &required(input.log_group_name, "logGroupName")?)?;
    remove(&group, required(input.tags, "tags")?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListGroup {
    log_group_name: Option<String>,
}

pub(super) fn list_group(cloud: &Cloud, input: ListGroup) -> ApiResult<Value> {
    let group = existing_group(cloud, &required(input.log_group_name, "logGroupName")?)?;
    let tags = group.settings().tags.clone();
    Ok(json!({ "tags": tags }))
}

fn add(group: &LogGroup, tags: BTreeMap<String, String>) -> ApiResult<Value> {
    let mut settings = group.settings();
    let mut all = settings.tags.clone();
    all.extend(tags);
    if all.len() > MOST_TAGS {
        return Err(ApiError::new(
            400,
            "TooManyTagsException",
            format!("A resource has at most {MOST_TAGS} tags"),
        ));
    }
    settings.tags = all;
    Ok(json!({}))
}

fn remove(group: &LogGroup, keys: Vec<String>) -> ApiResult<Value> {
    let mut settings = group.settings();
    for key in keys {
        settings.tags.remove(&key);
    }
    Ok(json!({}))
}
