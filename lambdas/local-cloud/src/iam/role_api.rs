//! Roles: make, get, list, tag, delete.

use std::collections::BTreeMap;

use super::role::{Role, no_such_entity};
use super::{document, managed_policy_api, name, percent_encode, policy, required, validation};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::query::{Params, element};

/// A role's name has at most so many characters (API reference, `CreateRole`).
const NAME_CHARS: usize = 64;
const MOST_TAGS: usize = 50;

pub(super) fn create(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let name = name(params, "RoleName", NAME_CHARS)?;
    let trust_policy = document(params, "AssumeRolePolicyDocument")?;
    if cloud.config.enforce_iam {
        policy::trusts_lambda(trust_policy)
            .map_err(|error| ApiError::new(400, "MalformedPolicyDocument", error.to_string()))?;
    }
    if let Some(boundary) = params.get("PermissionsBoundary") {
        managed_policy_api::check_known(cloud, boundary)?;
    }
    let path = params.get("Path").unwrap_or("/");
    if !(path.starts_with('/') && path.ends_with('/')) {
        return Err(validation(format_args!(
            "Value '{path}' at 'path' failed to satisfy constraint: it begins and ends with /"
        )));
    }
    let max_session_seconds = match params.get("MaxSessionDuration") {
        None => 3_600,
        Some(text) => {
            text.parse().ok().filter(|s| (3_600..=43_200).contains(s)).ok_or_else(|| {
                validation(format_args!(
                    "Value '{text}' at 'maxSessionDuration' failed to satisfy constraint: Member \
                     must have value between 3600 and 43200"
                ))
            })?
        }
    };
    let id = cloud.iam.ids.uuid().replace('-', "").to_uppercase();
    let role = Role {
        name: name.to_owned(),
        id: format!("AROA{}", &id[..17]),
        arn: format!("arn:aws:iam::{}:role{path}{name}", cloud.config.account),
        path: path.to_owned(),
        created_ms: cloud.now_ms(),
        description: params.get("Description").map(str::to_owned),
        max_session_seconds,
        trust_policy: trust_policy.to_owned(),
        inline_policies: BTreeMap::new(),
        attached_policies: std::collections::BTreeSet::new(),
        boundary: params.get("PermissionsBoundary").map(str::to_owned),
        tags: params.map("Tags.member", "Key", "Value"),
    };
    let mut roles = cloud.iam.roles();
    if roles.contains_key(name) {
        return Err(ApiError::new(
            409,
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    let xml = format!("<Role>{}{}</Role>", members(&role), tags_xml(&role.tags));
    roles.insert(name.to_owned(), role);
    Ok(xml)
}

fn members(role: &Role) -> String {
    let mut xml = String::new();
    element(&mut xml, "Path", &role.path);
    element(&mut xml, "RoleName", &role.name);
    element(&mut xml, "RoleId", &role.id);
    element(&mut xml, "Arn", &role.arn);
    element(&mut xml, "CreateDate", &date(role.created_ms));
    element(&mut xml, "AssumeRolePolicyDocument", &percent_encode(&role.trust_policy));
    if let Some(description) = &role.description {
        element(&mut xml, "Description", description);
    }
    element(&mut xml, "MaxSessionDuration", &role.max_session_seconds.to_string());
    xml
}

/// A time as IAM writes it: whole seconds.
pub(super) fn date(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1_000).unwrap_or_default();
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

fn tags_xml(tags: &BTreeMap<String, String>) -> String {
    let mut xml = String::from("<Tags>");
    for (key, value) in tags {
        xml.push_str("<member>");
        element(&mut xml, "Key", key);
        element(&mut xml, "Value", value);
        xml.push_str("</member>");
    }
    xml + "</Tags>"
}

pub(super) fn get(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    cloud.iam.with_role(name(params, "RoleName", NAME_CHARS)?, |role| {
        let mut boundary = String::new();
        if let Some(arn) = &role.boundary {
            boundary.push_str("<PermissionsBoundary>");
            element(&mut boundary, "PermissionsBoundaryType", "PermissionsBoundaryPolicy");
            element(&mut boundary, "PermissionsBoundaryArn", arn);
            boundary.push_str("</PermissionsBoundary>");
        }
        Ok(format!("<Role>{}{boundary}{}</Role>", members(role), tags_xml(&role.tags)))
    })
}

pub(super) fn list(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let prefix = params.get("PathPrefix").unwrap_or("/");
    let roles = cloud.iam.roles();
    let roles: Vec<_> = roles.values().filter(|role| role.path.starts_with(prefix)).collect();
    let names = |role: &&Role| role.name.clone();
    let (page, marker) = page(&roles, params, names)?;
    let mut xml = String::from("<Roles>");
    for role in page {
        xml.push_str("<member>");
        xml.push_str(&members(role));
        xml.push_str("</member>");
    }
    xml.push_str("</Roles>");
    Ok(xml + &marker)
}

/// The page that `Marker` and `MaxItems` ask for, and the elements that end a list.
pub(super) fn page<'a, T>(
    items: &'a [T],
    params: &Params,
    key: impl Fn(&T) -> String,
) -> ApiResult<(&'a [T], String)> {
    let most = match params.get("MaxItems") {
        None => 100,
        Some(text) => text.parse().ok().filter(|most| (1..=1_000).contains(most)).ok_or_else(|| {
            validation(format_args!(
                "Value '{text}' at 'maxItems' failed to satisfy constraint: Member must have value \
                 between 1 and 1000"
            ))
        })?,
    };
    let after = params.get("Marker").unwrap_or_default();
    let first = items.partition_point(|item| key(item).as_str() <= after);
    let page = &items[first..items.len().min(first + most)];
    let is_truncated = first + page.len() < items.len();
    let mut xml = String::new();
    element(&mut xml, "IsTruncated", if is_truncated { "true" } else { "false" });
    if is_truncated && let Some(last) = page.last() {
        element(&mut xml, "Marker", &key(last));
    }
    Ok((page, xml))
}

pub(super) fn delete(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let name = name(params, "RoleName", NAME_CHARS)?;
    let conflict = |what: &str| {
        ApiError::new(409, "DeleteConflict", format!("Cannot delete entity, must {what} first."))
    };
    let mut roles = cloud.iam.roles();
    let role = roles
        .get(name)
        .ok_or_else(|| no_such_entity(format!("The role with name {name} cannot be found.")))?;
    if !role.attached_policies.is_empty() {
        return Err(conflict("detach all policies"));
    }
    if !role.inline_policies.is_empty() {
        return Err(conflict("delete policies"));
    }
    roles.remove(name);
    Ok(String::new())
}

pub(super) fn tag(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    let tags = params.map("Tags.member", "Key", "Value");
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        let mut all = role.tags.clone();
        all.extend(tags);
        if all.len() > MOST_TAGS {
            return Err(ApiError::new(
                409,
                "LimitExceeded",
                format!("The number of tags has reached the maximum limit of {MOST_TAGS}."),
            ));
        }
        role.tags = all;
        Ok(String::new())
    })
}

pub(super) fn untag(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        for key in params.list("TagKeys.member") {
            role.tags.remove(key);
        }
        Ok(String::new())
    })
}

pub(super) fn list_tags(cloud: &Cloud, params: &Params) -> ApiResult<String> {
    cloud.iam.with_role(required(params, "RoleName")?, |role| {
        Ok(tags_xml(&role.tags) + "<IsTruncated>false</IsTruncated>")
    })
}
