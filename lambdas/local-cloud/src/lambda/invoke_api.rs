//! Invoke: synchronous, as an event, or only a trial.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderValue;
use serde::de::IgnoredAny;
use tokio::sync::oneshot;

use super::invocation::{Caller, Invocation};
use super::validation::{check_qualifier, model};
use super::{Function, shutting_down};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::{Request, Response, rest_json};

/// The largest payload of a synchronous invoke, in bytes (Developer Guide, "Lambda quotas").
const SYNC_LIMIT_BYTES: usize = 6_291_456;
/// The largest payload of an asynchronous invoke, in bytes.
const EVENT_LIMIT_BYTES: usize = 1_048_576;

/// Answers an Invoke.
pub(super) async fn invoke(
    cloud: &Arc<Cloud>,
    function: &Arc<Function>,
    request: Request,
) -> ApiResult<Response> {
    check_qualifier(request.query("Qualifier"), &function.arn)?;
    let kind = request.header("x-amz-invocation-type").unwrap_or("RequestResponse");
    let limit = match kind {
        "RequestResponse" | "DryRun" => SYNC_LIMIT_BYTES,
        "Event" => EVENT_LIMIT_BYTES,
        other => {
            return Err(model(
                other,
                "invocationType",
                "satisfy enum value set: [Event, RequestResponse, DryRun]",
            ));
        }
    };
    let payload = payload(&request.body, limit)?;
    match kind {
        "Event" => {
            let trace_id = request.header("x-amzn-trace-id").map(str::to_owned);
            cloud.lambda.enqueue(cloud, function, payload, request.request_id, trace_id)?;
            Ok(rest_json::empty(202))
        }
        "DryRun" => Ok(rest_json::empty(204)),
        _ => wait(cloud, function, payload, request).await,
    }
}

async fn wait(
    cloud: &Arc<Cloud>,
    function: &Arc<Function>,
    payload: Bytes,
    request: Request,
) -> ApiResult<Response> {
    let (caller, outcome) = oneshot::channel();
    let wants_tail = match request.header("x-amz-log-type") {
        Some("Tail") => true,
        None | Some("None") => false,
        Some(other) => return Err(model(other, "logType", "satisfy enum value set: [Tail, None]")),
    };
    let header = |name| request.header(name).map(str::to_owned);
    let (trace_id, client_context) = (header("x-amzn-trace-id"), header("x-amz-client-context"));
    let client_context = client_context
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|json| String::from_utf8(json).ok());
    if let Some(line) = &cloud.delay_line
        && let Some(end) = line.end_for(&function.name, Instant::now())
    {
        line.timer.sleep_until(end).await;
    }
    function.submit(
        cloud,
        Invocation {
            request_id: request.request_id,
            payload,
            trace_id,
            client_context,
            wants_tail,
            caller: Caller::Waiting(caller),
            slot: None,
        },
    )?;
    let outcome = outcome.await.unwrap_or_else(|_| Err(shutting_down()))?;
    let mut response = rest_json::respond(StatusCode::OK, outcome.payload);
    let headers = response.headers_mut();
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if outcome.function_error.is_some() {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    if let Some(tail) = outcome.log_tail
        && let Ok(tail) = HeaderValue::try_from(STANDARD.encode(tail))
    {
        headers.insert("x-amz-log-result", tail);
    }
    Ok(response)
}

/// The payload, if it is within its limit and JSON; none is an empty object.
fn payload(body: &Bytes, limit: usize) -> ApiResult<Bytes> {
    if body.len() > limit {
        return Err(ApiError::new(
            413,
            "RequestTooLargeException",
            format!("Request must be smaller than {limit} bytes for the InvokeFunction operation"),
        ));
    }
    if body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => Ok(body.clone()),
        Err(error) => Err(ApiError::new(
            400,
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json_within_its_limit() {
        assert_eq!(payload(&Bytes::new(), 9).as_deref(), Ok(&b"{}"[..]));
        assert_eq!(payload(&Bytes::from_static(b"[1]"), 3).as_deref(), Ok(&b"[1]"[..]));
        let error = payload(&Bytes::from_static(b"[1]"), 2).unwrap_err();
        assert_eq!((error.status.as_u16(), error.code), (413, "RequestTooLargeException"));
        let error = payload(&Bytes::from_static(b"{"), 9).unwrap_err();
        assert_eq!((error.status.as_u16(), error.code), (400, "InvalidRequestContentException"));
    }
}
