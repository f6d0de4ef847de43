//! One invocation on its way: what is invoked, who waits for it and what became of it.

use bytes::Bytes;
use serde_json::json;
use tokio::sync::oneshot;

use super::concurrency::Slot;
use super::event_queue::EventState;
use crate::error::ApiResult;

/// The largest answer of a function, in bytes (AWS: 6 MB).
pub(crate) const RESPONSE_LIMIT_BYTES: usize = 6_291_556;

/// How an invocation failed in the function. The service told `Handled` errors apart once; of
/// functions on the provided runtimes it reports all as `Unhandled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FunctionError {
    Unhandled,
}

/// What an invocation gives.
#[derive(Clone, Debug)]
pub(crate) struct InvokeOutcome {
    /// The function's answer, or its error as JSON.
    pub(crate) payload: Bytes,
    /// Whether it is an error.
    pub(crate) function_error: Option<FunctionError>,
    /// The last 4 KB of the log, where they were asked for.
    pub(crate) log_tail: Option<String>,
}

impl InvokeOutcome {
    pub(crate) fn success(payload: Bytes) -> Self {
        Self { payload, function_error: None, log_tail: None }
    }

    pub(crate) fn failure(payload: Bytes) -> Self {
        Self { payload, function_error: Some(FunctionError::Unhandled), log_tail: None }
    }

    /// An error that the platform reports for the function.
    pub(crate) fn platform_error(error_type: &str, message: &str) -> Self {
        Self::failure(
            json!({ "errorType": error_type, "errorMessage": message }).to_string().into(),
        )
    }
}

/// An invocation that waits or runs.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    /// `X-Amzn-Trace-Id`.
    pub(crate) trace_id: Option<String>,
    /// `X-Amz-Client-Context`, Base64.
    pub(crate) client_context: Option<String>,
    pub(crate) wants_tail: bool,
    pub(crate) caller: Caller,
    /// Its place in the account's concurrency, once it has one.
    pub(crate) slot: Option<Slot>,
}

/// Who invoked.
#[derive(Debug)]
pub(crate) enum Caller {
    /// Somebody who waits for the outcome.
    Waiting(oneshot::Sender<ApiResult<InvokeOutcome>>),
    /// The queue of asynchronous invokes.
    Event(EventState),
}
