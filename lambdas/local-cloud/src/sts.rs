//! STS (AWS Query): who is calling, a function or somebody of the one account of this cloud.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::ApiError;
use crate::iam;
use crate::protocol::query::{self, Params, element};
use crate::protocol::{Request, Response};

const XMLNS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    let params = Params::parse(&request);
    match params.get("Action") {
        Some(action @ "GetCallerIdentity") => {
            let account = &cloud.config.account;
            let mut xml = String::new();
            element(&mut xml, "Arn", &iam::caller_arn(cloud, &request));
            element(&mut xml, "UserId", account);
            element(&mut xml, "Account", account);
            query::ok(action, XMLNS, &xml, &request.request_id)
        }
        other => {
            let message = format!(
                "Could not find operation {} for version 2011-06-15",
                other.unwrap_or("none")
            );
            let error = ApiError::new(400, "InvalidAction", message);
            query::error(XMLNS, &error, &request.request_id)
        }
    }
}

/// The answer to a request that is not allowed.
pub(crate) fn refuse(error: &ApiError, request: &Request) -> Response {
    query::error(XMLNS, error, &request.request_id)
}
