//! SNS (AWS Query): topics, and their deliveries to Lambda functions.

mod attributes;
mod message;
mod notification;
mod publish_api;
mod subscription_api;
mod tag_api;
mod topic;
mod topic_api;

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{self, Params};
use crate::protocol::{Request, Response};

pub(crate) use topic::{Sns, Subscription, Topic};

const XMLNS: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    let params = Params::parse(&request);
    let action = params.get("Action").unwrap_or("none");
    match answer(cloud, action, &params) {
        Ok(xml) => query::ok(action, XMLNS, &xml, &request.request_id),
        Err(error) => query::error(XMLNS, &error, &request.request_id),
    }
}

/// The answer to a request that is not allowed.
pub(crate) fn refuse(error: &ApiError, request: &Request) -> Response {
    query::error(XMLNS, error, &request.request_id)
}

fn answer(cloud: &Arc<Cloud>, action: &str, params: &Params) -> ApiResult<String> {
    match action {
        "Publish" => publish_api::publish(cloud, params),
        "PublishBatch" => publish_api::publish_batch(cloud, params),
        "CreateTopic" => topic_api::create(cloud, params),
        "DeleteTopic" => topic_api::delete(cloud, params),
        "ListTopics" => topic_api::list(cloud, params),
        "GetTopicAttributes" => topic_api::get_attributes(cloud, params),
        "SetTopicAttributes" => topic_api::set_attributes(cloud, params),
        "Subscribe" => subscription_api::subscribe(cloud, params),
        "ConfirmSubscription" => subscription_api::confirm(cloud, params),
        "Unsubscribe" => subscription_api::unsubscribe(cloud, params),
        "ListSubscriptions" => subscription_api::list(cloud, params),
        "ListSubscriptionsByTopic" => subscription_api::list_by_topic(cloud, params),
        "GetSubscriptionAttributes" => subscription_api::get_attributes(cloud, params),
        "SetSubscriptionAttributes" => subscription_api::set_attributes(cloud, params),
        "TagResource" => tag_api::tag(cloud, params),
        "UntagResource" => tag_api::untag(cloud, params),
        "ListTagsForResource" => tag_api::list(cloud, params),
        other => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("The action {other} is not valid for this web service."),
        )),
    }
}

fn invalid(message: impl std::fmt::Display) -> ApiError {
    ApiError::new(400, "InvalidParameter", format!("Invalid parameter: {message}"))
}

/// A parameter that must be there.
fn required<'a>(params: &'a Params, name: &str) -> ApiResult<&'a str> {
    params
        .get(name)
        .ok_or_else(|| invalid(format_args!("{name} Reason: no value for required parameter")))
}

/// The topic that a parameter names.
fn existing_topic(cloud: &Cloud, arn: &str, parameter: &str) -> ApiResult<Arc<Topic>> {
    let parsed = crate::arn::Arn::parse(arn)
        .filter(|arn| arn.service == "sns" && !arn.resource.contains(':'))
        .ok_or_else(|| {
            invalid(format_args!("{parameter} Reason: '{arn}' is not the ARN of a topic"))
        })?;
    cloud.sns.topic(arn).ok_or_else(|| {
        ApiError::new(404, "NotFound", format!("Topic does not exist: {}", parsed.resource))
    })
}
