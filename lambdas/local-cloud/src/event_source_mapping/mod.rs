//! Event source mappings: Lambda's readers of Kinesis streams and SQS queues.
//!
//! `api` is their part of Lambda's REST-JSON API. `shard_poller` reads a shard and invokes the
//! function; `schedule` says when it polls, `lanes` what may be delivered at the same time; `batch`
//! what goes into an invocation, and `event` how it looks. `queue_poller` reads a queue; `queue_event` is how its messages look.

mod api;
mod batch;
mod event;
mod lanes;
mod mapping;
mod queue_event;
mod queue_poller;
mod role;
mod schedule;
mod settings;
mod shard_poller;

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::{Request, Response, rest_json};

pub(crate) use api::{arn, function_of, list_tags};
pub(crate) use mapping::Mappings;

/// Answers a request under `/2015-03-31/event-source-mappings`.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    match answer(cloud, &request) {
        Ok((status, output)) => rest_json::ok(status, &output),
        Err(error) => rest_json::error(&error),
    }
}

fn answer(cloud: &Arc<Cloud>, request: &Request) -> ApiResult<(u16, serde_json::Value)> {
    let segments = request.segments();
    let uuid = match segments.as_slice() {
        [_, _] => None,
        [_, _, uuid] => Some(uuid.as_str()),
        _ => return Err(unknown(request)),
    };
    match (request.method.as_str(), uuid) {
        ("POST", None) => Ok((202, api::create(cloud, &request.body)?)),
        ("GET", None) => Ok((200, api::list(cloud, request)?)),
        ("GET", Some(uuid)) => Ok((200, api::get(cloud, uuid)?)),
        ("PUT", Some(uuid)) => Ok((202, api::update(cloud, uuid, &request.body)?)),
        ("DELETE", Some(uuid)) => Ok((202, api::delete(cloud, uuid)?)),
        _ => Err(unknown(request)),
    }
}

fn unknown(request: &Request) -> ApiError {
    ApiError::new(
        404,
        "UnknownOperationException",
        format!("local-cloud knows no operation {} {}", request.method, request.path),
    )
}
