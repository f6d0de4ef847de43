//! Sequence numbers: 56 digits that rise with every record of a shard.

use std::fmt;

/// The number of a record: its stream's creation, its shard and its place in the shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SequenceNumber {
    pub(crate) stream_created_ms: u64,
    pub(crate) shard: u32,
    pub(crate) index: u64,
}

impl fmt::Display for SequenceNumber {
    /// "49" as in the service, then 13 digits of time, 5 of the shard and 36 of the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "49{:013}{:05}{:036}", self.stream_created_ms, self.shard, self.index)
    }
}

impl SequenceNumber {
    /// Reads a number that this stand-in wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("49")?;
        if digits.len() != 54 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            stream_created_ms: digits[..13].parse().ok()?,
            shard: digits[13..18].parse().ok()?,
            index: digits[18..].parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_rise_as_text_and_as_numbers() {
        let number =
            |index| SequenceNumber { stream_created_ms: 1_790_000_000_123, shard: 15, index };
        let (one, two) = (number(9).to_string(), number(10).to_string());
        assert_eq!(one.len(), 56);
        assert!(one < two);
        assert_eq!(SequenceNumber::parse(&two), Some(number(10)));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "49", "12345", &"4".repeat(56), &"x".repeat(56)] {
            assert_eq!(SequenceNumber::parse(text), None, "{text}");
        }
    }
}
