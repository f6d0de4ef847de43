//! What Lambda's operations need; they stand in method and path.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Permission, tagged};
use crate::cloud::Cloud;
use crate::event_source_mapping;
use crate::protocol::Request;

pub(super) fn of(cloud: &Cloud, request: &Request) -> Vec<Permission> {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let on = |action: &str, name: &str| {
        vec![Permission::new("lambda", action, cloud.lambda.arn_of(name))]
    };
    let anywhere = |action: &str| vec![Permission::new("lambda", action, "*")];
    match (request.method.as_str(), &path[1.min(path.len())..]) {
        ("POST", ["functions", name, "invocations"]) => on("InvokeFunction", name),
        ("POST", ["functions"]) => create_function(cloud, &body(request)),
        ("GET", ["functions"]) => anywhere("ListFunctions"),
        ("GET", ["functions", name]) => on("GetFunction", name),
        ("DELETE", ["functions", name]) => on("DeleteFunction", name),
        ("GET", ["functions", name, "configuration"]) => on("GetFunctionConfiguration", name),
        ("PUT", ["functions", name, "configuration"]) => {
            let mut all = on("UpdateFunctionConfiguration", name);
            all.extend(pass_role(&body(request)));
            all
        }
        ("PUT", ["functions", name, "code"]) => on("UpdateFunctionCode", name),
        ("POST", ["functions", name, "policy"]) => on("AddPermission", name),
        ("GET", ["functions", name, "policy"]) => on("GetPolicy", name),
        ("DELETE", ["functions", name, "policy", _]) => on("RemovePermission", name),
        ("PUT", ["functions", name, "concurrency"]) => on("PutFunctionConcurrency", name),
        ("GET", ["functions", name, "concurrency"]) => on("GetFunctionConcurrency", name),
        ("DELETE", ["functions", name, "concurrency"]) => on("DeleteFunctionConcurrency", name),
        (method, ["functions", name, "event-invoke-config"]) => match method {
            "PUT" => on("PutFunctionEventInvokeConfig", name),
            "POST" => on("UpdateFunctionEventInvokeConfig", name),
            "GET" => on("GetFunctionEventInvokeConfig", name),
            _ => on("DeleteFunctionEventInvokeConfig", name),
        },
        (method, ["tags", arn]) => match method {
            "POST" => {
                let tags = tags(&body(request));
                vec![Permission::new("lambda", "TagResource", *arn).with_tags(&tags)]
            }
            "GET" => vec![Permission::new("lambda", "ListTags", *arn)],
            _ => vec![Permission::new("lambda", "UntagResource", *arn)],
        },
        ("GET", ["account-settings"]) => anywhere("GetAccountSettings"),
        ("POST", ["event-source-mappings"]) => {
            let body = body(request);
            let function = body["FunctionName"].as_str().unwrap_or_default();
            let mut making = Permission::new("lambda", "CreateEventSourceMapping", "*")
                .with("lambda:FunctionArn", cloud.lambda.arn_of(function));
            let tags = tags(&body);
            if tags.is_empty() {
                return vec![making];
            }
            making = making.with_tags(&tags);
            let any = cloud.arn("lambda", "event-source-mapping:*");
            vec![making, Permission::new("lambda", "TagResource", any).with_tags(&tags)]
        }
        ("GET", ["event-source-mappings"]) => anywhere("ListEventSourceMappings"),
        (method, ["event-source-mappings", uuid]) => {
            let action = match method {
                "GET" => "GetEventSourceMapping",
                "PUT" => "UpdateEventSourceMapping",
                _ => "DeleteEventSourceMapping",
            };
            let arn = cloud.arn("lambda", &format!("event-source-mapping:{uuid}"));
            let permission = Permission::new("lambda", action, arn);
            vec![match event_source_mapping::function_of(cloud, uuid) {
                Some(function) => permission.with("lambda:FunctionArn", function),
                None => permission,
            }]
        }
        _ => Vec::new(),
    }
}

fn create_function(cloud: &Cloud, body: &Value) -> Vec<Permission> {
    let name = body["FunctionName"].as_str().unwrap_or_default();
    let making = Permission::new("lambda", "CreateFunction", cloud.lambda.arn_of(name));
    let mut all = tagged(making, &tags(body), "lambda", "TagResource");
    all.extend(pass_role(body));
    all
}

/// Whoever gives a function a role must be allowed to pass it (IAM User Guide, "Grant a user
/// permissions to pass a role to an AWS service").
fn pass_role(body: &Value) -> Option<Permission> {
    let role = body["Role"].as_str()?;
    let passing = Permission::new("iam", "PassRole", role);
    Some(passing.with("iam:PassedToService", "lambda.amazonaws.com"))
}

fn tags(body: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(body["Tags"].clone()).unwrap_or_default()
}

/// A body that is no JSON is refused by the operation.
fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}
