//! The identity of a message, which is also its W3C trace id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One execution of one cell in one round: drawn at random for each attempt, so that what a killed
/// attempt left in a queue is never taken for a message of the attempt that follows it.
///
/// Written as 16 lower-case hexadecimal digits; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(u64);

/// One message: its batch and its number within the batch.
///
/// Written as 32 lower-case hexadecimal digits, the batch first. It serves as the trace id of the
/// `traceparent` that travels with the message (W3C Trace Context, <https://www.w3.org/TR/trace-context/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The batch that the message belongs to.
    pub batch: BatchId,
    /// Its number within the batch, from 0.
    pub seq: u64,
}

/// Text that is no identifier of the asked kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no {kind}: expected {digits} lower-case hexadecimal digits, not all zero")]
pub struct IdError {
    given: String,
    kind: &'static str,
    digits: usize,
}

impl BatchId {
    /// A batch id from random bits; zero, which W3C forbids in a trace id, becomes one.
    #[must_use]
    pub const fn new(bits: u64) -> Self {
        Self(if bits == 0 { 1 } else { bits })
    }

    /// The number behind the text.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl MessageId {
    /// The `traceparent` header under which this message is sent: version 00, this message as the
    /// trace, the sending span derived from it, sampled.
    #[must_use]
    pub fn traceparent(self) -> String {
        // A span id must be non-zero and differ between the spans of a trace; A's put is the only
        // span that is a parent here, so a fixed mixing of the sequence number is enough.
        let span = (self.seq ^ self.batch.0).max(1);
        format!("00-{self}-{span:016x}-01")
    }
}

fn parse_hex(text: &str) -> Option<u64> {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 16 || !text.bytes().all(lower_hex) {
        return None;
    }
    u64::from_str_radix(text, 16).ok()
}

impl FromStr for BatchId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse_hex(text) {
            Some(bits) if bits != 0 => Ok(Self(bits)),
            _ => Err(IdError { given: text.to_owned(), kind: "batch id", digits: 16 }),
        }
    }
}

impl FromStr for MessageId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || IdError { given: text.to_owned(), kind: "message id", digits: 32 };
        let (batch, seq) = text.split_at_checked(16).ok_or_else(error)?;
        Ok(Self {
            batch: batch.parse().map_err(|_| error())?,
            seq: parse_hex(seq).ok_or_else(error)?,
        })
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:016x}", self.batch, self.seq)
    }
}

macro_rules! serde_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
serde_as_text!(BatchId, MessageId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back() {
        let id = MessageId { batch: BatchId::new(0xfeed), seq: 12 };
        assert_eq!(id.to_string(), "000000000000feed000000000000000c");
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<MessageId>(&json).unwrap(), id);
    }

    #[test]
    fn a_traceparent_has_the_w3c_form() {
        let id = MessageId { batch: BatchId::new(1), seq: 1 };
        let parent = id.traceparent();
        let fields: Vec<&str> = parent.split('-').collect();
        assert_eq!(fields[0], "00");
        assert_eq!(fields[1], id.to_string());
        assert_eq!(fields[2].len(), 16);
        assert_ne!(fields[2], "0000000000000000", "a zero span id is invalid");
        assert_eq!(fields[3], "01");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "xyz",
            "000000000000FEED000000000000000c",
            "+00000000000feed000000000000000c",
            "00000000000000000000000000000001",
        ] {
            assert!(text.parse::<MessageId>().is_err(), "{text:?}");
        }
        assert!("0000000000000000".parse::<BatchId>().is_err());
    }
}
