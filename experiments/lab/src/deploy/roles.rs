//! The two roles: what A may do and what B may do, within this deployment's names only.

use serde_json::json;

use super::{Deployer, Resource};
use crate::error::LabError;

/// The roles' policies, as documents.
#[derive(Clone, Debug)]
pub struct RolePolicies {
    /// What A may do.
    pub sender: serde_json::Value,
    /// What B may do, and who reads for it.
    pub receiver: serde_json::Value,
}

/// The roles' ARNs.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    pub(crate) sender_arn: String,
    pub(crate) receiver_arn: String,
}

/// The policies of A's and of B's role, for the resources of a deployment whose names begin so.
#[must_use]
pub fn role_policies(prefix: &str) -> RolePolicies {
    let names = format!("{prefix}-*");
    let arn = |service: &str, kind: &str| format!("arn:*:{service}:*:*:{kind}{names}");
    let write_logs = json!({
        "Effect": "Allow",
        // Not CreateLogGroup: a group made by a late line would outlive the deployment.
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": arn("logs", "log-group:/aws/lambda/"),
    });
    let send = [
        json!({"Effect": "Allow", "Action": "lambda:InvokeFunction",
               "Resource": arn("lambda", "function:")}),
        json!({"Effect": "Allow", "Action": "sns:Publish", "Resource": arn("sns", "")}),
        json!({"Effect": "Allow", "Action": "kinesis:PutRecord",
               "Resource": arn("kinesis", "stream/")}),
        json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("sqs", "")}),
    ];
    let receive = [
        json!({"Effect": "Allow",
               "Action": ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary",
                          "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
                          "kinesis:SubscribeToShard"],
               "Resource": arn("kinesis", "stream/")}),
        json!({"Effect": "Allow", "Action": "kinesis:ListStreams", "Resource": "*"}),
        json!({"Effect": "Allow",
               "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
               "Resource": arn("sqs", "")}),
    ];
    let policy = |own: &[serde_json::Value]| {
        let mut all = own.to_vec();
        all.push(write_logs.clone());
        json!({"Version": "2012-10-17", "Statement": all})
    };
    RolePolicies { sender: policy(&send), receiver: policy(&receive) }
}

pub(super) async fn make(deployer: &Deployer) -> Result<Roles, LabError> {
    let policies = role_policies(&deployer.prefix);
    let (sender_arn, receiver_arn) = tokio::try_join!(
        role(deployer, "sender", &policies.sender),
        role(deployer, "receiver", &policies.receiver),
    )?;
    Ok(Roles { sender_arn, receiver_arn })
}

async fn role(
    deployer: &Deployer,
    side: &str,
    policy: &serde_json::Value,
) -> Result<String, LabError> {
    let name = format!("{}-{side}", deployer.prefix);
    let iam = &deployer.clients.iam;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    });
    let making =
        iam.create_role().role_name(&name).assume_role_policy_document(trust.to_string()).send();
    let created = deployer
        .log
        .make(Resource::Role { name: name.clone() }, async {
            making.await.map_err(LabError::service(format!("create the role {name}")))
        })
        .await?;
    let putting = iam
        .put_role_policy()
        .role_name(&name)
        .policy_name(side)
        .policy_document(policy.to_string())
        .send();
    let resource = Resource::RolePolicy { role: name.clone(), name: side.to_owned() };
    deployer
        .log
        .make(resource, async {
            putting.await.map_err(LabError::service(format!("put the policy of the role {name}")))
        })
        .await?;
    let arn = created.role().map(|role| role.arn().to_owned());
    arn.ok_or_else(|| LabError::Backend(format!("the created role {name} has no ARN")))
}
