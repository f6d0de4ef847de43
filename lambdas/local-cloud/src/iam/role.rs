//! Roles.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::config::Config;
use crate::error::{ApiError, ApiResult};
use crate::random_ids::RandomIds;

/// All roles, by name.
#[derive(Debug)]
pub(crate) struct Iam {
    roles: Mutex<BTreeMap<String, Role>>,
    pub(super) ids: RandomIds,
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
    /// Policy documents, by their names.
    pub(super) inline_policies: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub(super) attached_policies: std::collections::BTreeSet<String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Iam {
    pub(crate) fn new(config: &Config) -> Self {
        Self { roles: Mutex::default(), ids: RandomIds::new(config.seed, 0x0069_616d) }
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
