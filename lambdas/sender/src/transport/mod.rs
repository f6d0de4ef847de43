//! How A puts a message: a file for each transport.
//!
//! Each file makes the service call and says what came of it; the stamps around the call are
//! taken in one place, by [`Prepared::put`].

mod async_invoke;
mod kinesis;
mod sns;
mod sqs;
mod sync_invoke;

use std::time::Instant;

use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use wire::{DurationNs, MessageId, PutOutcome, Target, WallNs};

use crate::clients::Clients;

/// A message that is ready to be put, so that nothing but the call lies between the stamps.
pub(crate) struct Prepared {
    pub(crate) id: MessageId,
    pub(crate) payload: String,
}

/// A call, its stamps and what came of it.
pub(crate) struct Put {
    /// Its number among the calls of the environment, from 0.
    pub(crate) call: u64,
    pub(crate) started_at: WallNs,
    pub(crate) finished_at: WallNs,
    pub(crate) operation: DurationNs,
    pub(crate) outcome: PutOutcome,
}

impl Prepared {
    /// Makes the call that the target stands for, and stamps it.
    pub(crate) async fn put(self, clients: &Clients, target: &Target) -> Put {
        let call = clients.next_call();
        let started_at = WallNs::now();
        let started = Instant::now();
        let outcome = match target {
            Target::SyncInvoke { function } => sync_invoke::put(clients, function, self).await,
            Target::AsyncInvoke { function } => async_invoke::put(clients, function, self).await,
            Target::Sns { topic_arn } => sns::put(clients, topic_arn, self).await,
            Target::Kinesis { stream } => kinesis::put(clients, stream, self).await,
            Target::Sqs { queue_url } => sqs::put(clients, queue_url, self).await,
        };
        let operation = DurationNs::from(started.elapsed());
        Put { call, started_at, finished_at: WallNs::now(), operation, outcome }
    }
}

/// The outcome of a call whose success has nothing more to say.
fn outcome<T, E>(result: Result<T, E>) -> PutOutcome
where
    E: ProvideErrorMetadata + std::error::Error,
{
    match result {
        Ok(_) => PutOutcome::Accepted,
        Err(error) => PutOutcome::Refused {
            // What has no code of the service's failed on the way to it or back.
            error_code: error.code().unwrap_or("CallFailed").to_owned(),
            error_message: error
                .message()
                .map_or_else(|| DisplayErrorContext(&error).to_string(), str::to_owned),
        },
    }
}
