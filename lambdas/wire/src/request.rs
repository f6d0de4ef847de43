//! What the lab asks of A, and what A answers.

use serde::{Deserialize, Serialize};

use crate::{BatchId, DurationNs, Transport};

/// The lab's order to A: send these messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// The batch that the messages belong to.
    pub batch: BatchId,
    /// The number of the first message; the others follow it.
    pub first_seq: u64,
    /// When the messages are to be sent.
    pub schedule: Schedule,
    /// Marks the messages as warm-up: sent, logged and stored, but no part of what is measured.
    pub warmup: bool,
    /// Where the messages go.
    pub target: Target,
    /// The exact number of bytes of the payload handed to the service.
    pub payload_bytes: u32,
    /// How long B is asked to work.
    pub work_ns: DurationNs,
    /// Asks B to raise an error after its work, to see what the transport makes of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fail: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// When A sends the messages of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Each of `count` messages as soon as the call for the one before it has returned. A
    /// message's intended time is the moment at which it is sent.
    Closed {
        /// How many messages.
        count: u64,
    },
    /// A message at each of these offsets from the moment A starts, in ascending order, whatever
    /// became of the ones before: calls overlap where they take longer than the gap.
    Open {
        /// Offsets from A's start, one per message.
        offsets_ns: Vec<DurationNs>,
    },
}

impl Schedule {
    /// How many messages the schedule asks for.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Closed { count } => *count,
            Self::Open { offsets_ns } => offsets_ns.len() as u64,
        }
    }
}

/// Where A sends to, named as the transport's service names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "transport", rename_all = "kebab-case")]
pub enum Target {
    /// Lambda `Invoke`, `RequestResponse`.
    SyncInvoke {
        /// Function name or ARN of B.
        function: String,
    },
    /// Lambda `Invoke`, `Event`.
    AsyncInvoke {
        /// Function name or ARN of B.
        function: String,
    },
    /// SNS `Publish`.
    Sns {
        /// ARN of the topic.
        topic_arn: String,
    },
    /// Kinesis `PutRecord`, the message id as partition key.
    Kinesis {
        /// Name of the stream.
        stream: String,
    },
    /// SQS `SendMessage`.
    Sqs {
        /// URL of the queue.
        queue_url: String,
    },
}

impl Target {
    /// The transport that reaches this target.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        match self {
            Self::SyncInvoke { .. } => Transport::SyncInvoke,
            Self::AsyncInvoke { .. } => Transport::AsyncInvoke,
            Self::Sns { .. } => Transport::Sns,
            Self::Kinesis { .. } => Transport::Kinesis,
            Self::Sqs { .. } => Transport::Sqs,
        }
    }
}

/// A's answer: counts only, so that the lab notices a log line that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendSummary {
    /// The batch that was asked for.
    pub batch: BatchId,
    /// Messages for which a call was made; each has one [`crate::SentLine`] in A's log.
    pub attempted: u64,
    /// Of these, the ones that the service took.
    pub accepted: u64,
    /// Of these, the ones that the service refused or that failed on the way.
    pub refused: u64,
    /// A's execution environment.
    pub sender_env: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_json_and_names_its_transport() {
        let request = SendRequest {
            batch: BatchId::new(7),
            first_seq: 3,
            schedule: Schedule::Open { offsets_ns: vec![DurationNs(0), DurationNs(50)] },
            warmup: false,
            target: Target::Sns { topic_arn: "arn:aws:sns:eu-west-1:1:t".into() },
            payload_bytes: 1024,
            work_ns: DurationNs(0),
            fail: false,
        };
        let json = serde_json::to_value(&request).unwrap();
        assert_eq!(json["target"]["transport"], "sns");
        assert_eq!(json["schedule"]["open"]["offsets_ns"][1], 50);
        assert_eq!(serde_json::from_value::<SendRequest>(json).unwrap(), request);
        assert_eq!(request.schedule.count(), 2);
    }

    #[test]
    fn every_target_names_its_own_transport() {
        for transport in Transport::ALL {
            let json = serde_json::json!({
                "transport": transport, "function": "f", "topic_arn": "t", "stream": "s", "queue_url": "q",
            });
            let target: Target = serde_json::from_value(json).unwrap();
            assert_eq!(target.transport(), transport);
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = serde_json::from_str::<SendSummary>(r#"{"batch":"0000000000000001","x":1}"#);
        assert!(error.unwrap_err().to_string().contains('x'));
    }
}
