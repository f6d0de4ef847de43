//! Receipt handles: which receive of which message a client means.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// One receive of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Tells a queue from an earlier one of the same name.
    pub(crate) queue_created_ms: u64,
    pub(crate) message: u64,
    /// The how manieth receive of the message it was.
    pub(crate) receive: u32,
}

impl Receipt {
    pub(crate) fn encode(self) -> String {
        let Self { queue_created_ms, message, receive } = self;
        STANDARD.encode(format!("receipt {queue_created_ms} {message} {receive}"))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        let mut parts = text.strip_prefix("receipt ")?.split(' ');
        let receipt = Self {
            queue_created_ms: parts.next()?.parse().ok()?,
            message: parts.next()?.parse().ok()?,
            receive: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_read_back_and_others_are_refused() {
        let receipt = Receipt { queue_created_ms: 1_790_000_000_000, message: 7, receive: 2 };
        assert_eq!(Receipt::decode(&receipt.encode()), Some(receipt));
        for wrong in ["", "x", "AAAA", &STANDARD.encode("receipt 1 2"), &STANDARD.encode("1 2 3")] {
            assert_eq!(Receipt::decode(wrong), None, "{wrong}");
        }
    }
}
