//! Shard iterators: where a client reads on, as a text that it hands back.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// An iterator is good for so long (API reference, `GetShardIterator`).
const LIFETIME_MS: u64 = 300_000;

/// A place in a shard, and when the client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShardIterator {
    pub(crate) stream: String,
    /// Tells a stream from an earlier one of the same name.
    pub(crate) stream_created_ms: u64,
    pub(crate) shard: u32,
    /// The place of the next record to be read.
    pub(crate) next: u64,
    pub(crate) issued_ms: u64,
}

impl ShardIterator {
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!(
            "{} {} {} {} {}",
            self.stream, self.stream_created_ms, self.shard, self.next, self.issued_ms
        ))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split(' ');
        let iterator = Self {
            stream: parts.next()?.to_owned(),
            stream_created_ms: parts.next()?.parse().ok()?,
            shard: parts.next()?.parse().ok()?,
            next: parts.next()?.parse().ok()?,
            issued_ms: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(iterator)
    }

    pub(crate) fn is_expired(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.issued_ms) > LIFETIME_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterators_read_back_and_expire_after_five_minutes() {
        let iterator = ShardIterator {
            stream: "a.stream".into(),
            stream_created_ms: 7,
            shard: 3,
            next: 42,
            issued_ms: 1_000,
        };
        assert_eq!(ShardIterator::decode(&iterator.encode()), Some(iterator.clone()));
        assert!(!iterator.is_expired(301_000));
        assert!(iterator.is_expired(301_001));
        for wrong in ["", "AAAA", "!", &URL_SAFE_NO_PAD.encode("s 1 2 3")] {
            assert_eq!(ShardIterator::decode(wrong), None, "{wrong}");
        }
    }
}
