//! What every pair has: two functions, each with its log group.

use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::types::{
    Architecture as LambdaArchitecture, Environment, FunctionCode, LogFormat, LoggingConfig,
    Runtime, State,
};
use store::Architecture;

use super::wait::{Look, until};
use super::{Artifact, Deployer, Resource, log_group};
use crate::error::LabError;

/// The longest timeout that Lambda gives a function, in seconds.
pub(super) const TIMEOUT_S: i32 = 900;
/// What a deployment forgets in a crash is gone soon.
const LOG_RETENTION_DAYS: i32 = 1;

impl Deployer {
    /// Makes a function with its log group, waits until it is active, gives its ARN.
    pub(super) async fn function(
        &self,
        name: &str,
        artifact: &Artifact,
        role_arn: &str,
        memory_mb: u32,
    ) -> Result<String, LabError> {
        self.log_group(name).await?;
        let creating = async {
            // IAM is eventually consistent: Lambda may not know a new role for some seconds.
            until(format!("the role of {name}"), "usable by Lambda", || async {
                match self.create(name, artifact, role_arn, memory_mb).await {
                    Ok(arn) => Ok(Look::Ready(arn)),
                    Err(Creation::RoleUnknown(state)) => Ok(Look::NotYet(state)),
                    Err(Creation::Failed(e)) => Err(e),
                }
            })
            .await
        };
        let arn = self.log.make(Resource::Function { name: name.to_owned() }, creating).await?;
        until(format!("the function {name}"), "Active", || self.function_state(name)).await?;
        Ok(arn)
    }

    async fn log_group(&self, function: &str) -> Result<(), LabError> {
        let name = log_group(function);
        let logs = &self.clients.logs;
        let making =
            logs.create_log_group().log_group_name(&name).set_tags(Some(self.tags.map())).send();
        self.log
            .make(Resource::LogGroup { name: name.clone() }, async {
                making.await.map_err(LabError::service(format!("create the log group {name}")))
            })
            .await?;
        logs.put_retention_policy()
            .log_group_name(&name)
            .retention_in_days(LOG_RETENTION_DAYS)
            .send()
            .await
            .map_err(LabError::service(format!("set the retention of the log group {name}")))?;
        Ok(())
    }

    async fn create(
        &self,
        name: &str,
        artifact: &Artifact,
        role_arn: &str,
        memory_mb: u32,
    ) -> Result<String, Creation> {
        let architecture = match self.architecture {
            Architecture::X86_64 => LambdaArchitecture::X8664,
            Architecture::Arm64 => LambdaArchitecture::Arm64,
        };
        let environment = self
            .environment
            .iter()
            .fold(Environment::builder(), |all, (name, value)| all.variables(name, value));
        let memory_mb = i32::try_from(memory_mb).unwrap_or(i32::MAX);
        let created = self
            .clients
            .lambda
            .create_function()
            .function_name(name)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .role(role_arn)
            .architectures(architecture)
            .memory_size(memory_mb)
            .timeout(TIMEOUT_S)
            .environment(environment.build())
            .logging_config(LoggingConfig::builder().log_format(LogFormat::Json).build())
            .set_tags(Some(self.tags.map()))
            .code(FunctionCode::builder().zip_file(artifact.zip.clone()).build())
            .send()
            .await;
        match created {
            Ok(created) => created.function_arn().map(ToOwned::to_owned).ok_or_else(|| {
                Creation::Failed(LabError::Backend(format!("the function {name} has no ARN")))
            }),
            Err(e) => {
                let message = e.message().unwrap_or_default().to_owned();
                if e.code() == Some("InvalidParameterValueException")
                    && message.contains("cannot be assumed")
                {
                    return Err(Creation::RoleUnknown(message));
                }
                Err(Creation::Failed(LabError::service(format!("create the function {name}"))(e)))
            }
        }
    }

    async fn function_state(&self, name: &str) -> Result<Look<()>, LabError> {
        let configuration = self
            .clients
            .lambda
            .get_function_configuration()
            .function_name(name)
            .send()
            .await
            .map_err(LabError::service(format!("look at the function {name}")))?;
        match configuration.state() {
            Some(State::Active) => Ok(Look::Ready(())),
            Some(State::Failed) => Err(LabError::Backend(format!(
                "the function {name} cannot be made: {}",
                configuration.state_reason().unwrap_or("no reason given")
            ))),
            other => Ok(Look::NotYet(other.map_or("unknown".to_owned(), ToString::to_string))),
        }
    }
}

enum Creation {
    /// The role is not known to Lambda yet.
    RoleUnknown(String),
    Failed(LabError),
}
