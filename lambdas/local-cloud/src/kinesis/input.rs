//! Reading what a request asks, and the errors that Kinesis has for it.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use super::Stream;
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

/// A value that breaks a constraint of the API model.
pub(super) fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new(
        400,
        "ValidationException",
        format!("1 validation error detected: {}", message.into()),
    )
}

/// A value that is well formed and nevertheless wrong.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidArgumentException", message)
}

/// The value of a member that must be there.
pub(super) fn required<T>(value: Option<T>, member: &str) -> ApiResult<T> {
    value.ok_or_else(|| {
        validation(format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// A number within its bounds, or the default where none is given.
pub(super) fn limit(
    value: Option<i64>,
    member: &str,
    default: usize,
    most: usize,
) -> ApiResult<usize> {
    let Some(value) = value else { return Ok(default) };
    usize::try_from(value).ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
        validation(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: Member must have value \
             between 1 and {most}"
        ))
    })
}

/// The stream that a request names, by name or by ARN.
pub(super) fn stream(
    cloud: &Cloud,
    name: Option<&str>,
    arn: Option<&str>,
) -> ApiResult<Arc<Stream>> {
    let name = match (name, arn) {
        (Some(name), _) => name,
        (None, Some(arn)) => arn
            .split_once(":stream/")
            .map(|(_, name)| name)
            .ok_or_else(|| invalid(format!("'{arn}' is not the ARN of a stream")))?,
        (None, None) => {
            return Err(invalid("Either StreamName or StreamARN must be given"));
        }
    };
    cloud.kinesis.stream(name).ok_or_else(|| no_such_stream(cloud, name))
}

/// The same, of a stream that takes and gives records: one that is being created is not found.
pub(super) fn active_stream(
    cloud: &Cloud,
    name: Option<&str>,
    arn: Option<&str>,
) -> ApiResult<Arc<Stream>> {
    let stream = stream(cloud, name, arn)?;
    if stream.is_active() { Ok(stream) } else { Err(no_such_stream(cloud, &stream.name)) }
}

pub(super) fn no_such_stream(cloud: &Cloud, name: &str) -> ApiError {
    not_found(format!("Stream {name} under account {} not found.", cloud.config.account))
}

pub(super) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ResourceNotFoundException", message)
}
