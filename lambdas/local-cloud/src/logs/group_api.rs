//! Log groups: make, list, delete, and how long they keep their lines.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::LogGroup;
use super::groups::Settings;
use super::input::{already_exists, existing_group, invalid, limit, required};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};

/// The retentions that the service takes, in days (API reference, `PutRetentionPolicy`).
const RETENTION_DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    log_group_name: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

pub(super) fn create(cloud: &Cloud, input: Create) -> ApiResult<Value> {
    let name = required(input.log_group_name, "logGroupName")?;
    check_name(&name)?;
    let settings = Settings { retention_days: None, tags: input.tags };
    match cloud.logs.groups().create(&name, cloud.now_ms(), settings) {
        Ok(_) => Ok(json!({})),
        Err(_) => Err(already_exists("group", &name)),
    }
}

fn check_name(name: &str) -> ApiResult<()> {
    let is_valid = (1..=512).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/#".contains(c));
    if is_valid {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+ and \
         have 1 to 512 characters"
    )))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    log_group_name: Option<String>,
}

pub(super) fn delete(cloud: &Cloud, input: Named) -> ApiResult<Value> {
    let name = required(input.log_group_name, "logGroupName")?;
    existing_group(cloud, &name)?;
    cloud.logs.groups().delete(&name);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn describe(cloud: &Cloud, input: Describe) -> ApiResult<Value> {
    let limit = limit(input.limit, 50, 50)?;
    if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive",
        ));
    }
    let prefix = input.log_group_name_prefix.unwrap_or_default();
    let pattern = input.log_group_name_pattern.unwrap_or_default().to_lowercase();
    let mut groups = cloud.logs.groups().all();
    groups.retain(|group| {
        group.name().starts_with(&prefix)
            && group.name().to_lowercase().contains(&pattern)
            && input.next_token.as_deref().is_none_or(|after| group.name() > after)
    });
    let next = (groups.len() > limit).then(|| groups[limit - 1].name().to_owned());
    groups.truncate(limit);
    let groups: Vec<_> = groups.iter().map(|group| description(cloud, group)).collect();
    let mut answer = json!({ "logGroups": groups });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

fn description(cloud: &Cloud, group: &LogGroup) -> Value {
    let arn = group_arn(cloud, group.name());
    let mut value = json!({
        "logGroupName": group.name(),
        "creationTime": group.created_ms(),
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "logGroupClass": "STANDARD",
        "storedBytes": group.stored_bytes(),
    });
    if let Some(days) = group.settings().retention_days {
        value["retentionInDays"] = days.into();
    }
    value
}

/// The ARN of a group, without the `:*` that stands for its streams.
pub(crate) fn group_arn(cloud: &Cloud, name: &str) -> String {
    cloud.arn("logs", &format!("log-group:{name}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutRetention {
    log_group_name: Option<String>,
    retention_in_days: Option<i64>,
}

pub(super) fn put_retention(cloud: &Cloud, input: PutRetention) -> ApiResult<Value> {
    let name = required(input.log_group_name, "logGroupName")?;
    let asked = required(input.retention_in_days, "retentionInDays")?;
    let days = RETENTION_DAYS.into_iter().find(|days| i64::from(*days) == asked).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value '{asked}' at 'retentionInDays' failed to satisfy \
             constraint: Member must satisfy enum value set: {RETENTION_DAYS:?}"
        ))
    })?;
    existing_group(cloud, &name)?.settings().retention_days = Some(days);
    Ok(json!({}))
}

pub(super) fn delete_retention(cloud: &Cloud, input: Named) -> ApiResult<Value> {
    let name = required(input.log_group_name, "logGroupName")?;
    existing_group(cloud, &name)?.settings().retention_days = None;
    Ok(json!({}))
}

/// The group that an ARN names.
pub(super) fn group_of_arn(
    cloud: &Cloud,
    arn: Option<String>,
) -> ApiResult<std::sync::Arc<LogGroup>> {
    let arn = required(arn, "resourceArn")?;
    let name = arn
        .split_once(":log-group:")
        .map(|(_, name)| name.strip_suffix(":*").unwrap_or(name))
        .ok_or_else(|| invalid(format!("'{arn}' is not the ARN of a log group")))?;
    existing_group(cloud, name).map_err(|_| {
        ApiError::new(
            400,
            "ResourceNotFoundException",
            format!("The specified resource does not exist: {arn}"),
        )
    })
}
