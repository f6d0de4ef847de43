//! What a request needs to be allowed: actions on resources, as the Service Authorization Reference
//! lists them per service ("Actions, resources, and condition keys for AWS services").
//!
//! An action for which that lists no type of resource is needed on `*`.

mod json_services;
mod lambda;
mod query_services;

pub(crate) use json_services::write_logs;

use std::collections::BTreeMap;

use super::condition::Context;
use crate::cloud::Cloud;
use crate::protocol::Request;
use crate::service::Service;

/// An action that a request performs on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    /// Such as `sns:Publish`.
    pub(crate) action: String,
    /// An ARN, or `*`.
    pub(crate) resource: String,
    /// Condition keys of the action.
    pub(crate) context: Context,
}

impl Permission {
    pub(crate) fn new(service: &str, action: &str, resource: impl Into<String>) -> Self {
        Self {
            action: format!("{service}:{action}"),
            resource: resource.into(),
            context: Context::default(),
        }
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context = self.context.with(key, value);
        self
    }

    /// Of a request that tags what it makes: `tags` are those tags.
    fn with_tags(mut self, tags: &BTreeMap<String, String>) -> Self {
        for (key, value) in tags {
            self = self.with(&format!("aws:RequestTag/{key}"), value);
        }
        self
    }
}

/// What a request needs; nothing where it is none of its service's operations, which the service
/// says itself.
pub(crate) fn of(cloud: &Cloud, service: Service, request: &Request) -> Vec<Permission> {
    match service {
        Service::Lambda => lambda::of(cloud, request),
        Service::Sns => query_services::sns(cloud, request),
        Service::Iam => query_services::iam(cloud, request),
        Service::Sqs => json_services::sqs(cloud, request),
        Service::Kinesis => json_services::kinesis(cloud, request),
        Service::Logs => json_services::logs(cloud, request),
        Service::Tagging => json_services::tagging(request),
        // GetCallerIdentity needs no permission, and none can deny it (STS API reference).
        Service::Sts => Vec::new(),
    }
}

/// The first permission, and the one to tag what is made, if it is tagged.
fn tagged(
    making: Permission,
    tags: &BTreeMap<String, String>,
    service: &str,
    action: &str,
) -> Vec<Permission> {
    if tags.is_empty() {
        return vec![making];
    }
    let tagging = Permission::new(service, action, making.resource.clone()).with_tags(tags);
    vec![making.with_tags(tags), tagging]
}
