//! Finding what runs have left by its tags, where there is no file that lists it.
//!
//! The tagging API lists what most services have. It knows no roles, and of event source mappings
//! not in every region: those two are listed by their own services and told by their names first.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::types::TagFilter;

use super::resource::Resource;
use super::tags::{EXPIRES, NAME, RUN};
use crate::clients::Clients;
use crate::error::LabError;

/// Which of them.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// Those of a run.
    Run(String),
    /// Those of any run whose time is over at this RFC 3339 time in UTC.
    ExpiredAt(String),
}

impl Which {
    fn has(&self, tags: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Run(run) => tags.get(RUN) == Some(run),
            // Both are of the same form, whose order is that of time.
            Self::ExpiredAt(now) => {
                tags.contains_key(RUN) && tags.get(EXPIRES).is_some_and(|at| at < now)
            }
        }
    }
}

/// Finds them, in an order in which they can be deleted: what reads or holds others first.
///
/// # Errors
/// When a service cannot be asked.
pub(crate) async fn find(clients: &Clients, which: &Which) -> Result<Vec<Resource>, LabError> {
    let mut found = mappings(clients, which).await?;
    found.append(&mut tagged(clients, which).await?);
    found.append(&mut roles(clients, which).await?);
    found.sort_by_key(place);
    found.dedup();
    Ok(found)
}

const fn place(resource: &Resource) -> u8 {
    match resource {
        // Its executions invoke the functions.
        Resource::StateMachine { .. } | Resource::EventSourceMapping { .. } => 0,
        Resource::StreamConsumer { .. } => 1,
        Resource::Topic { .. } | Resource::Stream { .. } | Resource::Queue { .. } => 2,
        Resource::Function { .. } => 3,
        Resource::LogGroup { .. } => 4,
        Resource::RolePolicy { .. } => 5,
        Resource::Role { .. } => 6,
    }
}

async fn tagged(clients: &Clients, which: &Which) -> Result<Vec<Resource>, LabError> {
    let filter = match which {
        Which::Run(run) => TagFilter::builder().key(RUN).values(run),
        Which::ExpiredAt(_) => TagFilter::builder().key(EXPIRES),
    };
    let mut pages =
        clients.tagging.get_resources().tag_filters(filter.build()).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(LabError::service("find resources by their tags"))?;
        for resource in page.resource_tag_mapping_list() {
            let tags: BTreeMap<String, String> = resource
                .tags()
                .iter()
                .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
                .collect();
            if which.has(&tags) {
                found.extend(resource.resource_arn().and_then(of_arn));
            }
        }
    }
    Ok(found)
}

/// The resource that an ARN names, if it is of a kind that the lab makes. Mappings, which the ARN
/// names by a number, are found by [`mappings`].
fn of_arn(arn: &str) -> Option<Resource> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, _, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_ours = |name: &str| name.starts_with(NAME);
    let named = |name: &str| is_ours(name).then(|| name.to_owned());
    Some(match service {
        "lambda" => Resource::Function { name: named(resource.strip_prefix("function:")?)? },
        "sns" => Resource::Topic { name: named(resource)? },
        "sqs" => Resource::Queue { name: named(resource)? },
        "states" => {
            Resource::StateMachine { name: named(resource.strip_prefix("stateMachine:")?)? }
        }
        "kinesis" => {
            let name = resource.strip_prefix("stream/")?;
            match name.split_once("/consumer/") {
                None => Resource::Stream { name: named(name)? },
                Some((stream, consumer)) => Resource::StreamConsumer {
                    stream: named(stream)?,
                    name: consumer.split(':').next()?.to_owned(),
                },
            }
        }
        "logs" => {
            let name = resource.strip_prefix("log-group:")?;
            let name = name.strip_suffix(":*").unwrap_or(name);
            is_ours(name.strip_prefix("/aws/lambda/")?).then_some(())?;
            Resource::LogGroup { name: name.to_owned() }
        }
        _ => return None,
    })
}

async fn mappings(clients: &Clients, which: &Which) -> Result<Vec<Resource>, LabError> {
    let mut pages = clients.lambda.list_event_source_mappings().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(LabError::service("list the event source mappings"))?;
        for mapping in page.event_source_mappings() {
            let function = mapping.function_arn().and_then(|arn| arn.split(':').nth(6));
            let Some(function) = function.filter(|name| name.starts_with(NAME)) else { continue };
            let Some(arn) = mapping.event_source_mapping_arn() else { continue };
            let tags = clients.lambda.list_tags().resource(arn).send().await;
            let tags = tags
                .map_err(LabError::service(format!("read the tags of a mapping of {function}")))?;
            let tags = tags.tags().map(|tags| tags.clone().into_iter().collect());
            if which.has(&tags.unwrap_or_default()) {
                found.push(Resource::EventSourceMapping { function: function.to_owned() });
            }
        }
    }
    Ok(found)
}

async fn roles(clients: &Clients, which: &Which) -> Result<Vec<Resource>, LabError> {
    let mut pages = clients.iam.list_roles().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(LabError::service("list the roles"))?;
        for role in page.roles().iter().map(aws_sdk_iam::types::Role::role_name) {
            if !role.starts_with(NAME) {
                continue;
            }
            let tags = clients.iam.list_role_tags().role_name(role).send().await;
            let tags =
                tags.map_err(LabError::service(format!("read the tags of the role {role}")))?;
            let tags = tags.tags().iter();
            let tags = tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            if which.has(&tags) {
                found.append(&mut policies(clients, role).await?);
                found.push(Resource::Role { name: role.to_owned() });
            }
        }
    }
    Ok(found)
}

async fn policies(clients: &Clients, role: &str) -> Result<Vec<Resource>, LabError> {
    let listed = clients.iam.list_role_policies().role_name(role).send().await;
    let listed =
        listed.map_err(LabError::service(format!("list the policies of the role {role}")))?;
    let names = listed.policy_names().iter();
    let policy = |name: &String| Resource::RolePolicy { role: role.to_owned(), name: name.clone() };
    Ok(names.map(policy).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_name_what_the_lab_makes_and_nothing_else() {
        let named = |arn: &str| of_arn(arn).map(|resource| resource.to_string());
        let cases = [
            ("arn:aws:lambda:r:1:function:handoff-f", Some("function handoff-f")),
            ("arn:aws:sns:r:1:handoff-t", Some("topic handoff-t")),
            ("arn:aws:sqs:r:1:handoff-q", Some("queue handoff-q")),
            ("arn:aws:states:r:1:stateMachine:handoff-m", Some("state machine handoff-m")),
            ("arn:aws:states:r:1:execution:handoff-m:e", None),
            ("arn:aws:kinesis:r:1:stream/handoff-s", Some("stream handoff-s")),
            (
                "arn:aws:kinesis:r:1:stream/handoff-s/consumer/handoff-c:17",
                Some("consumer handoff-c of stream handoff-s"),
            ),
            (
                "arn:aws:logs:r:1:log-group:/aws/lambda/handoff-f",
                Some("log group /aws/lambda/handoff-f"),
            ),
            // Somebody else's, whatever its tags say.
            ("arn:aws:lambda:r:1:function:theirs", None),
            ("arn:aws:logs:r:1:log-group:/aws/lambda/theirs", None),
            ("arn:aws:s3:::handoff-b", None),
            ("nonsense", None),
        ];
        for (arn, resource) in cases {
            assert_eq!(named(arn).as_deref(), resource, "{arn}");
        }
    }

    #[test]
    fn a_run_and_its_end_are_read_from_the_tags() {
        let tags = |run: &str, expires: &str| {
            BTreeMap::from([
                (RUN.to_owned(), run.to_owned()),
                (EXPIRES.to_owned(), expires.to_owned()),
            ])
        };
        let now = Which::ExpiredAt("2026-11-24T10:00:00Z".into());
        assert!(now.has(&tags("a", "2026-11-24T09:59:59Z")));
        assert!(!now.has(&tags("a", "2026-11-24T10:00:01Z")));
        let foreign = BTreeMap::from([(EXPIRES.to_owned(), "2000".to_owned())]);
        assert!(!now.has(&foreign));
        assert!(Which::Run("a".into()).has(&tags("a", "x")));
        assert!(!Which::Run("a".into()).has(&tags("ab", "x")));
    }
}
