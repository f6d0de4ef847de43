//! Whether a call is allowed, within one account (IAM User Guide, "Policy evaluation logic"):
//! an explicit deny anywhere ends it; a permissions boundary must allow it; some policy of the
//! identity must allow it; what nobody allows is denied.

use super::condition::Context;
use super::policy::{Effect, Policy};

/// What an identity has been granted.
#[derive(Clone, Debug)]
pub(crate) struct Grants<'a> {
    /// The identity's policies.
    pub(crate) policies: Vec<&'a Policy>,
    /// What it may be granted at most, if that is bounded.
    pub(crate) boundary: Option<&'a Policy>,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A statement denies it.
    Denied(Kind),
    /// No statement allows it.
    NotAllowed(Kind),
}

/// A kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Identity,
    Boundary,
}

impl Grants<'_> {
    /// Decides about a call.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn decide(
        &self,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> Result<(), Refusal> {
        let mut is_allowed = false;
        for policy in &self.policies {
            match policy.says(action, resource, context) {
                Some(Effect::Deny) => return Err(Refusal::Denied(Kind::Identity)),
                Some(Effect::Allow) => is_allowed = true,
                None => {}
            }
        }
        match self.boundary.map(|boundary| boundary.says(action, resource, context)) {
            Some(Some(Effect::Deny)) => Err(Refusal::Denied(Kind::Boundary)),
            Some(None) => Err(Refusal::NotAllowed(Kind::Boundary)),
            _ if !is_allowed => Err(Refusal::NotAllowed(Kind::Identity)),
            _ => Ok(()),
        }
    }
}

impl Policy {
    /// What its statements say together: a deny among them outweighs every allow.
    fn says(&self, action: &str, resource: &str, context: &Context) -> Option<Effect> {
        let mut applying =
            self.statements.iter().filter(|one| one.applies(action, resource, context)).peekable();
        applying.peek()?;
        Some(if applying.any(|one| one.effect == Effect::Deny) {
            Effect::Deny
        } else {
            Effect::Allow
        })
    }
}

impl Refusal {
    /// How the services say it (IAM User Guide, "Troubleshoot access denied error messages").
    pub(crate) fn because(self, action: &str) -> String {
        match self {
            Self::Denied(Kind::Identity) => {
                "with an explicit deny in an identity-based policy".to_owned()
            }
            Self::Denied(Kind::Boundary) => {
                "with an explicit deny in a permissions boundary".to_owned()
            }
            Self::NotAllowed(Kind::Identity) => {
                format!("because no identity-based policy allows the {action} action")
            }
            Self::NotAllowed(Kind::Boundary) => {
                format!("because no permissions boundary allows the {action} action")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:handoff-t";

    fn policy(statements: Value) -> Policy {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        Policy::parse(&document.to_string()).unwrap()
    }

    fn decide(policies: &[&Policy], boundary: Option<&Policy>) -> Result<(), Refusal> {
        let grants = Grants { policies: policies.to_vec(), boundary };
        grants.decide("sns:Publish", TOPIC, &Context::default())
    }

    fn one(statements: Value) -> Result<(), Refusal> {
        decide(&[&policy(statements)], None)
    }

    const NOT_ALLOWED: Result<(), Refusal> = Err(Refusal::NotAllowed(Kind::Identity));

    // "The difference between explicit and implicit denies".
    #[test]
    fn what_nobody_allows_is_denied() {
        assert_eq!(decide(&[], None), NOT_ALLOWED);
        assert_eq!(one(json!([])), NOT_ALLOWED);
        let other = json!({ "Effect": "Deny", "Action": "sns:Subscribe", "Resource": "*" });
        assert_eq!(one(other), NOT_ALLOWED);
    }

    // "Identity-based policy evaluation".
    #[test]
    fn one_policy_that_allows_is_enough() {
        let allows =
            policy(json!({ "Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC }));
        let other = policy(json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }));
        assert_eq!(decide(&[&other, &allows], None), Ok(()));
        assert_eq!(decide(&[&other], None), NOT_ALLOWED);
    }

    // "How AWS enforcement code logic evaluates requests to allow or deny access", "Deny evaluation".
    #[test]
    fn an_explicit_deny_outweighs_every_allow_in_whatever_order() {
        let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let deny = json!({ "Effect": "Deny", "Action": "sns:Publish", "Resource": TOPIC });
        let denied = Err(Refusal::Denied(Kind::Identity));
        assert_eq!(one(json!([allow, deny])), denied);
        assert_eq!(one(json!([deny, allow])), denied);
        assert_eq!(decide(&[&policy(allow), &policy(deny)], None), denied);
    }

    // "IAM JSON policy elements: Action" and "NotAction".
    #[test]
    fn actions_are_named_with_wildcards_or_left_out() {
        let by = |element: &str, actions: Value| {
            one(json!({ "Effect": "Allow", element: actions, "Resource": "*" }))
        };
        assert_eq!(by("Action", json!(["sqs:SendMessage", "sns:Pub*"])), Ok(()));
        assert_eq!(by("Action", json!("*")), Ok(()));
        assert_eq!(by("Action", json!("SNS:PUBLISH")), Ok(()));
        assert_eq!(by("Action", json!("sns:Publis")), NOT_ALLOWED);
        assert_eq!(by("NotAction", json!("sqs:*")), Ok(()));
        assert_eq!(by("NotAction", json!(["sqs:*", "sns:P*"])), NOT_ALLOWED);
    }

    // "IAM JSON policy elements: Resource" and "NotResource".
    #[test]
    fn resources_are_named_with_wildcards_or_left_out() {
        let by = |element: &str, resources: Value| {
            one(json!({ "Effect": "Allow", "Action": "*", element: resources }))
        };
        assert_eq!(by("Resource", json!("arn:*:sns:*:*:handoff-*")), Ok(()));
        assert_eq!(by("Resource", json!(["arn:aws:sns:*:*:a", TOPIC])), Ok(()));
        assert_eq!(by("Resource", json!("arn:aws:sns:*:*:hand")), NOT_ALLOWED);
        assert_eq!(by("NotResource", json!("arn:aws:sns:*:*:other")), Ok(()));
        assert_eq!(by("NotResource", json!("arn:aws:sns:*:*:handoff-*")), NOT_ALLOWED);
    }

    // "IAM JSON policy elements: Condition".
    #[test]
    fn a_statement_is_about_a_call_only_where_its_condition_holds() {
        let in_region = policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:RequestedRegion": "eu-west-1" } } }));
        let by = |region: &str| {
            let context = Context::default().with("aws:RequestedRegion", region);
            let grants = Grants { policies: vec![&in_region], boundary: None };
            grants.decide("sns:Publish", TOPIC, &context)
        };
        assert_eq!(by("eu-west-1"), Ok(()));
        assert_eq!(by("us-east-1"), NOT_ALLOWED);
    }

    // "Permissions boundaries for IAM entities", "Evaluating effective permissions with boundaries".
    #[test]
    fn a_boundary_grants_nothing_and_must_allow_too() {
        let allow = policy(json!({ "Effect": "Allow", "Action": "sns:*", "Resource": "*" }));
        let sqs = policy(json!({ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }));
        let deny = policy(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }));
        assert_eq!(decide(&[&allow], Some(&allow)), Ok(()));
        assert_eq!(decide(&[&sqs], Some(&allow)), NOT_ALLOWED);
        let outside = Err(Refusal::NotAllowed(Kind::Boundary));
        assert_eq!(decide(&[&allow], Some(&sqs)), outside);
        assert_eq!(decide(&[&allow], Some(&deny)), Err(Refusal::Denied(Kind::Boundary)));
    }
}
