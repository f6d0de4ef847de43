//! Deleting one resource through its service.

use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_sfn::types::ExecutionStatus;

use super::resource::Resource;
use super::teardown::Delete;
use super::wait::{Look, until};
use crate::clients::Clients;
use crate::error::LabError;

/// How the services say that there is no such resource.
const NOT_FOUND: [&str; 8] = [
    "StateMachineDoesNotExist",
    "ExecutionDoesNotExist",
    "ResourceNotFoundException",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFound",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
];
/// How they say that it is not to be deleted just now.
const BUSY: [&str; 4] = [
    "ResourceInUseException",
    "ResourceConflictException",
    "OperationAbortedException",
    "ConcurrentModification",
];

impl Delete for Clients {
    async fn delete(&self, resource: &Resource) -> Result<(), LabError> {
        until(resource.to_string(), "deletable", || async {
            match resource {
                Resource::Role { name } => {
                    judge(resource, self.iam.delete_role().role_name(name).send().await)
                }
                Resource::RolePolicy { role, name } => {
                    let deleting = self.iam.delete_role_policy().role_name(role).policy_name(name);
                    judge(resource, deleting.send().await)
                }
                Resource::LogGroup { name } => {
                    let deleting = self.logs.delete_log_group().log_group_name(name);
                    judge(resource, deleting.send().await)
                }
                Resource::Function { name } => {
                    let deleting = self.lambda.delete_function().function_name(name);
                    judge(resource, deleting.send().await)
                }
                Resource::Topic { name } => {
                    // SNS deletes by ARN only.
                    let topic_arn = self.identity().await?.arn("sns", name);
                    judge(resource, self.sns.delete_topic().topic_arn(topic_arn).send().await)
                }
                Resource::Stream { name } => {
                    let deleting = self
                        .kinesis
                        .delete_stream()
                        .stream_name(name)
                        .enforce_consumer_deletion(true);
                    judge(resource, deleting.send().await)
                }
                Resource::StreamConsumer { stream, name } => {
                    self.deregister_consumer(resource, stream, name).await
                }
                Resource::Queue { name } => self.delete_queue(resource, name).await,
                Resource::StateMachine { name } => {
                    let arn = self.identity().await?.arn("states", &format!("stateMachine:{name}"));
                    self.stop_executions(resource, &arn).await?;
                    let deleting = self.sfn.delete_state_machine().state_machine_arn(arn);
                    judge(resource, deleting.send().await)
                }
                Resource::EventSourceMapping { function } => self.delete_mappings(function).await,
            }
        })
        .await
    }
}

/// Whether there is no such resource.
fn is_gone(error: &impl ProvideErrorMetadata) -> bool {
    error.code().is_some_and(|code| NOT_FOUND.contains(&code))
}

fn judge<T, E>(resource: &Resource, deleted: Result<T, E>) -> Result<Look<()>, LabError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match deleted {
        Ok(_) => Ok(Look::Ready(())),
        Err(e) if is_gone(&e) => Ok(Look::Ready(())),
        Err(e) if e.code().is_some_and(|code| BUSY.contains(&code)) => {
            Ok(Look::NotYet(e.code().unwrap_or_default().to_owned()))
        }
        Err(e) => Err(LabError::service(format!("delete the {resource}"))(e)),
    }
}

impl Clients {
    /// A state machine is deleted when its last execution has ended, so those that run are stopped:
    /// they would go on having senders send.
    async fn stop_executions(&self, resource: &Resource, machine: &str) -> Result<(), LabError> {
        let running = self
            .sfn
            .list_executions()
            .state_machine_arn(machine)
            .status_filter(ExecutionStatus::Running);
        let mut pages = running.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(e) if is_gone(&e) => return Ok(()),
                Err(e) => {
                    return Err(LabError::service(format!(
                        "list the executions of the {resource}"
                    ))(e));
                }
            };
            for execution in page.executions() {
                let stopping = self.sfn.stop_execution().execution_arn(execution.execution_arn());
                match stopping.send().await {
                    Ok(_) => {}
                    // It has ended since.
                    Err(e) if is_gone(&e) => {}
                    Err(e) => {
                        let action = format!("stop an execution of the {resource}");
                        return Err(LabError::service(action)(e));
                    }
                }
            }
        }
        Ok(())
    }

    /// A consumer is found by its stream's ARN, which the stream's description has.
    async fn deregister_consumer(
        &self,
        resource: &Resource,
        stream: &str,
        name: &str,
    ) -> Result<Look<()>, LabError> {
        let described = self.kinesis.describe_stream_summary().stream_name(stream).send().await;
        let described = match described {
            Ok(described) => described,
            failed @ Err(_) => return judge(resource, failed),
        };
        let stream_arn = described.stream_description_summary().map(|s| s.stream_arn().to_owned());
        let deregistering = self
            .kinesis
            .deregister_stream_consumer()
            .set_stream_arn(stream_arn)
            .consumer_name(name);
        judge(resource, deregistering.send().await)
    }

    /// A queue is deleted by its URL, which is asked for by its name.
    async fn delete_queue(&self, resource: &Resource, name: &str) -> Result<Look<()>, LabError> {
        let found = match self.sqs.get_queue_url().queue_name(name).send().await {
            Ok(found) => found,
            failed @ Err(_) => return judge(resource, failed),
        };
        let deleting = self.sqs.delete_queue().set_queue_url(found.queue_url);
        judge(resource, deleting.send().await)
    }

    async fn delete_mappings(&self, function: &str) -> Result<Look<()>, LabError> {
        let resource = Resource::EventSourceMapping { function: function.to_owned() };
        let listed = self.lambda.list_event_source_mappings().function_name(function).send().await;
        let listed = match listed {
            Ok(listed) => listed,
            failed @ Err(_) => return judge(&resource, failed),
        };
        for mapping in listed.event_source_mappings() {
            // Asked for already, by an earlier look.
            if mapping.state() == Some("Deleting") {
                continue;
            }
            let uuid = mapping.uuid().unwrap_or_default();
            let deleted = self.lambda.delete_event_source_mapping().uuid(uuid).send().await;
            if let Look::NotYet(state) = judge(&resource, deleted)? {
                return Ok(Look::NotYet(state));
            }
        }
        Ok(Look::Ready(()))
    }
}
