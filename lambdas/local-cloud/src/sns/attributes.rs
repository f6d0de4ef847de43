//! Attributes of topics and subscriptions: which there are, and what they may be.

use std::collections::BTreeMap;

use super::invalid;
use super::message::MOST_BYTES;
use crate::error::ApiResult;
use crate::protocol::query::element;

/// What a topic may be set to take, in bytes (developer guide, `MaximumMessageSize`).
const MESSAGE_BYTES: std::ops::RangeInclusive<usize> = 1_024..=1_048_576;

/// Checks an attribute of a topic. Those that would change deliveries in a way that is not built
/// are refused rather than ignored.
pub(super) fn check_topic(name: &str, value: &str) -> ApiResult<()> {
    let reason = match name {
        "DisplayName" if value.chars().count() > 100 => "Display name is too long",
        "Policy" | "DeliveryPolicy"
            if serde_json::from_str::<serde_json::Map<_, _>>(value).is_err() =>
        {
            "not a JSON object"
        }
        "TracingConfig" if !matches!(value, "PassThrough" | "Active") => {
            "must be PassThrough or Active"
        }
        "SignatureVersion" if !matches!(value, "1" | "2") => "must be 1 or 2",
        "MaximumMessageSize"
            if !value.parse().is_ok_and(|bytes: usize| MESSAGE_BYTES.contains(&bytes)) =>
        {
            "must be a number between 1024 and 1048576"
        }
        "DisplayName" | "Policy" | "DeliveryPolicy" | "TracingConfig" | "SignatureVersion"
        | "MaximumMessageSize" | "KmsMasterKeyId" => return Ok(()),
        _ if name.starts_with("Lambda") && name.contains("Feedback") => return Ok(()),
        _ => return Err(invalid(format_args!("AttributeName Reason: unknown '{name}'"))),
    };
    Err(invalid(format_args!("Attributes Reason: {name} '{value}': {reason}")))
}

/// Checks an attribute of a function's subscription.
pub(super) fn check_subscription(name: &str, value: &str) -> ApiResult<()> {
    match (name, value) {
        ("RawMessageDelivery", "false") => Ok(()),
        ("RawMessageDelivery", _) => Err(invalid(
            "Attributes Reason: Delivery protocol [lambda] does not support raw message delivery.",
        )),
        (
            "FilterPolicy"
            | "FilterPolicyScope"
            | "RedrivePolicy"
            | "DeliveryPolicy"
            | "SubscriptionRoleArn"
            | "ReplayPolicy",
            _,
        ) => {
            Err(invalid(format_args!("Attributes Reason: {name} is not supported by local-cloud")))
        }
        _ => Err(invalid(format_args!("AttributeName Reason: unknown '{name}'"))),
    }
}

/// How many bytes a message of this topic may have.
pub(super) fn most_message_bytes(attributes: &BTreeMap<String, String>) -> usize {
    attributes.get("MaximumMessageSize").and_then(|value| value.parse().ok()).unwrap_or(MOST_BYTES)
}

/// What a topic has if nobody set it.
pub(super) fn topic_defaults(arn: &str, account: &str) -> BTreeMap<String, String> {
    let policy = serde_json::json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes"],
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
        }],
    });
    let delivery = serde_json::json!({ "http": { "defaultHealthyRetryPolicy": {
        "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
        "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
    }, "disableSubscriptionOverrides": false } });
    BTreeMap::from([
        ("DisplayName".to_owned(), String::new()),
        ("Policy".to_owned(), policy.to_string()),
        ("EffectiveDeliveryPolicy".to_owned(), delivery.to_string()),
    ])
}

/// `<Attributes><entry><key>..</key><value>..</value></entry>...</Attributes>`
pub(super) fn to_xml(attributes: &BTreeMap<String, String>) -> String {
    let mut xml = String::from("<Attributes>");
    for (name, value) in attributes {
        xml.push_str("<entry>");
        element(&mut xml, "key", name);
        element(&mut xml, "value", value);
        xml.push_str("</entry>");
    }
    xml.push_str("</Attributes>");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_checked_and_what_is_not_built_is_refused() {
        assert!(check_topic("DisplayName", "Name").is_ok());
        assert!(check_topic("MaximumMessageSize", "1048576").is_ok());
        assert!(check_topic("MaximumMessageSize", "1048577").is_err());
        assert!(check_topic("Policy", "no policy").is_err());
        assert!(check_topic("Colour", "red").is_err());
        assert!(check_subscription("RawMessageDelivery", "false").is_ok());
        assert!(check_subscription("RawMessageDelivery", "true").is_err());
        assert!(check_subscription("FilterPolicy", "{}").is_err());
    }

    #[test]
    fn a_topic_may_be_set_to_take_longer_messages() {
        let mut attributes = BTreeMap::new();
        assert_eq!(most_message_bytes(&attributes), 262_144);
        attributes.insert("MaximumMessageSize".into(), "1048576".into());
        assert_eq!(most_message_bytes(&attributes), 1_048_576);
    }
}
