//! REST-JSON: the operation in method and path, JSON in, JSON out.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Body, Response};
use crate::error::{ApiError, ApiResult};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ERROR_TYPE: &str = "x-amzn-errortype";

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
pub(crate) fn ok(status: u16, output: &impl Serialize) -> Response {
    match serde_json::to_vec(output) {
        Ok(body) => respond(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body.into()),
        Err(error) => self::error(&ApiError::new(500, "ServiceException", error.to_string())),
    }
}

/// An answer without a body.
pub(crate) fn empty(status: u16) -> Response {
    let mut response = http::Response::new(Body::default());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response
}

/// An answer with an error.
pub(crate) fn error(error: &ApiError) -> Response {
    let mut body = Map::new();
    body.insert(
        "Type".to_owned(),
        if error.status.is_server_error() { "Service" } else { "User" }.into(),
    );
    // Clients disagree on the spelling, and the service itself sends either.
    body.insert("Message".to_owned(), error.message.as_str().into());
    body.insert("message".to_owned(), error.message.as_str().into());
    for (name, value) in &error.fields {
        body.insert((*name).to_owned(), value.as_str().into());
    }
    let mut response = respond(error.status, Value::Object(body).to_string().into());
    response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(error.code));
    response
}

/// An answer with this body.
pub(crate) fn respond(status: StatusCode, body: Bytes) -> Response {
    let mut response = http::Response::new(Body::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
