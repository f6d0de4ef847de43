//! SNS `Publish`: the call lasts until the topic has taken the message.

use wire::PutOutcome;

use super::Prepared;
use crate::clients::Clients;

pub(super) async fn put(clients: &Clients, topic_arn: &str, message: Prepared) -> PutOutcome {
    let publish = clients.sns.publish().topic_arn(topic_arn).message(message.payload);
    super::outcome(publish.send().await)
}
