//! The Lambda Runtime API (2018-06-01), one listener per execution environment, as in AWS.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::environment::{Environment, NextInvocation, NotTaken};
use crate::protocol::{Body, Response};

const BASE: &str = "/2018-06-01/runtime/";
/// What is read of an answer: more than a function may answer with, so that the excess is noticed.
const BODY_LIMIT_BYTES: usize = 32 << 20;

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");

/// Answers the environment's runtime until aborted.
pub(super) async fn serve(listener: TcpListener, environment: Arc<Environment>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&environment)));
    }
}

async fn connection(stream: TcpStream, environment: Arc<Environment>) {
    // Without it, each delivery would wait for a delayed acknowledgement: 40 ms.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let environment = Arc::clone(&environment);
        async move { Ok::<_, Infallible>(answer(&environment, request).await) }
    });
    let _ = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn answer(environment: &Arc<Environment>, request: http::Request<Incoming>) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix(BASE).unwrap_or("");
    if head.method == Method::GET && path == "invocation/next" {
        return next(environment).await;
    }
    if head.method != Method::POST {
        return error(StatusCode::NOT_FOUND, "NotFound", "no such operation of the Runtime API");
    }
    if path == "init/error" {
        return match read(body).await {
            Some(payload) => {
                environment.init_error(payload);
                accepted()
            }
            None => too_large(),
        };
    }
    let invocation = path.strip_prefix("invocation/").and_then(|rest| rest.rsplit_once('/'));
    match invocation {
        Some((request_id, kind @ ("response" | "error"))) => {
            // An answer that is not even read counts as too large as well.
            let payload = read(body).await.unwrap_or_else(|| vec![b' '; BODY_LIMIT_BYTES].into());
            match environment.answered(request_id, payload, kind == "error") {
                Ok(()) => accepted(),
                Err(NotTaken::TooLarge) => too_large(),
                Err(NotTaken::UnknownRequest) => {
                    error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
                }
            }
        }
        _ => error(StatusCode::NOT_FOUND, "NotFound", "no such operation of the Runtime API"),
    }
}

async fn next(environment: &Arc<Environment>) -> Response {
    let Some(next) = environment.next() else {
        return error(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "the current invocation has not been answered",
        );
    };
    match next.await {
        Ok(invocation) => deliver(invocation),
        Err(_) => error(StatusCode::GONE, "Shutdown", "the execution environment has ended"),
    }
}

fn deliver(invocation: NextInvocation) -> Response {
    let mut response = http::Response::new(Body::new(invocation.payload));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(DEADLINE, HeaderValue::from(invocation.deadline_ms));
    let mut text = |name, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    text(REQUEST_ID, invocation.request_id);
    text(FUNCTION_ARN, invocation.function_arn);
    if let Some(trace_id) = invocation.trace_id {
        text(TRACE_ID, trace_id);
    }
    if let Some(client_context) = invocation.client_context {
        text(CLIENT_CONTEXT, client_context);
    }
    response
}

async fn read(body: Incoming) -> Option<Bytes> {
    Limited::new(body, BODY_LIMIT_BYTES)
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes)
}

fn accepted() -> Response {
    json(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}"))
}

fn too_large() -> Response {
    error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        "Exceeded maximum allowed payload size",
    )
}

fn error(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = serde_json::json!({ "errorType": error_type, "errorMessage": message });
    json(status, body.to_string().into())
}

fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = http::Response::new(Body::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
