//! A function's configuration: what is asked, what is kept, what is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::code::Code;
use super::report::{LogFormat, rfc3339};
use super::validation as check;
use crate::error::ApiResult;

/// What an execution environment runs with; a change makes a new one.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) runtime: String,
    pub(crate) role: String,
    pub(crate) handler: String,
    pub(crate) description: String,
    pub(crate) timeout_s: u32,
    pub(crate) memory_mb: u32,
    pub(crate) architecture: String,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) log_format: LogFormat,
    pub(crate) log_group: String,
    pub(crate) modified_ms: u64,
    pub(crate) revision: String,
    pub(crate) code: Arc<Code>,
}

/// The settings that can be given at creation and changed later.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Settings {
    pub(super) runtime: Option<String>,
    pub(super) role: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) description: Option<String>,
    pub(super) timeout: Option<i64>,
    pub(super) memory_size: Option<i64>,
    pub(super) environment: Option<Environment>,
    pub(super) logging_config: Option<LoggingConfig>,
    pub(super) revision_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Environment {
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoggingConfig {
    log_format: Option<String>,
    log_group: Option<String>,
}

impl Configuration {
    /// Takes over what is given.
    ///
    /// # Errors
    /// The error of the first setting that is not accepted; nothing is changed for good then, as
    /// callers work on a copy.
    pub(super) fn apply(&mut self, settings: Settings) -> ApiResult<()> {
        if let Some(runtime) = settings.runtime {
            check::runtime(&runtime)?;
            self.runtime = runtime;
        }
        if let Some(role) = settings.role {
            check::role(&role)?;
            self.role = role;
        }
        if let Some(handler) = settings.handler {
            check::handler(&handler)?;
            self.handler = handler;
        }
        if let Some(description) = settings.description {
            if description.chars().count() > 256 {
                return Err(check::model(
                    &description,
                    "description",
                    "have length less than or equal to 256",
                ));
            }
            self.description = description;
        }
        if let Some(timeout) = settings.timeout {
            self.timeout_s = check::within(timeout, "timeout", 1, 900)?;
        }
        if let Some(memory) = settings.memory_size {
            self.memory_mb = check::within(memory, "memorySize", 128, 10_240)?;
        }
        if let Some(environment) = settings.environment {
            check::environment(&environment.variables)?;
            self.environment = environment.variables;
        }
        if let Some(logging) = settings.logging_config {
            match logging.log_format.as_deref() {
                None => {}
                Some("Text") => self.log_format = LogFormat::Text,
                Some("JSON") => self.log_format = LogFormat::Json,
                Some(other) => {
                    return Err(check::model(
                        other,
                        "loggingConfig.logFormat",
                        "satisfy enum value set: [JSON, Text]",
                    ));
                }
            }
            if let Some(group) = logging.log_group {
                let is_group = (1..=512).contains(&group.len())
                    && group.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/#".contains(c));
                if !is_group {
                    return Err(check::model(
                        &group,
                        "loggingConfig.logGroup",
                        "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
                    ));
                }
                self.log_group = group;
            }
        }
        Ok(())
    }

    /// As `FunctionConfiguration` in the API.
    pub(super) fn describe(&self) -> Value {
        let mut value = json!({
            "FunctionName": self.name,
            "FunctionArn": self.arn,
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": self.handler,
            "CodeSize": self.code.zip_bytes,
            "Description": self.description,
            "Timeout": self.timeout_s,
            "MemorySize": self.memory_mb,
            "LastModified": rfc3339(self.modified_ms).replace('Z', "+0000"),
            "CodeSha256": self.code.sha256,
            "Version": "$LATEST",
            "TracingConfig": { "Mode": "PassThrough" },
            "RevisionId": self.revision,
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": [self.architecture],
            "EphemeralStorage": { "Size": 512 },
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "LoggingConfig": {
                "LogFormat": match self.log_format { LogFormat::Text => "Text", LogFormat::Json => "JSON" },
                "LogGroup": self.log_group,
            },
        });
        if !self.environment.is_empty() {
            value["Environment"] = json!({ "Variables": self.environment });
        }
        value
    }
}
