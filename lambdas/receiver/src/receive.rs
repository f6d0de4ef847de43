//! What B does with an event: read, check, work, log, answer.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use lambda_runtime::Diagnostic;
use serde::Serialize;
use tokio::time::Instant;
use wire::{DeliveryContext, Envelope, Line, PayloadCheck, ReceivedLine, WallNs};

use crate::event::{self, Delivered};
use crate::log;

/// The execution environment that B runs in.
pub(crate) struct Environment {
    /// Its log stream.
    pub(crate) name: String,
    /// Whether it has served an invocation.
    pub(crate) used: AtomicBool,
}

/// The invocation that an event came with.
pub(crate) struct Invocation<'a> {
    /// The execution environment's name.
    pub(crate) environment: &'a str,
    /// Its request id.
    pub(crate) request_id: &'a str,
    /// Whether it is the environment's first.
    pub(crate) cold: bool,
    /// When the handler was entered.
    pub(crate) received_at: WallNs,
}

/// What B answers; over synchronous invoke it travels back to A.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    /// How many messages the invocation brought.
    received: usize,
}

fn failure(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message }
}

/// Receives an event.
///
/// B works once per invocation, for the longest duration that any of its messages asks: the
/// receiver's duration is a property of an invocation, however many messages a batch brings.
///
/// # Errors
/// `UnreadableEvent` or `UnreadableMessage` when it is not what A sends, `AskedToFail` when a
/// message asks for an error; that one is raised after the work, with every message logged.
pub(crate) async fn receive(invocation: Invocation<'_>, event: &str) -> Result<Answer, Diagnostic> {
    let entered = Instant::now();
    let delivered =
        event::messages(event).map_err(|e| failure("UnreadableEvent", e.to_string()))?;
    let mut messages = Vec::with_capacity(delivered.len());
    for Delivered { payload, service_at } in &delivered {
        let envelope =
            Envelope::read(payload).map_err(|e| failure("UnreadableMessage", e.to_string()))?;
        let payload_ok = envelope.check(payload) == PayloadCheck::Intact;
        messages.push((envelope, *service_at, payload_ok));
    }

    let work = messages.iter().map(|(envelope, ..)| envelope.work_ns).max().unwrap_or_default();
    if work.0 > 0 {
        // By the clock from the entry on: reading the event is part of B's duration.
        tokio::time::sleep_until(entered + Duration::from(work)).await;
    }

    let failed = messages.iter().any(|(envelope, ..)| envelope.fail);
    let done_at = WallNs::now();
    let context = DeliveryContext {
        receiver_env: invocation.environment.to_owned(),
        receiver_cold: invocation.cold,
        receiver_request_id: invocation.request_id.to_owned(),
        received_at_ns: invocation.received_at,
        batch_size: u32::try_from(messages.len()).unwrap_or(u32::MAX),
    };
    let lines = messages.iter().zip(0_u32..).map(|((envelope, service_at, payload_ok), index)| {
        Line::Received(ReceivedLine {
            batch: envelope.id.batch,
            message_id: envelope.id,
            context: context.clone(),
            batch_index: index,
            service_at_ns: *service_at,
            done_at_ns: done_at,
            payload_ok: *payload_ok,
            failed,
        })
    });
    log::write(&mut std::io::stdout(), lines)
        .map_err(|e| failure("LogNotWritten", e.to_string()))?;

    if failed {
        return Err(failure("AskedToFail", "a message asked B to raise an error".to_owned()));
    }
    Ok(Answer { received: messages.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{BatchId, DurationNs, MessageId};

    fn message(work_ms: u64, fail: bool) -> String {
        let id = MessageId { batch: BatchId::new(5), seq: 0 };
        Envelope::write(id, 300, DurationNs(work_ms * 1_000_000), fail).unwrap()
    }

    async fn receive_at_zero(event: &str) -> Result<Answer, Diagnostic> {
        let invocation =
            Invocation { environment: "env", request_id: "r", cold: true, received_at: WallNs(0) };
        receive(invocation, event).await
    }

    #[tokio::test]
    async fn b_works_no_shorter_than_it_is_asked_to() {
        let started = Instant::now();
        assert_eq!(receive_at_zero(&message(30, false)).await, Ok(Answer { received: 1 }));
        assert!(started.elapsed() >= Duration::from_millis(30), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn b_raises_an_error_when_asked_to() {
        assert_eq!(receive_at_zero(&message(0, true)).await.unwrap_err().error_type, "AskedToFail");
    }

    #[tokio::test]
    async fn what_is_no_message_is_an_error() {
        let error = receive_at_zero(r#"{"hello":1}"#).await.unwrap_err();
        assert_eq!(error.error_type, "UnreadableMessage");
    }
}
