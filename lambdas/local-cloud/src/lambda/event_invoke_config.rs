//! How a function's asynchronous invokes are retried: Put, Get, Update and
//! DeleteFunctionEventInvokeConfig.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Function;
use super::validation::{self, constraint};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::epoch_seconds::seconds;

/// AWS: two retries.
const DEFAULT_RETRIES: u32 = 2;
/// AWS: six hours.
const DEFAULT_AGE_S: u32 = 21_600;

/// The configuration; what is not set has AWS's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventInvokeConfig {
    pub(crate) retries: Option<u32>,
    pub(crate) age_s: Option<u32>,
    pub(crate) modified_ms: u64,
}

impl EventInvokeConfig {
    pub(crate) fn maximum_retry_attempts(&self) -> u32 {
        self.retries.unwrap_or(DEFAULT_RETRIES)
    }

    pub(crate) fn maximum_event_age_ms(&self) -> u64 {
        u64::from(self.age_s.unwrap_or(DEFAULT_AGE_S)) * 1000
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<Value>,
}

/// Put replaces the whole configuration, update only what is given.
pub(super) fn put(
    cloud: &Cloud,
    function: &Arc<Function>,
    input: &Input,
    update: bool,
) -> ApiResult<Value> {
    let number = |value: Option<i64>, name, least, most| {
        value.map(|v| validation::within(v, name, least, most)).transpose()
    };
    let retries = number(input.maximum_retry_attempts, "maximumRetryAttempts", 0, 2)?;
    let age_s = number(input.maximum_event_age_in_seconds, "maximumEventAgeInSeconds", 60, 21_600)?;
    let has_destination = input.destination_config.as_ref().is_some_and(|config| {
        config.as_object().is_some_and(|members| {
            members.values().any(|member| member.get("Destination").is_some_and(|d| !d.is_null()))
        })
    });
    if has_destination {
        return Err(constraint(
            "local-cloud has no destinations for asynchronous invokes: leave DestinationConfig out",
        ));
    }
    let mut settings = function.settings();
    if update && settings.event_invoke_config.is_none() {
        return Err(missing(function));
    }
    let before = settings.event_invoke_config.filter(|_| update).unwrap_or_default();
    let config = EventInvokeConfig {
        retries: retries.or(before.retries),
        age_s: age_s.or(before.age_s),
        modified_ms: cloud.now_ms(),
    };
    settings.event_invoke_config = Some(config);
    drop(settings);
    Ok(describe(function, &config))
}

pub(super) fn get(function: &Arc<Function>) -> ApiResult<Value> {
    let config = function.settings().event_invoke_config;
    config.map(|config| describe(function, &config)).ok_or_else(|| missing(function))
}

pub(super) fn delete(function: &Arc<Function>) -> ApiResult<()> {
    let config = function.settings().event_invoke_config.take();
    config.map(|_| ()).ok_or_else(|| missing(function))
}

fn describe(function: &Arc<Function>, config: &EventInvokeConfig) -> Value {
    let mut value = json!({
        "FunctionArn": format!("{}:$LATEST", function.arn),
        "LastModified": seconds(config.modified_ms),
        "DestinationConfig": { "OnSuccess": {}, "OnFailure": {} },
    });
    if let Some(retries) = config.retries {
        value["MaximumRetryAttempts"] = retries.into();
    }
    if let Some(age_s) = config.age_s {
        value["MaximumEventAgeInSeconds"] = age_s.into();
    }
    value
}

fn missing(function: &Arc<Function>) -> ApiError {
    ApiError::new(
        404,
        "ResourceNotFoundException",
        format!("The function {}:$LATEST doesn't have an EventInvokeConfig", function.arn),
    )
}
