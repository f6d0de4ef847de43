//! STS: being laid out.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::config::Config;
use crate::error::ApiError;
use crate::protocol::{Request, Response, rest_json};

/// State.
#[derive(Debug)]
pub(crate) struct Sts {}

impl Sts {
    pub(crate) fn new(_config: &Config) -> Self {
        Self {}
    }
}

/// Answers a request.
pub(crate) async fn handle(_cloud: &Arc<Cloud>, request: Request) -> Response {
    rest_json::error(&ApiError::new(404, "UnknownOperationException", request.path))
}
