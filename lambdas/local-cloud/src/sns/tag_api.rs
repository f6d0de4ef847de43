//! Tags of topics.

use std::sync::Arc;

use super::topic_api::{no_such_resource, tags_xml};
use super::{Topic, required};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::Params;

/// A topic has at most so many tags (API reference, `TagResource`).
const MOST_TAGS: usize = 50;

fn resource(cloud: &Cloud, params: &Params) -> ApiResult<Arc<Topic>> {
    let arn = required(params, "ResourceArn")?;
    cloud.sns.topic(arn).ok_or_else(|| no_such_resource(arn))
}

pub(super) fn tag(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topic = resource(cloud, params)?;
    let mut settings = topic.settings();
    let mut tags = settings.tags.clone();
    tags.extend(params.map("Tags.member", "Key", "Value"));
    if tags.len() > MOST_TAGS {
        return Err(ApiError::new(
            400,
            "TagLimitExceeded",
            format!("Could not complete request: tag quota of per resource exceeded: {MOST_TAGS}"),
        ));
    }
    settings.tags = tags;
    Ok(String::new())
}

pub(super) fn untag(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topic = resource(cloud, params)?;
    let mut settings = topic.settings();
    for key in params.list("TagKeys.member") {
        settings.tags.remove(key);
    }
    Ok(String::new())
}

pub(super) fn list(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topic = resource(cloud, params)?;
    let xml = tags_xml(&topic.settings().tags);
    Ok(xml)
}
