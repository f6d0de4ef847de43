//! Lambda `Invoke` with `RequestResponse`: the call lasts until B has answered.

use aws_sdk_lambda::types::InvocationType;
use aws_smithy_types::Blob;
use serde::Deserialize;
use wire::PutOutcome;

use super::Prepared;
use crate::clients::Clients;

/// What Lambda answers when B raised an error.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FunctionFailure {
    error_type: String,
    error_message: String,
}

pub(super) async fn put(clients: &Clients, function: &str, message: Prepared) -> PutOutcome {
    let result = clients
        .lambda
        .invoke()
        .function_name(function)
        .invocation_type(InvocationType::RequestResponse)
        .payload(Blob::new(message.payload))
        .send()
        .await;
    if let Ok(answer) = &result
        && let Some(kind) = answer.function_error()
    {
        let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
        let failure: FunctionFailure = serde_json::from_slice(payload).unwrap_or_default();
        return PutOutcome::ReceiverFailed {
            error_code: if failure.error_type.is_empty() {
                kind.to_owned()
            } else {
                failure.error_type
            },
            error_message: failure.error_message,
        };
    }
    super::outcome(result)
}
