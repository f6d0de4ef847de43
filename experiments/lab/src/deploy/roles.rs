//! The two roles: what A may do and what B may do, within this deployment's names only.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wire::Transport;

use super::{Deployer, PairKey, Resource};
use crate::clients::Identity;
use crate::error::LabError;

/// The roles' policies, as documents.
#[derive(Clone, Debug)]
pub struct RolePolicies {
    /// What A may do.
    pub sender: Value,
    /// What B may do, and who reads for it.
    pub receiver: Value,
}

/// The roles' ARNs.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    pub(crate) sender_arn: String,
    pub(crate) receiver_arn: String,
}

/// The policies of A's and of B's role, for the resources of a deployment whose names begin so.
#[must_use]
pub fn role_policies(
    identity: &Identity,
    prefix: &str,
    transports: &BTreeSet<Transport>,
) -> RolePolicies {
    let policy = |statements: Vec<Value>| json!({"Version": "2012-10-17", "Statement": statements});
    RolePolicies {
        sender: policy(sender(identity, prefix, transports)),
        receiver: policy(receiver(identity, prefix, transports)),
    }
}

pub(super) async fn make(deployer: &Deployer, keys: &BTreeSet<PairKey>) -> Result<Roles, LabError> {
    let identity = deployer.clients.identity().await?;
    let transports: BTreeSet<Transport> = keys.iter().map(|key| key.transport).collect();
    let policies = role_policies(&identity, &deployer.prefix, &transports);
    let (sender_arn, receiver_arn) = tokio::try_join!(
        role(deployer, "sender", LAMBDA, &policies.sender),
        role(deployer, "receiver", LAMBDA, &policies.receiver),
    )?;
    Ok(Roles { sender_arn, receiver_arn })
}

/// Who takes the roles of functions.
const LAMBDA: &str = "lambda.amazonaws.com";

pub(super) fn allow(actions: &[&str], resources: &[String]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

/// Writing the lines of one side's functions. Not CreateLogGroup: a group made by a late line would
/// outlive the deployment.
fn write_logs(identity: &Identity, prefix: &str, side: &str) -> Value {
    let groups = format!("log-group:/aws/lambda/{prefix}-*-{side}:*");
    allow(&["logs:CreateLogStream", "logs:PutLogEvents"], &[identity.arn("logs", &groups)])
}

/// What A may do: hand over to what stands on the way to its B, over the transports that are
/// measured.
fn sender(identity: &Identity, prefix: &str, transports: &BTreeSet<Transport>) -> Vec<Value> {
    let of = |transport: Transport| match transport {
        Transport::SyncInvoke | Transport::AsyncInvoke => {
            let receivers = format!("function:{prefix}-*-{transport}-receiver");
            allow(&["lambda:InvokeFunction"], &[identity.arn("lambda", &receivers)])
        }
        Transport::Sns => {
            allow(&["sns:Publish"], &[identity.arn("sns", &format!("{prefix}-*-{transport}"))])
        }
        Transport::Kinesis => allow(
            &["kinesis:PutRecord"],
            &[identity.arn("kinesis", &format!("stream/{prefix}-*-{transport}"))],
        ),
        Transport::Sqs => {
            allow(&["sqs:SendMessage"], &[identity.arn("sqs", &format!("{prefix}-*-{transport}"))])
        }
    };
    let mut statements = vec![write_logs(identity, prefix, "sender")];
    statements.extend(transports.iter().copied().map(of));
    statements
}

/// What B may do: have its sources read. Nothing where it is invoked (Lambda Developer Guide, "Using
/// Lambda with Kinesis" and "with Amazon SQS", execution role permissions).
fn receiver(identity: &Identity, prefix: &str, transports: &BTreeSet<Transport>) -> Vec<Value> {
    let mut statements = vec![write_logs(identity, prefix, "receiver")];
    if transports.contains(&Transport::Kinesis) {
        let stream = identity.arn("kinesis", &format!("stream/{prefix}-*-kinesis"));
        let consumer = format!("{stream}/consumer/*");
        statements.push(allow(
            &[
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            std::slice::from_ref(&stream),
        ));
        statements.push(allow(&["kinesis:SubscribeToShard"], &[stream, consumer]));
        // An action without resources.
        statements.push(allow(&["kinesis:ListStreams"], &["*".to_owned()]));
    }
    if transports.contains(&Transport::Sqs) {
        statements.push(allow(
            &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            &[identity.arn("sqs", &format!("{prefix}-*-sqs"))],
        ));
    }
    statements
}

/// Makes the role of a side, which a service takes; gives its ARN.
pub(super) async fn role(
    deployer: &Deployer,
    side: &str,
    service: &str,
    policy: &Value,
) -> Result<String, LabError> {
    let name = format!("{}-{side}", deployer.prefix);
    let iam = &deployer.clients.iam;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }],
    });
    let making = iam
        .create_role()
        .role_name(&name)
        .assume_role_policy_document(trust.to_string())
        .set_permissions_boundary(deployer.permissions_boundary.clone())
        .set_tags(Some(deployer.tags.iam()?))
        .send();
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
