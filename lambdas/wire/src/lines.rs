//! The log lines of A and B: one JSON object per message and line, the raw data of a run.
//!
//! They reach the lab through CloudWatch Logs. Each carries its `batch`, so that the filter
//! pattern `{ $.batch = "..." }` selects the lines of one cell in one round.

use serde::{Deserialize, Serialize};

use crate::{BatchId, DurationNs, MessageId, WallNs};

/// A line of A or of B, told apart by its `handoff` field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "handoff", rename_all = "kebab-case")]
pub enum Line {
    /// A sent a message.
    Sent(SentLine),
    /// B received a message.
    Received(ReceivedLine),
}

/// What A knows of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLine {
    /// The message's batch, repeated so that a log filter can select it.
    pub batch: BatchId,
    /// The message.
    pub message_id: MessageId,
    /// Whether it was a warm-up message.
    pub warmup: bool,
    /// A's execution environment (its log stream).
    pub sender_env: String,
    /// The number of the call within A's execution environment, from 0, in the order in which calls
    /// were started, whichever invocation made them.
    pub sender_call: u64,
    /// Whether that was the first call of the environment's client, which opens its connection:
    /// the call 0.
    pub sender_cold: bool,
    /// The invocation of A, as its REPORT line names it.
    pub sender_request_id: String,
    /// When the schedule wanted the message sent; A's wall clock.
    pub intended_at_ns: WallNs,
    /// Directly before the service call; A's wall clock.
    pub put_started_at_ns: WallNs,
    /// Directly after the service call; A's wall clock.
    pub put_finished_at_ns: WallNs,
    /// How long the service call took; A's monotonic clock.
    pub operation_ns: DurationNs,
    /// What the service said.
    #[serde(flatten)]
    pub outcome: PutOutcome,
}

/// What became of A's call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "put", rename_all = "kebab-case")]
pub enum PutOutcome {
    /// The service took the message.
    Accepted,
    /// The service took the message, and B raised an error that came back with the answer
    /// (synchronous invoke only).
    ReceiverFailed {
        /// `errorType` of B's error.
        error_code: String,
        /// `errorMessage` of B's error.
        error_message: String,
    },
    /// The service refused the message, or the call did not get through.
    Refused {
        /// The service's error code, or the kind of the client's failure.
        error_code: String,
        /// The message that came with it.
        error_message: String,
    },
}

/// What B knows of one delivery of a message; a message delivered twice has two lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedLine {
    /// The message's batch, repeated so that a log filter can select it.
    pub batch: BatchId,
    /// The message.
    pub message_id: MessageId,
    /// The invocation that brought it and what the service said of it.
    #[serde(flatten)]
    pub context: DeliveryContext,
    /// The message's place within its invocation, from 0.
    pub batch_index: u32,
    /// The service's own stamp, where it adds one (SNS `Timestamp`, Kinesis
    /// `ApproximateArrivalTimestamp`, SQS `SentTimestamp`); the service's wall clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_at_ns: Option<WallNs>,
    /// When B's work ended; B's wall clock.
    pub done_at_ns: WallNs,
    /// Whether length and checksum of the payload were as A made them.
    pub payload_ok: bool,
    /// Whether B raised an error afterwards, as it was asked to.
    #[serde(default)]
    pub failed: bool,
}

/// What the messages of one invocation of B have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryContext {
    /// B's execution environment (its log stream).
    pub receiver_env: String,
    /// Whether this was the environment's first invocation.
    pub receiver_cold: bool,
    /// The invocation, as its REPORT line names it.
    pub receiver_request_id: String,
    /// When B's handler was entered; B's wall clock.
    pub received_at_ns: WallNs,
    /// How many messages the invocation brought.
    pub batch_size: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(outcome: PutOutcome) -> Line {
        let batch = BatchId::new(9);
        Line::Sent(SentLine {
            batch,
            message_id: MessageId { batch, seq: 4 },
            warmup: true,
            sender_env: "2026/11/23/[$LATEST]abc".into(),
            sender_call: 7,
            sender_cold: false,
            sender_request_id: "8f507cfc-xmpl-4697-b07a-ac58fc914c95".into(),
            intended_at_ns: WallNs(1),
            put_started_at_ns: WallNs(2),
            put_finished_at_ns: WallNs(3),
            operation_ns: DurationNs(1),
            outcome,
        })
    }

    #[test]
    fn lines_read_back_whatever_the_outcome() {
        let error = || ("Throttled".to_owned(), "slow down".to_owned());
        let (error_code, error_message) = error();
        let refused = PutOutcome::Refused { error_code, error_message };
        let (error_code, error_message) = error();
        let failed = PutOutcome::ReceiverFailed { error_code, error_message };
        for line in [sent(PutOutcome::Accepted), sent(refused), sent(failed)] {
            let json = serde_json::to_string(&line).unwrap();
            assert!(!json.contains('\n'));
            assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), line);
        }
    }

    #[test]
    fn a_received_line_is_told_apart() {
        let batch = BatchId::new(9);
        let line = Line::Received(ReceivedLine {
            batch,
            message_id: MessageId { batch, seq: 4 },
            context: DeliveryContext {
                receiver_env: "e".into(),
                receiver_cold: true,
                receiver_request_id: "r".into(),
                received_at_ns: WallNs(5),
                batch_size: 1,
            },
            batch_index: 0,
            service_at_ns: None,
            done_at_ns: WallNs(6),
            payload_ok: true,
            failed: false,
        });
        let json = serde_json::to_value(&line).unwrap();
        assert_eq!(json["handoff"], "received");
        assert_eq!(json["batch"], "0000000000000009");
        assert_eq!(json["received_at_ns"], 5);
        assert_eq!(serde_json::from_value::<Line>(json).unwrap(), line);
    }
}
