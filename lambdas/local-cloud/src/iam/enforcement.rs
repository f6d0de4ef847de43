//! Enforcement: who asks, what for, and whether that is allowed; the refusals in the words of the
//! services.

use super::condition::Context;
use super::credentials::{Caller, Session};
use super::evaluation::{Grants, Refusal};
use super::required::{self, Permission};
use crate::cloud::Cloud;
use crate::error::ApiError;
use crate::protocol::Request;
use crate::service::Service;

/// Whether a request may go on to its service.
///
/// # Errors
/// What its service answers instead.
pub(crate) fn authorize(
    cloud: &Cloud,
    service: Service,
    request: &Request,
) -> Result<(), ApiError> {
    if !cloud.config.enforce_iam {
        return Ok(());
    }
    let caller = cloud.iam.credentials.caller(request);
    if caller == Caller::Invalid {
        return Err(invalid_token(service));
    }
    for permission in required::of(cloud, service, request) {
        let refusal = match &caller {
            Caller::Session(session) => check(cloud, session, &permission),
            _ => check_operator(cloud, &permission),
        };
        if let Err(refusal) = refusal {
            return Err(denied(service, &arn(cloud, &caller), &permission, refusal));
        }
    }
    Ok(())
}

/// The ARN of whoever made a request.
pub(crate) fn caller_arn(cloud: &Cloud, request: &Request) -> String {
    arn(cloud, &cloud.iam.credentials.caller(request))
}

fn arn(cloud: &Cloud, caller: &Caller) -> String {
    let account = &cloud.config.account;
    match caller {
        Caller::Session(session) => session.arn(),
        // Who has a policy is a user: nothing limits the root of an account.
        _ if cloud.config.operator_policy.is_some() => {
            format!("arn:aws:iam::{account}:user/operator")
        }
        _ => format!("arn:aws:iam::{account}:root"),
    }
}

/// What is known of every request.
fn surroundings(cloud: &Cloud, principal_arn: &str) -> Context {
    Context::default()
        .with("aws:PrincipalArn", principal_arn)
        .with("aws:PrincipalAccount", &cloud.config.account)
        .with("aws:RequestedRegion", &cloud.config.region)
}

fn check_operator(cloud: &Cloud, permission: &Permission) -> Result<(), Refusal> {
    let Some(policy) = &cloud.config.operator_policy else { return Ok(()) };
    let context =
        permission.context.clone().and(&surroundings(cloud, &arn(cloud, &Caller::Operator)));
    let grants = Grants { policies: vec![policy], boundary: None };
    grants.decide(&permission.action, &permission.resource, &context)
}

fn check(cloud: &Cloud, session: &Session, permission: &Permission) -> Result<(), Refusal> {
    let decided = check_role(cloud, &session.role_arn, permission);
    // Within an account, a resource's own policy may allow what no policy of the identity does
    // (IAM User Guide, "Policy evaluation for requests within a single account").
    let is_invoke = permission.action == "lambda:InvokeFunction";
    if matches!(decided, Err(Refusal::NotAllowed(_)))
        && is_invoke
        && cloud.lambda.may_invoke(&permission.resource, &session.role_arn, "")
    {
        return Ok(());
    }
    decided
}

/// Whether a role has a permission; one that is not there has none.
pub(crate) fn check_role(
    cloud: &Cloud,
    role_arn: &str,
    permission: &Permission,
) -> Result<(), Refusal> {
    let context = permission.context.clone().and(&surroundings(cloud, role_arn));
    cloud.iam.decide(role_arn, |grants| {
        grants.decide(&permission.action, &permission.resource, &context)
    })
}

/// Whether a role has all of these permissions; without enforcement, every role has.
pub(crate) fn role_has(cloud: &Cloud, role_arn: &str, permissions: &[Permission]) -> bool {
    !cloud.config.enforce_iam
        || permissions.iter().all(|one| check_role(cloud, role_arn, one).is_ok())
}

/// The error of a service for what is not allowed.
fn denied(service: Service, caller: &str, permission: &Permission, refusal: Refusal) -> ApiError {
    // SQS writes its actions in lower case.
    let action = match service {
        Service::Sqs => permission.action.to_lowercase(),
        _ => permission.action.clone(),
    };
    let message = format!(
        "User: {caller} is not authorized to perform: {action} on resource: {} {}",
        permission.resource,
        refusal.because(&action)
    );
    let (status, code) = match service {
        Service::Lambda => (403, "AccessDeniedException"),
        // SNS has a word of its own (SNS API reference, `Publish`, "Errors").
        Service::Sns => (403, "AuthorizationError"),
        Service::Sqs | Service::Iam | Service::Sts => (403, "AccessDenied"),
        Service::Kinesis | Service::Logs | Service::Tagging => (400, "AccessDeniedException"),
    };
    ApiError::new(status, code, message)
}

fn invalid_token(service: Service) -> ApiError {
    let code = match service {
        Service::Sns | Service::Iam | Service::Sts | Service::Sqs => "InvalidClientTokenId",
        _ => "UnrecognizedClientException",
    };
    ApiError::new(403, code, "The security token included in the request is invalid.")
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::Kind;
    use super::*;

    #[test]
    fn a_refusal_reads_as_the_services_write_it() {
        let caller = "arn:aws:sts::000000000000:assumed-role/r/f";
        let refused = |service, action: &str, resource: &str, refusal| {
            let (prefix, action) = action.split_once(':').unwrap();
            let error =
                denied(service, caller, &Permission::new(prefix, action, resource), refusal);
            (error.code, error.message)
        };
        let nobody = Refusal::NotAllowed(Kind::Identity);
        // As in aws-ia/terraform-aws-control_tower_account_factory, issue 151.
        let sns = refused(Service::Sns, "SNS:Publish", "arn:aws:sns:r:1:t", nobody);
        let expected = "User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to \
                        perform: SNS:Publish on resource: arn:aws:sns:r:1:t because no \
                        identity-based policy allows the SNS:Publish action";
        assert_eq!(sns, ("AuthorizationError", expected.to_owned()));
        // As in aws/serverless-application-model, issue 3633.
        let (code, message) = refused(Service::Sqs, "sqs:SendMessage", "arn:aws:sqs:r:1:q", nobody);
        assert_eq!(code, "AccessDenied");
        assert!(message.ends_with("allows the sqs:sendmessage action"), "{message}");
        let denied = Refusal::Denied(Kind::Identity);
        let (code, message) = refused(Service::Kinesis, "kinesis:PutRecord", "s", denied);
        assert_eq!(code, "AccessDeniedException");
        assert!(
            message.ends_with("with an explicit deny in an identity-based policy"),
            "{message}"
        );
    }
}
