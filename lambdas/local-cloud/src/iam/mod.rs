//! IAM (AWS Query): roles and their policies. They are kept and given back; where they are
//! enforced, they decide what functions may do.
//!
//! `policy`, `pattern`, `condition` and `evaluation` are pure: whether a policy allows a call.
//! `credentials` says who calls, `required` what a request needs, `enforcement` brings it together.

mod condition;
mod credentials;
mod enforcement;
mod evaluation;
mod managed_policy_api;
mod pattern;
mod policy;
mod policy_api;
mod required;
mod role;
mod role_api;

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{self, Params};
use crate::protocol::{Request, Response};

pub(crate) use credentials::Credentials;
pub(crate) use enforcement::{authorize, caller_arn, role_has};
pub(crate) use pattern::matches as matches_pattern;
pub use policy::{Policy, PolicyError};
pub(crate) use required::{Permission, write_logs};
pub(crate) use role::Iam;

const XMLNS: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    let params = Params::parse(&request);
    let action = params.get("Action").unwrap_or("none");
    match answer(cloud, action, &params) {
        Ok(xml) => query::ok(action, XMLNS, &xml, &request.request_id),
        Err(error) => query::error(XMLNS, &error, &request.request_id),
    }
}

fn answer(cloud: &Cloud, action: &str, params: &Params) -> ApiResult<String> {
    match action {
        "CreateRole" => role_api::create(cloud, params),
        "GetRole" => role_api::get(cloud, params),
        "ListRoles" => role_api::list(cloud, params),
        "DeleteRole" => role_api::delete(cloud, params),
        "TagRole" => role_api::tag(cloud, params),
        "UntagRole" => role_api::untag(cloud, params),
        "ListRoleTags" => role_api::list_tags(cloud, params),
        "PutRolePolicy" => policy_api::put(cloud, params),
        "GetRolePolicy" => policy_api::get(cloud, params),
        "ListRolePolicies" => policy_api::list(cloud, params),
        "DeleteRolePolicy" => policy_api::delete(cloud, params),
        "AttachRolePolicy" => policy_api::attach(cloud, params),
        "DetachRolePolicy" => policy_api::detach(cloud, params),
        "ListAttachedRolePolicies" => policy_api::list_attached(cloud, params),
        "CreatePolicy" => managed_policy_api::create(cloud, params),
        "GetPolicy" => managed_policy_api::get(cloud, params),
        "DeletePolicy" => managed_policy_api::delete(cloud, params),
        "PutRolePermissionsBoundary" => {
            let boundary = required(params, "PermissionsBoundary")?;
            managed_policy_api::bound(cloud, params, Some(boundary))
        }
        "DeleteRolePermissionsBoundary" => managed_policy_api::bound(cloud, params, None),
        other => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {other} for version 2010-05-08"),
        )),
    }
}

/// The answer to a request that is not allowed.
pub(crate) fn refuse(error: &ApiError, request: &Request) -> Response {
    query::error(XMLNS, error, &request.request_id)
}

/// A document with what is evaluated of it, where policies are enforced.
///
/// # Errors
/// `MalformedPolicyDocument` where it cannot be evaluated: it would be enforced otherwise than it
/// reads.
fn evaluated<'a>(cloud: &Cloud, document: &'a str) -> ApiResult<(&'a str, Option<Policy>)> {
    if !cloud.config.enforce_iam {
        return Ok((document, None));
    }
    let policy = Policy::parse(document)
        .map_err(|error| ApiError::new(400, "MalformedPolicyDocument", error.to_string()))?;
    Ok((document, Some(policy)))
}

fn validation(message: impl std::fmt::Display) -> ApiError {
    ApiError::new(400, "ValidationError", format!("1 validation error detected: {message}"))
}

/// A parameter that must be there.
fn required<'a>(params: &'a Params, name: &str) -> ApiResult<&'a str> {
    params.get(name).ok_or_else(|| {
        let member = name[..1].to_lowercase() + &name[1..];
        validation(format_args!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// A name of letters, digits and `+=,.@-_`.
fn name<'a>(params: &'a Params, parameter: &str, most: usize) -> ApiResult<&'a str> {
    let name = required(params, parameter)?;
    let is_valid = (1..=most).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b));
    if is_valid {
        return Ok(name);
    }
    Err(validation(format_args!(
        "Value '{name}' at '{parameter}' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+=,.@-]+ and have 1 to {most} characters"
    )))
}

/// A policy document: a JSON object with statements.
fn document<'a>(params: &'a Params, parameter: &str) -> ApiResult<&'a str> {
    let text = required(params, parameter)?;
    let malformed = |problem: &str| {
        ApiError::new(
            400,
            "MalformedPolicyDocument",
            format!("Syntax errors in policy: {parameter}: {problem}"),
        )
    };
    let document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|problem| malformed(&problem.to_string()))?;
    match document.get("Statement") {
        Some(serde_json::Value::Array(_) | serde_json::Value::Object(_)) => Ok(text),
        _ => Err(malformed("it has no Statement")),
    }
}

/// Percent-encoding of all but unreserved characters (RFC 3986), in which documents are given.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_given_percent_encoded() {
        assert_eq!(percent_encode(r#"{"a": "é~"}"#), "%7B%22a%22%3A%20%22%C3%A9~%22%7D");
    }
}
