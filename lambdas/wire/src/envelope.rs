//! The message itself: a JSON object of exactly the asked number of bytes.
//!
//! ```text
//! {"id":"<32 hex>","traceparent":"00-...-01","bytes":1024,"work_ns":0,"fail":false,"crc":"89abcdef","pad":"Qx0..."}
//! ```
//!
//! The padding is drawn from the message id, so that no two messages carry the same bytes and
//! nothing on the way can profit from compressing or caching them. `crc` covers every field before
//! it and the padding.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{DurationNs, MessageId};

/// What B reads from a message. Borrowed from the payload, because the padding may be megabytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope<'a> {
    /// The message.
    pub id: MessageId,
    /// W3C Trace Context, version 00.
    pub traceparent: &'a str,
    /// The length of the whole payload as A made it, in bytes.
    pub bytes: u32,
    /// How long B is asked to work.
    pub work_ns: DurationNs,
    /// Whether B is asked to raise an error.
    pub fail: bool,
    /// CRC-32 (IEEE) of the fields above, as written, and the padding; 8 hexadecimal digits.
    pub crc: &'a str,
    /// Text that brings the payload to its length.
    pub pad: &'a str,
}

/// Whether a payload arrived as it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadCheck {
    /// Length and checksum agree.
    Intact,
    /// The payload has another length than A gave it.
    WrongLength,
    /// The payload has its length, but its bytes differ.
    WrongChecksum,
}

/// Why there is no such message, or no message in this text.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// The envelope alone is longer than what was asked for.
    #[error(
        "a payload of {asked} bytes is too small: the smallest message of this kind has {smallest} bytes"
    )]
    TooSmall {
        /// Bytes asked for.
        asked: u32,
        /// Bytes of the same message without padding.
        smallest: u32,
    },
    /// The text is no envelope.
    #[error("this payload is no handoff message: {0}")]
    NotAnEnvelope(#[from] serde_json::Error),
}

const PAD_OPENING: &str = "\",\"pad\":\"";
const CLOSING: &str = "\"}";
const CRC_DIGITS: usize = 8;

fn head(id: MessageId, bytes: u32, work_ns: DurationNs, fail: bool) -> String {
    format!(
        r#"{{"id":"{id}","traceparent":"{}","bytes":{bytes},"work_ns":{},"fail":{fail},"crc":""#,
        id.traceparent(),
        work_ns.0
    )
}

fn crc(head: &str, pad: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head.as_bytes());
    hasher.update(pad.as_bytes());
    hasher.finalize()
}

impl<'a> Envelope<'a> {
    /// Writes a message whose payload has exactly `bytes` bytes.
    ///
    /// # Errors
    /// [`EnvelopeError::TooSmall`], with the smallest size possible, when the envelope alone is
    /// longer than that.
    pub fn write(
        id: MessageId,
        bytes: u32,
        work_ns: DurationNs,
        fail: bool,
    ) -> Result<String, EnvelopeError> {
        let head = head(id, bytes, work_ns, fail);
        let frame = head.len() + CRC_DIGITS + PAD_OPENING.len() + CLOSING.len();
        let Some(pad_len) = (bytes as usize).checked_sub(frame) else {
            return Err(EnvelopeError::TooSmall {
                asked: bytes,
                smallest: Self::smallest(work_ns, fail),
            });
        };
        let pad = pad(id, pad_len);
        let mut text = String::with_capacity(bytes as usize);
        text.push_str(&head);
        // Writing to a String cannot fail.
        let _ = write!(text, "{:08x}", crc(&head, &pad));
        text.push_str(PAD_OPENING);
        text.push_str(&pad);
        text.push_str(CLOSING);
        Ok(text)
    }

    /// The fewest bytes in which such a message can be written.
    #[must_use]
    pub fn smallest(work_ns: DurationNs, fail: bool) -> u32 {
        let any = MessageId { batch: crate::BatchId::new(1), seq: 0 };
        // The length stands in the text itself, so find the length that agrees with itself.
        let mut bytes = 0;
        loop {
            let frame = head(any, bytes, work_ns, fail).len()
                + CRC_DIGITS
                + PAD_OPENING.len()
                + CLOSING.len();
            let frame = u32::try_from(frame).unwrap_or(u32::MAX);
            if frame <= bytes {
                return bytes;
            }
            bytes = frame;
        }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAnEnvelope`] when the text is anything else.
    pub fn read(payload: &'a str) -> Result<Self, EnvelopeError> {
        Ok(serde_json::from_str(payload)?)
    }

    /// Compares the message with what A says of it; `payload` is the text it was read from.
    #[must_use]
    pub fn check(&self, payload: &str) -> PayloadCheck {
        if payload.len() != self.bytes as usize {
            return PayloadCheck::WrongLength;
        }
        let head = head(self.id, self.bytes, self.work_ns, self.fail);
        let same_head = payload.starts_with(&head);
        if same_head && u32::from_str_radix(self.crc, 16) == Ok(crc(&head, self.pad)) {
            PayloadCheck::Intact
        } else {
            PayloadCheck::WrongChecksum
        }
    }
}

/// `len` characters that need no escape in JSON, from a 64-bit linear congruential generator
/// (Knuth's MMIX multiplier) started at the message id: ten characters per step.
fn pad(id: MessageId, len: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = id.batch.bits() ^ id.seq.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut text = Vec::with_capacity(len + 10);
    while text.len() < len {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bits = state >> 4;
        // Ten at a time: making the padding was a large part of what A does for a message.
        text.extend_from_slice(&[(); 10].map(|()| {
            let character = ALPHABET[(bits & 63) as usize];
            bits >>= 6;
            character
        }));
    }
    text.truncate(len);
    // The alphabet is ASCII, so this is always text.
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BatchId;

    const ID: MessageId = MessageId { batch: BatchId::new(0xabc), seq: 1 };

    #[test]
    fn a_payload_has_exactly_the_asked_length_and_is_intact() {
        let smallest = Envelope::smallest(DurationNs(0), false);
        for bytes in [smallest, smallest + 1, 256, 999, 1000, 1001, 1024, 65_536] {
            let text = Envelope::write(ID, bytes, DurationNs(0), false).unwrap();
            assert_eq!(text.len(), bytes as usize);
            let envelope = Envelope::read(&text).unwrap();
            assert_eq!(envelope.id, ID);
            assert_eq!(envelope.traceparent, ID.traceparent());
            assert_eq!(envelope.check(&text), PayloadCheck::Intact);
        }
    }

    #[test]
    fn one_byte_below_the_smallest_is_refused_with_the_smallest() {
        for (work, fail) in [(0, false), (100_000_000, true)] {
            let smallest = Envelope::smallest(DurationNs(work), fail);
            assert!(Envelope::write(ID, smallest, DurationNs(work), fail).is_ok());
            let error = Envelope::write(ID, smallest - 1, DurationNs(work), fail).unwrap_err();
            assert!(error.to_string().contains(&smallest.to_string()), "{error}");
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let text = Envelope::write(ID, 300, DurationNs(5), false).unwrap();
        let mut noticed = 0;
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(bytes).unwrap();
            let intact =
                Envelope::read(&changed).is_ok_and(|e| e.check(&changed) == PayloadCheck::Intact);
            assert!(!intact, "byte {place} changed unnoticed");
            noticed += 1;
        }
        assert_eq!(noticed, 300);
    }

    #[test]
    fn a_shorter_or_longer_payload_is_noticed() {
        let text = Envelope::write(ID, 300, DurationNs(5), false).unwrap();
        let longer = format!("{text} ");
        assert_eq!(Envelope::read(&longer).unwrap().check(&longer), PayloadCheck::WrongLength);
    }

    #[test]
    fn two_messages_do_not_share_their_padding() {
        let other = MessageId { seq: 2, ..ID };
        assert_ne!(pad(ID, 64), pad(other, 64));
        assert_ne!(pad(ID, 64)[..10], pad(ID, 64)[10..20]);
    }
}
