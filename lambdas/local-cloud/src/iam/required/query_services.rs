//! What the operations of SNS and IAM need; all of it stands in their forms.

use super::{Permission, tagged};
use crate::cloud::Cloud;
use crate::protocol::Request;
use crate::protocol::query::Params;

pub(super) fn sns(cloud: &Cloud, request: &Request) -> Vec<Permission> {
    let params = Params::parse(request);
    let Some(operation) = params.get("Action") else { return Vec::new() };
    let text = |name: &str| params.get(name).map(str::to_owned);
    // The service names itself in capitals when it refuses; actions are not case-sensitive.
    let on = |action: &str, resource: Option<String>| {
        Permission::new("SNS", action, resource.unwrap_or_else(|| "*".to_owned()))
    };
    let topic = text("TopicArn").or_else(|| text("TargetArn")).or_else(|| text("ResourceArn"));
    let tags = params.map("Tags.member", "Key", "Value");
    match operation {
        "CreateTopic" => {
            let topic = text("Name").map(|name| cloud.arn("sns", &name));
            tagged(on(operation, topic), &tags, "SNS", "TagResource")
        }
        "PublishBatch" => vec![on("Publish", topic)],
        "TagResource" => vec![on(operation, topic).with_tags(&tags)],
        _ => vec![on(operation, topic)],
    }
}

pub(super) fn iam(cloud: &Cloud, request: &Request) -> Vec<Permission> {
    let params = Params::parse(request);
    let Some(operation) = params.get("Action") else { return Vec::new() };
    let text = |name: &str| params.get(name).map(str::to_owned);
    let global = |resource: &str| format!("arn:aws:iam::{}:{resource}", cloud.config.account);
    let role = text("RoleName").map(|name| {
        let known = cloud.iam.role_arn(&name);
        let path = text("Path").filter(|_| operation == "CreateRole");
        known.unwrap_or_else(|| {
            global(&format!("role{}{name}", path.unwrap_or_else(|| "/".to_owned())))
        })
    });
    let resource = role.unwrap_or_else(|| "*".to_owned());
    let mut on = Permission::new("iam", operation, resource);
    // Of the request, or of the role that it is about.
    let given = text("PermissionsBoundary");
    let of_role = || cloud.iam.boundary_of(params.get("RoleName")?);
    if let Some(boundary) = given.or_else(of_role) {
        on = on.with("iam:PermissionsBoundary", boundary);
    }
    if operation == "CreateRole" {
        return tagged(on, &params.map("Tags.member", "Key", "Value"), "iam", "TagRole");
    }
    if operation == "TagRole" {
        on = on.with_tags(&params.map("Tags.member", "Key", "Value"));
    }
    vec![on]
}
