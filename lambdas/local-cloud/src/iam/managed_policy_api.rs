//! Managed policies of the account, which roles can have attached or be bounded by.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use super::policy::Policy;
use super::role::no_such_entity;
use super::{Iam, document, name, required};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{Params, element};

/// A policy's name has at most so many characters (API reference, `CreatePolicy`).
const NAME_CHARS: usize = 128;

/// A managed policy.
#[derive(Clone, Debug)]
pub(crate) struct ManagedPolicy {
    name: String,
    id: String,
    path: String,
    created_ms: u64,
    /// What is evaluated, where policies are enforced.
    pub(super) evaluated: Option<Policy>,
}

/// All managed policies, by their ARNs.
pub(super) type ManagedPolicies = BTreeMap<String, ManagedPolicy>;

impl Iam {
    pub(super) fn managed(&self) -> MutexGuard<'_, ManagedPolicies> {
        self.managed_policies.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

pub(super) fn create(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let name = name(params, "PolicyName", NAME_CHARS)?;
    let (_, evaluated) = super::evaluated(cloud, document(params, "PolicyDocument")?)?;
    let path = params.get("Path").unwrap_or("/");
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", cloud.config.account);
    let id = cloud.iam.ids.uuid().replace('-', "").to_uppercase();
    let policy = ManagedPolicy {
        name: name.to_owned(),
        id: format!("ANPA{}", &id[..17]),
        path: path.to_owned(),
        created_ms: cloud.now_ms(),
        evaluated,
    };
    let mut all = cloud.iam.managed();
    if all.contains_key(&arn) {
        return Err(ApiError::new(
            409,
            "EntityAlreadyExists",
            format!("A policy called {name} already exists. Duplicate names are not allowed."),
        ));
    }
    let xml = describe(&arn, &policy);
    all.insert(arn, policy);
    Ok(xml)
}

pub(super) fn get(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = required(params, "PolicyArn")?;
    let all = cloud.iam.managed();
    all.get(arn).map(|policy| describe(arn, policy)).ok_or_else(|| missing(arn))
}

pub(super) fn delete(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let arn = required(params, "PolicyArn")?;
    let in_use =
        cloud.iam.roles().values().any(|role| {
            role.attached_policies.contains(arn) || role.boundary.as_deref() == Some(arn)
        });
    if in_use {
        return Err(ApiError::new(
            409,
            "DeleteConflict",
            "Cannot delete a policy attached to entities.",
        ));
    }
    cloud.iam.managed().remove(arn).map(|_| String::new()).ok_or_else(|| missing(arn))
}

/// Sets or takes away what a role may be granted at most.
pub(super) fn bound(cloud: &Cloud, params: &Params, boundary: Option<&str>) -> ApiResult<String> {
    if let Some(arn) = boundary {
        check_known(cloud, arn)?;
    }
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        role.boundary = boundary.map(str::to_owned);
        Ok(String::new())
    })
}

/// Where policies are enforced, only those that are kept here can be: AWS's own are not.
pub(super) fn check_known(cloud: &Cloud, arn: &str) -> ApiResult<()> {
    if !cloud.config.enforce_iam || cloud.iam.managed().contains_key(arn) {
        return Ok(());
    }
    Err(no_such_entity(format!(
        "Policy {arn} does not exist or is not attachable: with --enforce-iam, local-cloud takes \
         policies that were made here (CreatePolicy, PutRolePolicy)."
    )))
}

fn missing(arn: &str) -> ApiError {
    no_such_entity(format!("Policy {arn} was not found."))
}

fn describe(arn: &str, policy: &ManagedPolicy) -> String {
    let mut xml = String::from("<Policy>");
    element(&mut xml, "PolicyName", &policy.name);
    element(&mut xml, "PolicyId", &policy.id);
    element(&mut xml, "Arn", arn);
    element(&mut xml, "Path", &policy.path);
    element(&mut xml, "DefaultVersionId", "v1");
    element(&mut xml, "IsAttachable", "true");
    element(&mut xml, "CreateDate", &super::role_api::date(policy.created_ms));
    xml + "</Policy>"
}
