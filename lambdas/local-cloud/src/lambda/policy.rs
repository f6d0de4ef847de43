//! A function's resource policy: AddPermission, RemovePermission, GetPolicy.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Function;
use super::validation::model;
use crate::error::{ApiError, ApiResult};
use crate::iam::matches_pattern;

/// The statements, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
    revision: u64,
}

#[derive(Clone, Debug)]
struct Statement {
    id: String,
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    statement_id: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    source_arn: Option<String>,
    source_account: Option<String>,
}

impl Policy {
    /// Whether a service may invoke on behalf of a resource.
    pub(super) fn allows(&self, principal: &str, source_arn: &str) -> bool {
        self.statements.iter().any(|statement| {
            matches!(statement.action.as_str(), "lambda:InvokeFunction" | "lambda:*" | "*")
                && (statement.principal == principal || statement.principal == "*")
                && statement.source_arn.as_deref().is_none_or(|p| matches_pattern(p, source_arn))
                && statement
                    .source_account
                    .as_deref()
                    .is_none_or(|account| source_arn.split(':').nth(4) == Some(account))
        })
    }
}

pub(super) fn add(function: &Arc<Function>, input: Input) -> ApiResult<Value> {
    let required = |value: Option<String>, member: &str| {
        value.filter(|v| !v.is_empty()).ok_or_else(|| model("null", member, "not be null"))
    };
    let statement = Statement {
        id: required(input.statement_id, "statementId")?,
        action: required(input.action, "action")?,
        principal: required(input.principal, "principal")?,
        source_arn: input.source_arn,
        source_account: input.source_account,
    };
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if statement.id.len() > 100 || !statement.id.chars().all(is_id) {
        return Err(model(
            &statement.id,
            "statementId",
            "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
        ));
    }
    if statement.action != "*" && !statement.action.starts_with("lambda:") {
        return Err(model(
            &statement.action,
            "action",
            "satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
        ));
    }
    let policy = &mut function.settings().policy;
    if policy.statements.iter().any(|other| other.id == statement.id) {
        return Err(ApiError::new(
            409,
            "ResourceConflictException",
            format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, \
                 or remove the existing statement.",
                statement.id
            ),
        ));
    }
    let text = describe(&statement, &function.arn).to_string();
    policy.statements.push(statement);
    policy.revision += 1;
    Ok(json!({ "Statement": text }))
}

pub(super) fn remove(function: &Arc<Function>, id: &str) -> ApiResult<()> {
    let policy = &mut function.settings().policy;
    let before = policy.statements.len();
    policy.statements.retain(|statement| statement.id != id);
    if policy.statements.len() == before {
        return Err(ApiError::new(
            404,
            "ResourceNotFoundException",
            format!("Statement {id} is not found in resource policy."),
        ));
    }
    policy.revision += 1;
    Ok(())
}

pub(super) fn get(function: &Arc<Function>) -> ApiResult<Value> {
    let settings = function.settings();
    if settings.policy.statements.is_empty() {
        return Err(ApiError::new(
            404,
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        ));
    }
    let statements: Vec<Value> =
        settings.policy.statements.iter().map(|s| describe(s, &function.arn)).collect();
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements });
    Ok(json!({ "Policy": policy.to_string(), "RevisionId": settings.policy.revision.to_string() }))
}

fn describe(statement: &Statement, arn: &str) -> Value {
    let principal = match statement.principal.as_str() {
        "*" => json!("*"),
        service if service.ends_with(".amazonaws.com") => json!({ "Service": service }),
        account if account.len() == 12 => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
        other => json!({ "AWS": other }),
    };
    let mut value = json!({
        "Sid": statement.id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": statement.action,
        "Resource": arn,
    });
    if let Some(source) = &statement.source_arn {
        value["Condition"]["ArnLike"]["AWS:SourceArn"] = source.as_str().into();
    }
    if let Some(account) = &statement.source_account {
        value["Condition"]["StringEquals"]["AWS:SourceAccount"] = account.as_str().into();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(source_arn: Option<&str>, source_account: Option<&str>) -> Policy {
        let statement = Statement {
            id: "s".into(),
            action: "lambda:InvokeFunction".into(),
            principal: "sns.amazonaws.com".into(),
            source_arn: source_arn.map(Into::into),
            source_account: source_account.map(Into::into),
        };
        Policy { statements: vec![statement], revision: 0 }
    }

    const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:topic";

    #[test]
    fn a_statement_allows_its_principal_and_source() {
        assert!(policy(None, None).allows("sns.amazonaws.com", TOPIC));
        assert!(!policy(None, None).allows("events.amazonaws.com", TOPIC));
        assert!(policy(Some(TOPIC), Some("000000000000")).allows("sns.amazonaws.com", TOPIC));
        assert!(
            !policy(Some("arn:aws:sns:us-east-1:000000000000:other"), None)
                .allows("sns.amazonaws.com", TOPIC)
        );
        assert!(!policy(None, Some("111111111111")).allows("sns.amazonaws.com", TOPIC));
        assert!(!Policy::default().allows("sns.amazonaws.com", TOPIC));
    }
}
