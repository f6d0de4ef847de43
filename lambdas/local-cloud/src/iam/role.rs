//! Roles.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::credentials::CredentialStore;
use super::evaluation::Grants;
use super::managed_policy_api::ManagedPolicies;
use super::policy::{self, Policy};
use crate::config::Config;
use crate::error::{ApiError, ApiResult};
use crate::random_ids::RandomIds;

/// All roles, by name.
#[derive(Debug)]
pub(crate) struct Iam {
    roles: Mutex<BTreeMap<String, Role>>,
    pub(super) managed_policies: Mutex<ManagedPolicies>,
    /// What functions sign their requests with.
    pub(crate) credentials: CredentialStore,
    pub(super) ids: RandomIds,
}

/// A policy within a role.
#[derive(Clone, Debug)]
pub(super) struct InlinePolicy {
    pub(super) document: String,
    /// What is evaluated, where policies are enforced.
    pub(super) evaluated: Option<Policy>,
}

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) created_ms: u64,
    pub(super) description: Option<String>,
    pub(super) max_session_seconds: u32,
    pub(super) trust_policy: String,
    /// Policies within the role, by their names.
    pub(super) inline_policies: BTreeMap<String, InlinePolicy>,
    /// ARNs of managed policies.
    pub(super) attached_policies: std::collections::BTreeSet<String>,
    /// ARN of the managed policy that bounds what the role can be granted.
    pub(super) boundary: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Iam {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            roles: Mutex::default(),
            managed_policies: Mutex::default(),
            credentials: CredentialStore::default(),
            ids: RandomIds::new(config.seed, 0x0069_616d),
        }
    }

    /// The ARN of a role by its name.
    pub(super) fn role_arn(&self, name: &str) -> Option<String> {
        self.roles().get(name).map(|role| role.arn.clone())
    }

    /// The ARN of what bounds a role, by the role's name.
    pub(super) fn boundary_of(&self, name: &str) -> Option<String> {
        self.roles().get(name).and_then(|role| role.boundary.clone())
    }

    /// Whether there is such a role, and Lambda may take it on.
    pub(crate) fn is_assumable_by_lambda(&self, arn: &str) -> bool {
        let roles = self.roles();
        let role = roles.values().find(|role| role.arn == arn);
        role.is_some_and(|role| policy::trusts_lambda(&role.trust_policy) == Ok(true))
    }

    /// Decides by what a role has been granted; one that is not there has nothing.
    pub(super) fn decide<T>(&self, arn: &str, decide: impl FnOnce(&Grants<'_>) -> T) -> T {
        let roles = self.roles();
        let managed = self.managed();
        let role = roles.values().find(|role| role.arn == arn);
        let attached = |arn: &String| managed.get(arn).and_then(|policy| policy.evaluated.as_ref());
        let policies = role.map_or_else(Vec::new, |role| {
            let inline = role.inline_policies.values().filter_map(|one| one.evaluated.as_ref());
            inline.chain(role.attached_policies.iter().filter_map(attached)).collect()
        });
        let boundary = role.and_then(|role| role.boundary.as_ref()).and_then(attached);
        decide(&Grants { policies, boundary })
    }

    pub(super) fn roles(&self) -> MutexGuard<'_, BTreeMap<String, Role>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on a role.
    ///
    /// # Errors
    /// `NoSuchEntity` when there is none of that name.
    pub(super) fn with_role<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut Role) -> ApiResult<T>,
    ) -> ApiResult<T> {
        let mut roles = self.roles();
        let role = roles
            .get_mut(name)
            .ok_or_else(|| no_such_entity(format!("The role with name {name} cannot be found.")))?;
        work(role)
    }
}

pub(super) fn no_such_entity(message: impl Into<String>) -> ApiError {
    ApiError::new(404, "NoSuchEntity", message)
}
