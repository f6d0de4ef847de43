//! Subscriptions of functions to topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::topic_api::page;
use super::{Subscription, Topic, attributes, existing_topic, invalid, required};
use crate::arn::Arn;
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{Params, element};

/// The protocols that the service knows; only `lambda` is delivered to here.
const PROTOCOLS: [&str; 9] =
    ["lambda", "http", "https", "email", "email-json", "sms", "sqs", "application", "firehose"];

pub(super) fn subscribe(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = required(params, "TopicArn")?;
    let protocol = required(params, "Protocol")?;
    if !PROTOCOLS.contains(&protocol) {
        return Err(invalid(format_args!(
            "Protocol Reason: Does not support this protocol string: {protocol}"
        )));
    }
    if protocol != "lambda" {
        return Err(invalid(format_args!(
            "Protocol Reason: local-cloud delivers to the protocol lambda only, not to {protocol}"
        )));
    }
    let endpoint = required(params, "Endpoint")?;
    let is_function = Arn::parse(endpoint)
        .is_some_and(|arn| arn.service == "lambda" && arn.resource.starts_with("function:"));
    if !is_function {
        return Err(invalid(format_args!("Lambda endpoint ARN: '{endpoint}'")));
    }
    for (name, value) in params.map("Attributes.entry", "key", "value") {
        attributes::check_subscription(&name, &value)?;
    }
    let topic = existing_topic(cloud, arn, "TopicArn")?;
    let subscription = topic.subscribe(endpoint, || cloud.sns.ids.uuid());
    let mut xml = String::new();
    element(&mut xml, "SubscriptionArn", &subscription.arn);
    Ok(xml)
}

/// Subscriptions of functions need no confirmation, so nobody has a token for one.
pub(super) fn confirm(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    existing_topic(cloud, required(params, "TopicArn")?, "TopicArn")?;
    let token = required(params, "Token")?;
    Err(invalid(format_args!("Token Reason: no subscription waits for '{token}'")))
}

/// Ending a subscription that is not there succeeds, as in the service.
pub(super) fn unsubscribe(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    match existing_subscription(cloud, required(params, "SubscriptionArn")?) {
        Ok((topic, subscription)) => {
            topic.unsubscribe(&subscription.arn);
        }
        Err(error) if error.code == "NotFound" => {}
        Err(error) => return Err(error),
    }
    Ok(String::new())
}

fn existing_subscription(cloud: &Cloud, arn: &str) -> ApiResult<(Arc<Topic>, Arc<Subscription>)> {
    let topic_arn = Arn::parse(arn)
        .filter(|parsed| parsed.service == "sns" && parsed.resource.contains(':'))
        .and_then(|_| arn.rsplit_once(':'))
        .map(|(topic_arn, _)| topic_arn)
        .ok_or_else(|| {
            invalid(format_args!(
                "SubscriptionArn Reason: '{arn}' is not the ARN of a subscription"
            ))
        })?;
    let missing = || ApiError::new(404, "NotFound", "Subscription does not exist");
    let topic = cloud.sns.topic(topic_arn).ok_or_else(missing)?;
    let subscription =
        topic.subscriptions().iter().find(|s| s.arn == arn).cloned().ok_or_else(missing)?;
    Ok((topic, subscription))
}

pub(super) fn list(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let all: Vec<_> =
        cloud.sns.topics().iter().flat_map(|topic| topic.subscriptions().to_vec()).collect();
    subscriptions_xml(cloud, &all, params)
}

pub(super) fn list_by_topic(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topic = existing_topic(cloud, required(params, "TopicArn")?, "TopicArn")?;
    subscriptions_xml(cloud, &topic.subscriptions(), params)
}

fn subscriptions_xml(
    cloud: &Cloud,
    all: &[Arc<Subscription>],
    params: &Params,
) -> ApiResult<String> {
    let (page, next) = page(all, params.get("NextToken"), |s| s.arn.as_str())?;
    let mut xml = String::from("<Subscriptions>");
    for subscription in page {
        xml.push_str("<member>");
        element(&mut xml, "SubscriptionArn", &subscription.arn);
        element(&mut xml, "Owner", &cloud.config.account);
        element(&mut xml, "Protocol", "lambda");
        element(&mut xml, "Endpoint", &subscription.endpoint);
        element(&mut xml, "TopicArn", &subscription.topic_arn);
        xml.push_str("</member>");
    }
    xml.push_str("</Subscriptions>");
    if let Some(next) = next {
        element(&mut xml, "NextToken", next);
    }
    Ok(xml)
}

pub(super) fn get_attributes(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = required(params, "SubscriptionArn")?;
    let (topic, subscription) = existing_subscription(cloud, arn)?;
    let all = [
        ("SubscriptionArn", subscription.arn.as_str()),
        ("TopicArn", topic.arn.as_str()),
        ("Protocol", "lambda"),
        ("Endpoint", subscription.endpoint.as_str()),
        ("Owner", cloud.config.account.as_str()),
        ("PendingConfirmation", "false"),
        ("ConfirmationWasAuthenticated", "true"),
        ("RawMessageDelivery", "false"),
    ];
    let all: BTreeMap<_, _> = all.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    Ok(attributes::to_xml(&all))
}

pub(super) fn set_attributes(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    existing_subscription(cloud, required(params, "SubscriptionArn")?)?;
    let value = params.get("AttributeValue").unwrap_or_default();
    attributes::check_subscription(required(params, "AttributeName")?, value)?;
    Ok(String::new())
}
