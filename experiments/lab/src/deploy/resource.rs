//! What a deployment is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A resource, by the name that it is known under before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Resource {
    /// An IAM role.
    Role {
        /// Its name.
        name: String,
    },
    /// An inline policy of a role.
    RolePolicy {
        /// The role.
        role: String,
        /// The policy's name.
        name: String,
    },
    /// A log group.
    LogGroup {
        /// Its name.
        name: String,
    },
    /// A Lambda function, with its permissions.
    Function {
        /// Its name.
        name: String,
    },
    /// An SNS topic, with its subscriptions: they are deleted with it
    /// (<https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html>).
    Topic {
        /// Its name.
        name: String,
    },
    /// A Kinesis data stream.
    Stream {
        /// Its name.
        name: String,
    },
    /// An enhanced fan-out consumer of a stream, deleted with it at the latest.
    StreamConsumer {
        /// The stream.
        stream: String,
        /// The consumer's name.
        name: String,
    },
    /// An SQS queue.
    Queue {
        /// Its name.
        name: String,
    },
    /// A Step Functions state machine.
    StateMachine {
        /// Its name.
        name: String,
    },
    /// An event source mapping from a stream or a queue to a function. Its own identifier is only known
    /// afterwards, so it is found by its function.
    EventSourceMapping {
        /// The function.
        function: String,
    },
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { name } => write!(f, "role {name}"),
            Self::RolePolicy { role, name } => write!(f, "policy {name} of role {role}"),
            Self::LogGroup { name } => write!(f, "log group {name}"),
            Self::Function { name } => write!(f, "function {name}"),
            Self::Topic { name } => write!(f, "topic {name}"),
            Self::Stream { name } => write!(f, "stream {name}"),
            Self::StreamConsumer { stream, name } => {
                write!(f, "consumer {name} of stream {stream}")
            }
            Self::Queue { name } => write!(f, "queue {name}"),
            Self::StateMachine { name } => write!(f, "state machine {name}"),
            Self::EventSourceMapping { function } => {
                write!(f, "event source mapping of {function}")
            }
        }
    }
}
