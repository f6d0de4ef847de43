//! awsJson1.0 as SQS speaks it: its errors have two names, the shape's in the body and the one of
//! the older query protocol in a header, and clients map either (Smithy, "AWS JSON 1.0 protocol"
//! and `awsQueryCompatible`).

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::error::{ApiError, ApiResult};
use crate::protocol::{Body, Response, aws_json};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// Reads the body, asks the operation, writes its answer.
pub(super) fn of<I: DeserializeOwned, O: Serialize>(
    body: &[u8],
    operation: impl FnOnce(I) -> ApiResult<O>,
) -> Response {
    result(aws_json::input(body).and_then(operation))
}

/// Writes the answer of an operation.
pub(super) fn result(result: ApiResult<impl Serialize>) -> Response {
    match result {
        Ok(output) => match serde_json::to_vec(&output) {
            Ok(body) => respond(StatusCode::OK, body.into()),
            Err(problem) => error(&ApiError::new(500, "InternalFailure", problem.to_string())),
        },
        Err(wrong) => error(&wrong),
    }
}

/// The answer to an operation that is not known here.
pub(super) fn unknown_operation(name: &str) -> Response {
    error(&ApiError::new(
        400,
        "UnknownOperationException",
        format!("The operation {name} is not known to local-cloud"),
    ))
}

/// Writes an error.
pub(super) fn error(error: &ApiError) -> Response {
    let body = json!({ "__type": shape(error.code), "message": error.message });
    let mut response = respond(error.status, body.to_string().into());
    let party = if error.status.is_server_error() { "Receiver" } else { "Sender" };
    if let Ok(value) = HeaderValue::try_from(format!("{};{party}", error.code)) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

/// The shape of an error in the service's model, from its code in the query protocol.
fn shape(code: &str) -> String {
    let name = match code {
        "AWS.SimpleQueueService.NonExistentQueue" => "QueueDoesNotExist",
        "QueueAlreadyExists" => "QueueNameExists",
        "InvalidParameterValue" => {
            return "com.amazon.coral.service#InvalidParameterValueException".to_owned();
        }
        "MissingParameter" => {
            return "com.amazon.coral.service#MissingRequiredParameterException".to_owned();
        }
        "AccessDenied" => return "com.amazon.coral.service#AccessDeniedException".to_owned(),
        "SerializationException" | "UnknownOperationException" => {
            return format!("com.amazon.coral.service#{code}");
        }
        other => other.strip_prefix("AWS.SimpleQueueService.").unwrap_or(other),
    };
    format!("com.amazonaws.sqs#{name}")
}

fn respond(status: StatusCode, body: Bytes) -> Response {
    let mut response = http::Response::new(Body::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// A value that is well formed and nevertheless wrong.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterValue", message)
}

/// A number that is out of its bounds.
pub(super) fn out_of_bounds(value: i64, parameter: &str, low: i64, high: i64) -> ApiError {
    invalid(format!(
        "Value {value} for parameter {parameter} is invalid. Reason: Must be between {low} and \
         {high}, if provided."
    ))
}

/// The value of a member that must be there.
pub(super) fn required<T>(value: Option<T>, member: &str) -> ApiResult<T> {
    value.ok_or_else(|| {
        ApiError::new(
            400,
            "MissingParameter",
            format!("The request must contain the parameter {member}."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_two_names() {
        let wrong = ApiError::new(400, "AWS.SimpleQueueService.NonExistentQueue", "no such queue");
        let response = error(&wrong);
        let header = response.headers().get("x-amzn-query-error").unwrap();
        assert_eq!(header, "AWS.SimpleQueueService.NonExistentQueue;Sender");
        assert_eq!(shape(wrong.code), "com.amazonaws.sqs#QueueDoesNotExist");
        assert_eq!(
            shape("AWS.SimpleQueueService.PurgeQueueInProgress"),
            "com.amazonaws.sqs#PurgeQueueInProgress"
        );
        assert_eq!(shape("ReceiptHandleIsInvalid"), "com.amazonaws.sqs#ReceiptHandleIsInvalid");
    }
}
