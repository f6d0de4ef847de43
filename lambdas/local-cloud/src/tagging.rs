//! Resource Groups Tagging API (awsJson1.1): resources of all services, found by their tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::event_source_mapping;
use crate::logs;
use crate::protocol::{Request, Response, aws_json};

/// A page has at most so many resources (API reference, `GetResources`).
const PAGE: usize = 100;

/// A resource with tags.
type Tagged = (String, BTreeMap<String, String>);

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    match aws_json::operation(&request) {
        Some("GetResources") => {
            let answer = aws_json::input(&request.body)
                .and_then(|input| get_resources(tagged_resources(cloud), input));
            match answer {
                Ok(output) => aws_json::ok(&output),
                Err(error) => aws_json::error(&error),
            }
        }
        other => aws_json::unknown_operation(other.unwrap_or("none")),
    }
}

/// All resources that have tags, in order of their ARNs.
fn tagged_resources(cloud: &Cloud) -> Vec<Tagged> {
    let mut all: Vec<Tagged> = Vec::new();
    for function in cloud.lambda.all() {
        all.push((function.arn.clone(), function.tags()));
    }
    for topic in cloud.sns.topics() {
        all.push((topic.arn.clone(), topic.settings().tags.clone()));
    }
    for queue in cloud.sqs.all() {
        all.push((queue.arn.clone(), queue.settings().tags.clone()));
    }
    for stream in cloud.kinesis.all() {
        all.push((stream.arn.clone(), stream.settings().tags.clone()));
    }
    for group in cloud.logs.groups().all() {
        let tags = group.settings().tags.clone();
        all.push((logs::group_arn(cloud, group.name()), tags));
    }
    for mapping in cloud.mappings.all() {
        let tags = mapping.status().tags.clone();
        all.push((event_source_mapping::arn(cloud, &mapping), tags));
    }
    all.retain(|(_, tags)| !tags.is_empty());
    all.sort_unstable();
    all
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagFilter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetResources {
    pagination_token: Option<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    resources_per_page: Option<i64>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
    #[serde(default, rename = "ResourceARNList")]
    arns: Vec<String>,
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterException", message)
}

fn get_resources(all: Vec<Tagged>, input: GetResources) -> ApiResult<Value> {
    let limit = match input.resources_per_page {
        None => PAGE,
        Some(asked) => usize::try_from(asked)
            .ok()
            .filter(|limit| (1..=PAGE).contains(limit))
            .ok_or_else(|| invalid(format!("ResourcesPerPage is 1 to {PAGE}, not {asked}")))?,
    };
    let has_filters = !input.tag_filters.is_empty() || !input.resource_type_filters.is_empty();
    if !input.arns.is_empty() && has_filters {
        return Err(invalid("ResourceARNList must not be given together with filters"));
    }
    for filter in &input.tag_filters {
        if filter.key.as_ref().is_none_or(String::is_empty) {
            return Err(invalid("Each of TagFilters must have a Key"));
        }
    }
    let after = input.pagination_token.as_deref().unwrap_or_default();
    let is_wanted = |(arn, tags): &Tagged| {
        // All filters must hold, and each for one of its values, if it names any.
        let has = |filter: &TagFilter| {
            let value = filter.key.as_ref().and_then(|key| tags.get(key));
            value.is_some_and(|value| filter.values.is_empty() || filter.values.contains(value))
        };
        arn.as_str() > after
            && input.tag_filters.iter().all(has)
            && (input.arns.is_empty() || input.arns.contains(arn))
            && (input.resource_type_filters.is_empty()
                || input.resource_type_filters.iter().any(|kind| is_of_type(arn, kind)))
    };
    let mut found = all.into_iter().filter(is_wanted);
    let page: Vec<_> = found.by_ref().take(limit).collect();
    let token = match (found.next(), page.last()) {
        (Some(_), Some((arn, _))) => arn.clone(),
        _ => String::new(),
    };
    let resource = |(arn, tags): &Tagged| {
        let tags: Vec<_> =
            tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        json!({ "ResourceARN": arn, "Tags": tags })
    };
    Ok(json!({
        "ResourceTagMappingList": page.iter().map(resource).collect::<Vec<_>>(),
        "PaginationToken": token,
    }))
}

/// Whether an ARN is of a type such as `lambda:function`, `lambda` or, as for SNS topics and SQS queues,
/// whose ARNs name no type, `sns` or `sqs`.
fn is_of_type(arn: &str, kind: &str) -> bool {
    let Some(arn) = crate::arn::Arn::parse(arn) else { return false };
    let (service, resource) = kind.split_once(':').unwrap_or((kind, ""));
    if arn.service != service {
        return false;
    }
    let of_arn = arn.resource.split([':', '/']).next().unwrap_or_default();
    let is_the_only_type = matches!((service, resource), ("sns", "topic") | ("sqs", "queue"));
    resource.is_empty() || resource == of_arn || is_the_only_type
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources() -> Vec<Tagged> {
        let tags = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        vec![
            ("arn:aws:kinesis:r:1:stream/s".into(), tags(&[("run", "a")])),
            ("arn:aws:lambda:r:1:function:f".into(), tags(&[("run", "a"), ("role", "sender")])),
            ("arn:aws:sns:r:1:t".into(), tags(&[("run", "b")])),
        ]
    }

    fn found(input: Value) -> Vec<String> {
        let answer = get_resources(resources(), serde_json::from_value(input).unwrap()).unwrap();
        let list = answer["ResourceTagMappingList"].as_array().unwrap();
        list.iter().map(|entry| entry["ResourceARN"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn all_filters_must_hold_each_for_one_of_its_values() {
        assert_eq!(found(json!({})).len(), 3);
        let run = |values: Value| json!({ "TagFilters": [{ "Key": "run", "Values": values }] });
        assert_eq!(found(run(json!(["a"]))).len(), 2);
        assert_eq!(found(run(json!(["a", "b"]))).len(), 3);
        assert_eq!(found(run(json!([]))).len(), 3);
        let both = json!({ "TagFilters": [{ "Key": "run", "Values": ["a"] }, { "Key": "role" }] });
        assert_eq!(found(both), ["arn:aws:lambda:r:1:function:f"]);
    }

    #[test]
    fn types_are_services_or_kinds_of_resource() {
        let of = |kind: &str| found(json!({ "ResourceTypeFilters": [kind] }));
        assert_eq!(of("sns"), ["arn:aws:sns:r:1:t"]);
        assert_eq!(of("sns:topic"), ["arn:aws:sns:r:1:t"]);
        assert_eq!(of("kinesis:stream"), ["arn:aws:kinesis:r:1:stream/s"]);
        assert_eq!(of("lambda:layer"), [""; 0]);
    }

    #[test]
    fn pages_follow_each_other_until_the_token_is_empty() {
        let page = |token: &str| {
            let input = json!({ "ResourcesPerPage": 2, "PaginationToken": token });
            get_resources(resources(), serde_json::from_value(input).unwrap()).unwrap()
        };
        let first = page("");
        assert_eq!(first["ResourceTagMappingList"].as_array().unwrap().len(), 2);
        let second = page(first["PaginationToken"].as_str().unwrap());
        assert_eq!(second["ResourceTagMappingList"].as_array().unwrap().len(), 1);
        assert_eq!(second["PaginationToken"], "");
    }

    #[test]
    fn wrong_input_is_refused() {
        for input in [
            json!({ "ResourcesPerPage": 0 }),
            json!({ "ResourcesPerPage": 101 }),
            json!({ "TagFilters": [{ "Values": ["a"] }] }),
            json!({ "ResourceARNList": ["a"], "ResourceTypeFilters": ["sns"] }),
        ] {
            let input = serde_json::from_value(input).unwrap();
            let error = get_resources(resources(), input).unwrap_err();
            assert_eq!(error.code, "InvalidParameterException");
        }
    }
}
