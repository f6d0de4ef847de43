//! Topics: make, list, describe, change, delete.

use std::fmt::Write as _;

use super::topic::TopicSettings;
use super::{attributes, existing_topic, invalid, required};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{Params, element};

/// A page lists at most so many topics or subscriptions (API reference, `ListTopics`).
pub(super) const PAGE: usize = 100;

pub(super) fn create(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let name = required(params, "Name")?;
    let is_valid = (1..=256).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let mut settings = TopicSettings {
        attributes: params.map("Attributes.entry", "key", "value"),
        tags: params.map("Tags.member", "Key", "Value"),
        subscriptions_deleted: 0,
    };
    if name.ends_with(".fifo") || settings.attributes.get("FifoTopic").is_some_and(|v| v == "true")
    {
        return Err(invalid("FifoTopic Reason: FIFO topics are not supported by local-cloud"));
    }
    settings.attributes.remove("FifoTopic");
    if !is_valid {
        return Err(invalid("Topic Name"));
    }
    for (name, value) in &settings.attributes {
        attributes::check_topic(name, value)?;
    }
    let arn = cloud.arn("sns", name);
    let (topic, is_new) = cloud.sns.create(&arn, settings.clone());
    if !is_new {
        let existing = topic.settings();
        let differs = |asked: &std::collections::BTreeMap<String, String>,
                       has: &std::collections::BTreeMap<String, String>| {
            asked.iter().any(|(key, value)| has.get(key) != Some(value))
        };
        if differs(&settings.attributes, &existing.attributes) {
            return Err(invalid(
                "Attributes Reason: Topic already exists with different attributes",
            ));
        }
        if !settings.tags.is_empty() && settings.tags != existing.tags {
            return Err(invalid("Tags Reason: Topic already exists with different tags"));
        }
    }
    let mut xml = String::new();
    element(&mut xml, "TopicArn", &topic.arn);
    Ok(xml)
}

/// Deleting a topic that is not there succeeds, as in the service.
pub(super) fn delete(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = required(params, "TopicArn")?;
    match existing_topic(cloud, arn, "TopicArn") {
        Ok(topic) => cloud.sns.delete(&topic.arn),
        Err(error) if error.code == "NotFound" => {}
        Err(error) => return Err(error),
    }
    Ok(String::new())
}

pub(super) fn list(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topics: Vec<_> = cloud.sns.topics().iter().map(|topic| topic.arn.clone()).collect();
    let (page, next) = page(&topics, params.get("NextToken"), |arn| arn)?;
    let mut xml = String::from("<Topics>");
    for arn in page {
        xml.push_str("<member>");
        element(&mut xml, "TopicArn", arn);
        xml.push_str("</member>");
    }
    xml.push_str("</Topics>");
    if let Some(next) = next {
        element(&mut xml, "NextToken", next);
    }
    Ok(xml)
}

/// The page after the item whose key is the token, and the token of the next page.
pub(super) fn page<'a, T>(
    items: &'a [T],
    token: Option<&str>,
    key: impl Fn(&'a T) -> &'a str,
) -> ApiResult<(&'a [T], Option<&'a str>)> {
    let first = match token {
        None => 0,
        Some(token) => items
            .iter()
            .position(|item| key(item) == token)
            .map(|place| place + 1)
            .ok_or_else(|| invalid(format_args!("NextToken Reason: '{token}' is not known")))?,
    };
    let page = &items[first..items.len().min(first + PAGE)];
    let next = (first + page.len() < items.len()).then(|| page.last().map(key)).flatten();
    Ok((page, next))
}

pub(super) fn get_attributes(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topic = existing_topic(cloud, required(params, "TopicArn")?, "TopicArn")?;
    let settings = topic.settings().clone();
    let mut all = attributes::topic_defaults(&topic.arn, &cloud.config.account);
    all.extend(settings.attributes);
    all.insert("TopicArn".into(), topic.arn.clone());
    all.insert("Owner".into(), cloud.config.account.clone());
    all.insert("SubscriptionsConfirmed".into(), topic.subscriptions().len().to_string());
    all.insert("SubscriptionsPending".into(), "0".into());
    all.insert("SubscriptionsDeleted".into(), settings.subscriptions_deleted.to_string());
    Ok(attributes::to_xml(&all))
}

pub(super) fn set_attributes(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let topic = existing_topic(cloud, required(params, "TopicArn")?, "TopicArn")?;
    let name = required(params, "AttributeName")?;
    let value = params.get("AttributeValue").unwrap_or_default();
    attributes::check_topic(name, value)?;
    topic.settings().attributes.insert(name.to_owned(), value.to_owned());
    Ok(String::new())
}

/// Writes `<Tags>` of a resource.
pub(super) fn tags_xml(tags: &std::collections::BTreeMap<String, String>) -> String {
    let mut xml = String::from("<Tags>");
    for (key, value) in tags {
        xml.push_str("<member>");
        element(&mut xml, "Key", key);
        element(&mut xml, "Value", value);
        xml.push_str("</member>");
    }
    // Writing to a String cannot fail.
    let _ = write!(xml, "</Tags>");
    xml
}

/// The error of the tag operations for a topic that is not there.
pub(super) fn no_such_resource(arn: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFound", format!("Resource does not exist: {arn}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_and_end() {
        let items: Vec<_> = (0..250).map(|i| format!("arn:{i:03}")).collect();
        let (mut seen, mut token): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let (part, next) = page(&items, token.as_deref(), |item| item.as_str()).unwrap();
            assert!(part.len() <= PAGE);
            seen.extend(part.iter().cloned());
            token = next.map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        assert!(page(&items, Some("other"), |item| item.as_str()).is_err());
    }
}
