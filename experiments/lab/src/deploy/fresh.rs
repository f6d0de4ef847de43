//! Giving a function fresh execution environments.
//!
//! Lambda makes new environments for a function whose configuration has changed, and the old ones
//! get no further invocation (AWS Lambda Developer Guide, "Lambda execution environment").

use std::collections::HashMap;

use aws_sdk_lambda::types::{Environment, LastUpdateStatus, State};

use super::wait::{Look, until};
use crate::clients::Clients;
use crate::error::LabError;

/// The environment variable that is changed, and means nothing else: a number that grows.
const VARIABLE: &str = "HANDOFF_FRESH";

/// A function whose environments are replaced, each time by a change of one variable.
#[derive(Debug)]
pub struct FreshEnvironments<'a> {
    clients: &'a Clients,
    function: &'a str,
    variables: HashMap<String, String>,
    number: u64,
}

impl<'a> FreshEnvironments<'a> {
    /// Reads the variables that the function has: a change replaces all of them.
    ///
    /// # Errors
    /// When the service does not give them.
    pub async fn of(clients: &'a Clients, function: &'a str) -> Result<Self, LabError> {
        let configuration = clients
            .lambda
            .get_function_configuration()
            .function_name(function)
            .send()
            .await
            .map_err(LabError::service(format!("look at the function {function}")))?;
        let variables = configuration.environment.and_then(|environment| environment.variables);
        let variables = variables.unwrap_or_default();
        let number = variables.get(VARIABLE).and_then(|number| number.parse().ok()).unwrap_or(0);
        Ok(Self { clients, function, variables, number })
    }

    /// Changes the variable and waits until that is through: the next invocation is served by an
    /// environment that none was served by before.
    ///
    /// # Errors
    /// When the service refuses the change or it does not come through.
    pub async fn renew(&mut self) -> Result<(), LabError> {
        self.number += 1;
        self.variables.insert(VARIABLE.to_owned(), self.number.to_string());
        let environment = Environment::builder().set_variables(Some(self.variables.clone()));
        let function = self.function;
        let updated = self
            .clients
            .lambda
            .update_function_configuration()
            .function_name(function)
            .environment(environment.build())
            .send()
            .await
            .map_err(LabError::service(format!("update the function {function}")))?;
        let through = |state: Option<&State>, update: Option<&LastUpdateStatus>| {
            matches!((state, update), (Some(State::Active), Some(LastUpdateStatus::Successful)))
        };
        if through(updated.state(), updated.last_update_status()) {
            return Ok(());
        }
        let wanted = "Active, its last update Successful";
        until(format!("the function {function}"), wanted, || async {
            let now = self
                .clients
                .lambda
                .get_function_configuration()
                .function_name(function)
                .send()
                .await
                .map_err(LabError::service(format!("look at the function {function}")))?;
            let (state, update) = (now.state(), now.last_update_status());
            if update == Some(&LastUpdateStatus::Failed) {
                return Err(LabError::Backend(format!(
                    "the function {function} cannot be updated: {}",
                    now.last_update_status_reason().unwrap_or("no reason given")
                )));
            }
            Ok(if through(state, update) {
                Look::Ready(())
            } else {
                Look::NotYet(format!("{state:?}, its last update {update:?}"))
            })
        })
        .await
    }
}
