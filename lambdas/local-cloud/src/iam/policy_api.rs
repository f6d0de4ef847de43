//! Policies of roles: those within a role, and managed ones that are attached by their ARN.

use super::role::{InlinePolicy, no_such_entity};
use super::role_api::page;
use super::{document, managed_policy_api, name, percent_encode, required, validation};
use crate::arn::Arn;
use crate::cloud::Cloud;
use crate::error::ApiResult;
use crate::protocol::query::{Params, element};

/// A policy's name has at most so many characters (API reference, `PutRolePolicy`).
const NAME_CHARS: usize = 128;

pub(super) fn put(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let role = required(params, "RoleName")?;
    let policy = name(params, "PolicyName", NAME_CHARS)?;
    let (document, evaluated) = super::evaluated(cloud, document(params, "PolicyDocument")?)?;
    let inline = InlinePolicy { document: document.to_owned(), evaluated };
    cloud.iam.with_role(role, |role| {
        role.inline_policies.insert(policy.to_owned(), inline);
        Ok(String::new())
    })
}

fn no_such_policy(policy: &str) -> crate::error::ApiError {
    no_such_entity(format!("The role policy with name {policy} cannot be found."))
}

pub(super) fn get(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let policy = name(params, "PolicyName", NAME_CHARS)?;
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        let found = role.inline_policies.get(policy).ok_or_else(|| no_such_policy(policy))?;
        let mut xml = String::new();
        element(&mut xml, "RoleName", &role.name);
        element(&mut xml, "PolicyName", policy);
        element(&mut xml, "PolicyDocument", &percent_encode(&found.document));
        Ok(xml)
    })
}

pub(super) fn list(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        let names: Vec<_> = role.inline_policies.keys().collect();
        let (page, marker) = page(&names, params, |name| (*name).clone())?;
        let mut xml = String::from("<PolicyNames>");
        for name in page {
            element(&mut xml, "member", name);
        }
        Ok(xml + "</PolicyNames>" + &marker)
    })
}

pub(super) fn delete(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let policy = name(params, "PolicyName", NAME_CHARS)?;
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        role.inline_policies.remove(policy).ok_or_else(|| no_such_policy(policy))?;
        Ok(String::new())
    })
}

/// Any managed policy can be attached, unless they are enforced: those of AWS are not kept here.
pub(super) fn attach(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = policy_arn(params)?;
    managed_policy_api::check_known(cloud, arn)?;
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        role.attached_policies.insert(arn.to_owned());
        Ok(String::new())
    })
}

fn policy_arn(params: &Params) -> ApiResult<&str> {
    let arn = required(params, "PolicyArn")?;
    let is_policy = Arn::parse(arn)
        .is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("policy/"));
    if !is_policy {
        return Err(validation(format_args!(
            "Value '{arn}' at 'policyArn' failed to satisfy constraint: it is not the ARN of a policy"
        )));
    }
    Ok(arn)
}

pub(super) fn detach(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = policy_arn(params)?;
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        if role.attached_policies.remove(arn) {
            Ok(String::new())
        } else {
            Err(no_such_entity(format!("Policy {arn} was not found.")))
        }
    })
}

pub(super) fn list_attached(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        let arns: Vec<_> = role.attached_policies.iter().collect();
        let (page, marker) = page(&arns, params, |arn| (*arn).clone())?;
        let mut xml = String::from("<AttachedPolicies>");
        for arn in page {
            xml.push_str("<member>");
            element(&mut xml, "PolicyName", arn.rsplit('/').next().unwrap_or(arn));
            element(&mut xml, "PolicyArn", arn);
            xml.push_str("</member>");
        }
        Ok(xml + "</AttachedPolicies>" + &marker)
    })
}
