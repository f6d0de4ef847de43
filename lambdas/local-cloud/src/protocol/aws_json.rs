//! awsJson1.1: the operation in `X-Amz-Target`, JSON in, JSON out.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Body, Request, Response};
use crate::error::{ApiError, ApiResult};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// The operation that a request names.
pub(crate) fn operation(request: &Request) -> Option<&str> {
    request.header("x-amz-target")?.rsplit_once('.').map(|(_, operation)| operation)
}

/// Reads the body of a request; an empty one is an empty object.
///
/// # Errors
/// `SerializationException` when it is not the operation's input.
pub(crate) fn input<T: DeserializeOwned>(body: &[u8]) -> ApiResult<T> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))
}

/// An answer with a result.
pub(crate) fn ok(output: &impl Serialize) -> Response {
    match serde_json::to_vec(output) {
        Ok(body) => respond(StatusCode::OK, body.into()),
        Err(error) => self::error(&ApiError::new(500, "InternalFailure", error.to_string())),
    }
}

/// An answer with an error.
pub(crate) fn error(error: &ApiError) -> Response {
    let mut body = Map::new();
    body.insert("__type".to_owned(), error.code.into());
    body.insert("message".to_owned(), error.message.as_str().into());
    for (name, value) in &error.fields {
        body.insert((*name).to_owned(), value.as_str().into());
    }
    let mut response = respond(error.status, Value::Object(body).to_string().into());
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error.code));
    response
}

/// The answer to an operation that is not known here.
pub(crate) fn unknown_operation(name: &str) -> Response {
    error(&ApiError::new(
        400,
        "UnknownOperationException",
        format!("The operation {name} is not known to local-cloud"),
    ))
}

fn respond(status: StatusCode, body: Bytes) -> Response {
    let mut response = http::Response::new(Body::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
