//! The event source mapping that reads a stream or a queue for B.

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
        let creating = lambda
            .create_event_source_mapping()
            .event_source_arn(source_arn)
            .function_name(receiver)
            .batch_size(whole(plan.batch_size))
            // Not sent where it is 0, the default: SQS takes a window only with the batches it
            // needs one for.
            .set_maximum_batching_window_in_seconds((window_s > 0).then(|| whole(window_s)))
            .set_parallelization_factor(plan.parallelization_factor.map(whole))
            .set_starting_position(starting_position)
            .send();
        let resource = Resource::EventSourceMapping { function: receiver.to_owned() };
        let created = self
            .log
            .make(resource, async {
                let action = format!("map {source_arn} to {receiver}");
                creating.await.map_err(LabError::service(action))
            })
            .await?;
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
