//! Lambda `Invoke` with `Event`: the call lasts until the service has queued the message.

use aws_sdk_lambda::types::InvocationType;
use aws_smithy_types::Blob;
use wire::PutOutcome;

use super::Prepared;
use crate::clients::Clients;

pub(super) async fn put(clients: &Clients, function: &str, message: Prepared) -> PutOutcome {
    super::outcome(
        clients
            .lambda
            .invoke()
            .function_name(function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(message.payload))
            .send()
            .await,
    )
}
