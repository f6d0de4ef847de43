//! SQS: a standard queue, and the event source mapping that reads it for B.

use aws_sdk_sqs::types::QueueAttributeName;
use store::MappingPlan;
use wire::Target;

use super::pair::TIMEOUT_S;
use super::{Deployer, Resource};
use crate::error::LabError;

/// Lambda asks for a visibility timeout of at least the function's timeout, and advises six times
/// as much (Lambda Developer Guide, "Configuring SQS queue to use with Lambda").
const VISIBILITY_TIMEOUTS: i32 = 6;

impl Deployer {
    pub(super) async fn queue(
        &self,
        name: &str,
        receiver: &str,
        mapping: &MappingPlan,
    ) -> Result<Target, LabError> {
        let sqs = &self.clients.sqs;
        let visibility_s = TIMEOUT_S * VISIBILITY_TIMEOUTS;
        let creating = sqs
            .create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::VisibilityTimeout, visibility_s.to_string())
            .set_tags(Some(self.tags.map()))
            .send();
        let created = self
            .log
            .make(Resource::Queue { name: name.to_owned() }, async {
                creating.await.map_err(LabError::service(format!("create the queue {name}")))
            })
            .await?;
        let queue_url = created
            .queue_url()
            .ok_or_else(|| LabError::Backend(format!("the created queue {name} has no URL")))?;
        let attributes = sqs
            .get_queue_attributes()
            .queue_url(queue_url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(LabError::service(format!("look at the queue {name}")))?;
        let queue_arn = attributes
            .attributes()
            .and_then(|all| all.get(&QueueAttributeName::QueueArn))
            .ok_or_else(|| LabError::Backend(format!("the queue {name} has no ARN")))?;
        self.mapping(queue_arn, receiver, mapping, None).await?;
        Ok(Target::Sqs { queue_url: queue_url.to_owned() })
    }
}
