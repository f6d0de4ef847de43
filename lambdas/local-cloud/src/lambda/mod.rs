//! Lambda: functions, their execution environments and their invocation.

use std::sync::Arc;

use bytes::Bytes;

use crate::cloud::Cloud;
use crate::config::Config;
use crate::error::{ApiError, ApiResult};
use crate::protocol::{Request, Response, rest_json};

/// Being laid out.
#[derive(Debug)]
pub(crate) struct Lambda {}

/// A function that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionRef {
    pub(crate) name: String,
    pub(crate) arn: String,
}

/// How an invocation ended in the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FunctionError {
    Unhandled,
}

/// What a synchronous invocation gives.
#[derive(Clone, Debug)]
pub(crate) struct InvokeOutcome {
    pub(crate) payload: Bytes,
    pub(crate) function_error: Option<FunctionError>,
    pub(crate) log_tail: Option<String>,
}

impl Lambda {
    pub(crate) fn new(_config: &Config) -> std::io::Result<Self> {
        Ok(Self {})
    }
    pub(crate) async fn shut_down(&self) {}
    pub(crate) fn function_exists(&self, name_or_arn: &str) -> ApiResult<FunctionRef> {
        Err(ApiError::new(404, "ResourceNotFoundException", name_or_arn))
    }
    pub(crate) fn enqueue_event(&self, _cloud: &Arc<Cloud>, function: &str, _payload: Bytes) -> ApiResult<()> {
        Err(ApiError::new(404, "ResourceNotFoundException", function))
    }
    pub(crate) async fn invoke(&self, _cloud: &Arc<Cloud>, function: &str, _payload: Bytes) -> ApiResult<InvokeOutcome> {
        Err(ApiError::new(404, "ResourceNotFoundException", function))
    }
    pub(crate) fn may_invoke(&self, _function: &str, _principal: &str, _source_arn: &str) -> bool {
        false
    }
}

/// Answers a request.
pub(crate) async fn handle(_cloud: &Arc<Cloud>, request: Request) -> Response {
    rest_json::error(&ApiError::new(404, "UnknownOperationException", request.path))
}
