//! Reading what a request asks, and the errors that CloudWatch Logs has for it.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use super::LogGroup;
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::{Response, aws_json};

/// Reads the body, asks the operation, writes its answer.
pub(super) fn answer<I: DeserializeOwned, O: Serialize>(
    cloud: &Cloud,
    body: &[u8],
    operation: impl FnOnce(&Cloud, I) -> ApiResult<O>,
) -> Response {
    match aws_json::input(body).and_then(|input| operation(cloud, input)) {
        Ok(output) => aws_json::ok(&output),
        Err(error) => aws_json::error(&error),
    }
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterException", message)
}

/// The value of a member that must be there.
pub(super) fn required<T>(value: Option<T>, member: &str) -> ApiResult<T> {
    value.ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
             Member must not be null"
        ))
    })
}

/// A number within its bounds, or the default where none is given.
pub(super) fn limit(value: Option<i64>, default: usize, most: usize) -> ApiResult<usize> {
    let Some(value) = value else { return Ok(default) };
    usize::try_from(value).ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value '{value}' at 'limit' failed to satisfy \
             constraint: Member must have value between 1 and {most}"
        ))
    })
}

/// The name of a group, which may be given as an ARN in `logGroupIdentifier`.
pub(super) fn group_name(name: Option<String>, identifier: Option<String>) -> ApiResult<String> {
    match (name, identifier) {
        (Some(_), Some(_)) => {
            Err(invalid("logGroupName and logGroupIdentifier must not both be given"))
        }
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) => Ok(match identifier.split_once(":log-group:") {
            Some((_, name)) => name.strip_suffix(":*").unwrap_or(name).to_owned(),
            None => identifier,
        }),
        (None, None) => required(None, "logGroupName"),
    }
}

/// A group that is there.
pub(super) fn existing_group(cloud: &Cloud, name: &str) -> ApiResult<Arc<LogGroup>> {
    cloud.logs.groups().get(name).ok_or_else(|| {
        ApiError::new(
            400,
            "ResourceNotFoundException",
            format!("The specified log group does not exist: {name}"),
        )
    })
}

/// The error for a stream that is not there.
pub(super) fn no_such_stream(name: &str) -> ApiError {
    ApiError::new(
        400,
        "ResourceNotFoundException",
        format!("The specified log stream does not exist: {name}"),
    )
}

pub(super) fn already_exists(what: &str, name: &str) -> ApiError {
    ApiError::new(
        400,
        "ResourceAlreadyExistsException",
        format!("The specified log {what} already exists: {name}"),
    )
}
