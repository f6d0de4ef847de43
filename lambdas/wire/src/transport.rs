//! How A reaches B.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How Lambda A hands a message to Lambda B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Lambda `Invoke` with `RequestResponse`: A waits for B's answer.
    SyncInvoke,
    /// Lambda `Invoke` with `Event`: the service queues the message and answers at once.
    AsyncInvoke,
    /// SNS `Publish` to a topic that B is subscribed to.
    Sns,
    /// Kinesis Data Streams `PutRecord`, read for B by an event source mapping.
    Kinesis,
    /// SQS `SendMessage` to a standard queue, read for B by an event source mapping.
    Sqs,
}

impl Transport {
    /// Every transport, in the order in which tables and charts list them.
    pub const ALL: [Self; 5] =
        [Self::SyncInvoke, Self::AsyncInvoke, Self::Sns, Self::Kinesis, Self::Sqs];

    /// The name used in data, options and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyncInvoke => "sync-invoke",
            Self::AsyncInvoke => "async-invoke",
            Self::Sns => "sns",
            Self::Kinesis => "kinesis",
            Self::Sqs => "sqs",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no transport.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown transport {given:?}: expected one of sync-invoke, async-invoke, sns, kinesis, sqs"
)]
pub struct UnknownTransport {
    /// What was given instead.
    pub given: String,
}

impl FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|transport| transport.name() == text)
            .ok_or_else(|| UnknownTransport { given: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_match_their_json() {
        for transport in Transport::ALL {
            assert_eq!(transport.name().parse(), Ok(transport));
            let json = serde_json::to_string(&transport).unwrap();
            assert_eq!(json, format!("\"{transport}\""));
        }
    }

    #[test]
    fn an_unknown_name_is_named() {
        let error = "smoke-signal".parse::<Transport>().unwrap_err();
        assert!(error.to_string().contains("smoke-signal"));
        for transport in Transport::ALL {
            assert!(error.to_string().contains(transport.name()), "{transport} is offered");
        }
    }
}
