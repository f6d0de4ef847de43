//! The state machine that has the senders begin, where the lab does not invoke them itself.

use aws_sdk_sfn::error::ProvideErrorMetadata as _;
use serde_json::json;

use super::wait::{Look, until};
use super::{Deployer, Resource, roles};
use crate::error::LabError;
use crate::step_functions::{StateMachine, definition};

/// Who takes its role.
const STEP_FUNCTIONS: &str = "states.amazonaws.com";
/// What the state machine and its role are called behind the deployment's own name.
const DRIVER: &str = "driver";

impl Deployer {
    /// Makes the state machine of a deployment, with a role that may invoke its senders and have
    /// the machine's own child workflows run (Step Functions Developer Guide, "IAM policies for using
    /// Distributed Map states").
    ///
    /// # Errors
    /// When a service refuses; what was made until then is in the log.
    pub async fn state_machine(&self) -> Result<StateMachine, LabError> {
        let identity = self.clients.identity().await?;
        let name = format!("{}-{DRIVER}", self.prefix);
        let senders = format!("function:{}-*-sender", self.prefix);
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                roles::allow(&["lambda:InvokeFunction"], &[identity.arn("lambda", &senders)]),
                roles::allow(
                    &["states:StartExecution"],
                    &[identity.arn("states", &format!("stateMachine:{name}"))],
                ),
                roles::allow(
                    &["states:DescribeExecution", "states:StopExecution"],
                    &[identity.arn("states", &format!("execution:{name}*"))],
                ),
            ],
        });
        let role_arn = roles::role(self, DRIVER, STEP_FUNCTIONS, &policy).await?;
        let definition = definition(identity.partition()).to_string();
        let creating = async {
            // IAM is eventually consistent: Step Functions may not know a new role for some seconds.
            until(format!("the role of {name}"), "usable by Step Functions", || async {
                let created = self
                    .clients
                    .sfn
                    .create_state_machine()
                    .name(&name)
                    .definition(&definition)
                    .role_arn(&role_arn)
                    .set_tags(Some(self.tags.sfn()))
                    .send()
                    .await;
                match created {
                    Ok(created) => Ok(Look::Ready(created.state_machine_arn().to_owned())),
                    Err(e)
                        if e.code() == Some("AccessDeniedException") && is_unknown(e.message()) =>
                    {
                        Ok(Look::NotYet(e.message().unwrap_or_default().to_owned()))
                    }
                    Err(e) => Err(LabError::service(format!("create the state machine {name}"))(e)),
                }
            })
            .await
        };
        let arn = self.log.make(Resource::StateMachine { name: name.clone() }, creating).await?;
        Ok(StateMachine::new(self.clients.sfn.clone(), arn))
    }
}

/// Whether the service says that it may not take the role, rather than that the caller may not call.
fn is_unknown(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("assume the provided role"))
}
