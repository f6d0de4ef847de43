//! Who has the senders begin: the lab itself, or a state machine where there are too many of them.

use clap::ValueEnum;
use wire::SendRequest;

use crate::drive::{self, Sent};
use crate::error::LabError;
use crate::step_functions::StateMachine;

/// The drivers, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DriverName {
    /// The lab invokes every sender itself.
    #[default]
    Direct,
    /// Step Functions invoke them, each in a child workflow of its own; from about 1,000 senders on.
    StepFunctions,
}

impl DriverName {
    /// The name used in options and manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::StepFunctions => "step-functions",
        }
    }
}

/// What services say of who lacks a permission (IAM User Guide, "Troubleshoot access denied error
/// messages").
const NOT_AUTHORIZED: &str = "not authorized to perform";

/// A driver that is ready.
#[derive(Clone, Debug)]
pub enum Driver {
    /// Invokes by this client, which must neither retry nor time out.
    Direct(aws_sdk_lambda::Client),
    /// Has this state machine invoke.
    StepFunctions(StateMachine),
}

impl Driver {
    /// Whether sending may fail so just because the driver's own role has its policy since a moment
    /// ago, and policies spread for some seconds.
    #[must_use]
    pub fn may_settle(&self, error: &LabError) -> bool {
        match (self, error) {
            (Self::Direct(_), _) => false,
            (Self::StepFunctions(_), LabError::Execution { .. }) => true,
            // The definition catches what a sender's invocation gives.
            (Self::StepFunctions(_), LabError::Sender { reason, .. }) => {
                reason.contains(NOT_AUTHORIZED)
            }
            (Self::StepFunctions(_), _) => false,
        }
    }

    /// Has every sender work through its requests, the senders in parallel.
    ///
    /// # Errors
    /// As [`drive::send`] and [`StateMachine::send`].
    pub async fn send(
        &self,
        function: &str,
        requests: Vec<Vec<SendRequest>>,
    ) -> Result<Sent, LabError> {
        match self {
            Self::Direct(client) => drive::send(client, function, requests).await,
            Self::StepFunctions(machine) => machine.send(function, requests).await,
        }
    }
}
