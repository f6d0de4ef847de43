//! SNS: a topic, B subscribed to it, and the permission for SNS to invoke B.

use std::collections::HashMap;

use wire::Target;

use super::{Deployer, Resource};
use crate::error::LabError;

/// The largest message that a topic can be made to take
/// (<https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>).
const RAISED_MESSAGE_BYTES: u32 = 1_048_576;

impl Deployer {
    pub(super) async fn topic(
        &self,
        name: &str,
        receiver: &str,
        receiver_arn: &str,
        limit_raised: bool,
    ) -> Result<Target, LabError> {
        let creating = self
            .clients
            .sns
            .create_topic()
            .name(name)
            .set_tags(Some(self.tags.sns()?))
            .set_attributes(limit_raised.then(|| {
                HashMap::from([("MaximumMessageSize".to_owned(), RAISED_MESSAGE_BYTES.to_string())])
            }))
            .send();
        let created = self
            .log
            .make(Resource::Topic { name: name.to_owned() }, async {
                creating.await.map_err(LabError::service(format!("create the topic {name}")))
            })
            .await?;
        let topic_arn = created
            .topic_arn()
            .ok_or_else(|| LabError::Backend(format!("the created topic {name} has no ARN")))?;
        self.clients
            .lambda
            .add_permission()
            .function_name(receiver)
            .statement_id("sns")
            .action("lambda:InvokeFunction")
            .principal("sns.amazonaws.com")
            .source_arn(topic_arn)
            .send()
            .await
            .map_err(LabError::service(format!("let the topic {name} invoke {receiver}")))?;
        self.clients
            .sns
            .subscribe()
            .topic_arn(topic_arn)
            .protocol("lambda")
            .endpoint(receiver_arn)
            .return_subscription_arn(true)
            .send()
            .await
            .map_err(LabError::service(format!("subscribe {receiver} to the topic {name}")))?;
        Ok(Target::Sns { topic_arn: topic_arn.to_owned() })
    }
}
