//! Lambda's REST-JSON paths (API reference): method and path to operation.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use super::{event_invoke_config, function_api, invoke_api, policy, tag_api};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::event_source_mapping;
use crate::protocol::rest_json::{self, input};
use crate::protocol::{Request, Response};

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    if request.path.starts_with("/2015-03-31/event-source-mappings") {
        return event_source_mapping::handle(cloud, request).await;
    }
    route(cloud, request).await.unwrap_or_else(|error| rest_json::error(&error))
}

async fn route(cloud: &Arc<Cloud>, request: Request) -> ApiResult<Response> {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let lambda = &cloud.lambda;
    let body = &request.body;
    let function = |name: &str| lambda.function(name);
    let no_content = || Ok(rest_json::empty(204));
    let get = request.method == Method::GET;
    let post = request.method == Method::POST;
    let put = request.method == Method::PUT;
    let delete = request.method == Method::DELETE;
    match path[..] {
        ["2015-03-31", "functions", name, "invocations"] if post => {
            invoke_api::invoke(cloud, &function(name)?, request).await
        }
        ["2015-03-31", "functions"] if post => {
            Ok(rest_json::ok(201, &function_api::create(cloud, input(body)?).await?))
        }
        ["2015-03-31", "functions"] if get => {
            Ok(rest_json::ok(200, &function_api::list(cloud, &request)?))
        }
        ["2015-03-31", "functions", name] if get => {
            Ok(rest_json::ok(200, &function_api::get(&function(name)?)))
        }
        ["2015-03-31", "functions", name] if delete => {
            function_api::delete(cloud, name)?;
            no_content()
        }
        ["2015-03-31", "functions", name, "configuration"] if get => {
            Ok(rest_json::ok(200, &function(name)?.configuration().describe()))
        }
        ["2015-03-31", "functions", name, "configuration"] if put => {
            let value = function_api::update_configuration(cloud, &function(name)?, input(body)?)?;
            Ok(rest_json::ok(200, &value))
        }
        ["2015-03-31", "functions", name, "code"] if put => {
            let value = function_api::update_code(cloud, &function(name)?, input(body)?).await?;
            Ok(rest_json::ok(200, &value))
        }
        ["2015-03-31", "functions", name, "policy"] if post => {
            Ok(rest_json::ok(201, &policy::add(&function(name)?, input(body)?)?))
        }
        ["2015-03-31", "functions", name, "policy"] if get => {
            Ok(rest_json::ok(200, &policy::get(&function(name)?)?))
        }
        ["2015-03-31", "functions", name, "policy", id] if delete => {
            policy::remove(&function(name)?, id)?;
            no_content()
        }
        ["2017-10-31", "functions", name, "concurrency"] if put => {
            let value = function_api::put_concurrency(cloud, &function(name)?, &input(body)?)?;
            Ok(rest_json::ok(200, &value))
        }
        ["2017-10-31", "functions", name, "concurrency"] if delete => {
            function(name)?.reserve(cloud, None)?;
            no_content()
        }
        ["2019-09-30", "functions", name, "concurrency"] if get => {
            let reserved = function(name)?.reserved();
            let value = reserved
                .map_or_else(|| json!({}), |n| json!({ "ReservedConcurrentExecutions": n }));
            Ok(rest_json::ok(200, &value))
        }
        ["2019-09-25", "functions", name, "event-invoke-config"] if put || post => {
            let value = event_invoke_config::put(cloud, &function(name)?, &input(body)?, post)?;
            Ok(rest_json::ok(200, &value))
        }
        ["2019-09-25", "functions", name, "event-invoke-config"] if get => {
            Ok(rest_json::ok(200, &event_invoke_config::get(&function(name)?)?))
        }
        ["2019-09-25", "functions", name, "event-invoke-config"] if delete => {
            event_invoke_config::delete(&function(name)?)?;
            no_content()
        }
        ["2017-03-31", "tags", arn] if post => {
            tag_api::tag(&function(arn)?, input(body)?)?;
            no_content()
        }
        ["2017-03-31", "tags", arn] if get && arn.contains(":event-source-mapping:") => {
            Ok(rest_json::ok(200, &event_source_mapping::list_tags(cloud, arn)?))
        }
        ["2017-03-31", "tags", arn] if get => {
            Ok(rest_json::ok(200, &tag_api::list(&function(arn)?)))
        }
        ["2017-03-31", "tags", arn] if delete => {
            let keys: Vec<&str> = request
                .query
                .iter()
                .filter(|(name, _)| name == "tagKeys")
                .map(|(_, key)| key.as_str())
                .collect();
            tag_api::untag(&function(arn)?, &keys);
            no_content()
        }
        ["2016-08-19", "account-settings"] if get => {
            Ok(rest_json::ok(200, &function_api::account_settings(cloud)))
        }
        _ => Err(ApiError::new(
            404,
            "UnknownOperationException",
            format!(
                "The Lambda operation {} {} is not known to local-cloud",
                request.method, request.path
            ),
        )),
    }
}
