//! The event source mapping that reads a stream or a queue for B.

use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::types::EventSourcePosition;
use store::MappingPlan;

use super::wait::{Look, until};
use super::{Deployer, Resource};
use crate::error::LabError;

impl Deployer {
    /// Makes the mapping of a source to a receiver, and waits until it is enabled. A stream needs
    /// a position to start from.
    pub(super) async fn mapping(
        &self,
        source_arn: &str,
        receiver: &str,
        plan: &MappingPlan,
        starting_position: Option<EventSourcePosition>,
    ) -> Result<(), LabError> {
        let lambda = &self.clients.lambda;
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let window_s = plan.batching_window_ms / 1000;
        let request = lambda
            .create_event_source_mapping()
            .event_source_arn(source_arn)
            .function_name(receiver)
            .batch_size(whole(plan.batch_size))
            // Not sent where it is 0, the default: SQS takes a window only with the batches it
            // needs one for.
            .set_maximum_batching_window_in_seconds((window_s > 0).then(|| whole(window_s)))
            .set_parallelization_factor(plan.parallelization_factor.map(whole))
            .set_starting_position(starting_position)
            .set_tags(Some(self.tags.map()));
        let creating =
            until(format!("the role of {receiver}"), "usable for its source", || async {
                match request.clone().send().await {
                    Ok(created) => Ok(Look::Ready(created)),
                    // A role's policy takes some seconds until Lambda sees it, as the role itself does.
                    Err(e) if is_not_permitted_yet(e.code(), e.message()) => {
                        Ok(Look::NotYet(e.message().unwrap_or_default().to_owned()))
                    }
                    Err(e) => Err(LabError::service(format!("map {source_arn} to {receiver}"))(e)),
                }
            });
        let resource = Resource::EventSourceMapping { function: receiver.to_owned() };
        let created = self.log.make(resource, creating).await?;
        let uuid = created.uuid().unwrap_or_default();
        until(format!("the event source mapping of {receiver}"), "Enabled", || async move {
            let mapping = lambda
                .get_event_source_mapping()
                .uuid(uuid)
                .send()
                .await
                .map_err(LabError::service(format!("look at the mapping of {receiver}")))?;
            Ok(match mapping.state() {
                Some("Enabled") => Look::Ready(()),
                other => Look::NotYet(other.unwrap_or("unknown").to_owned()),
            })
        })
        .await
    }
}

/// How Lambda says that the function's role cannot read the source: of a queue, then of a stream.
const NOT_PERMITTED: [&str; 2] =
    ["execution role does not have permissions", "ensure the role can perform"];

fn is_not_permitted_yet(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("InvalidParameterValueException")
        && message.is_some_and(|said| NOT_PERMITTED.iter().any(|part| said.contains(part)))
}
