//! SQS `SendMessage` to a standard queue: the call lasts until the queue has stored the message.

use wire::PutOutcome;

use super::Prepared;
use crate::clients::Clients;

pub(super) async fn put(clients: &Clients, queue_url: &str, message: Prepared) -> PutOutcome {
    let send = clients.sqs.send_message().queue_url(queue_url).message_body(message.payload);
    super::outcome(send.send().await)
}
