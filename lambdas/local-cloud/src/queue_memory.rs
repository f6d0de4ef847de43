//! The memory that a queue's entries may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What an entry takes in memory beside its text, in bytes, roughly.
const OVERHEAD_BYTES: u64 = 256;

/// The memory that entries may take together.
#[derive(Clone, Debug)]
pub(crate) struct QueueMemory {
    used_bytes: Arc<AtomicU64>,
    limit_bytes: u64,
}

/// An entry's share of it, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct QueueShare {
    used_bytes: Arc<AtomicU64>,
    bytes: u64,
}

impl QueueMemory {
    pub(crate) fn new(limit_bytes: u64) -> Self {
        Self { used_bytes: Arc::default(), limit_bytes }
    }

    /// Takes a share for a text of so many bytes; `None` when there is no room.
    pub(crate) fn take(&self, text_bytes: usize) -> Option<QueueShare> {
        let bytes = text_bytes as u64 + OVERHEAD_BYTES;
        let used = self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        let share = QueueShare { used_bytes: Arc::clone(&self.used_bytes), bytes };
        (used + bytes <= self.limit_bytes).then_some(share)
    }
}

impl Drop for QueueShare {
    fn drop(&mut self) {
        self.used_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_comes_back() {
        let memory = QueueMemory::new(2 * (100 + OVERHEAD_BYTES));
        let first = memory.take(100).unwrap();
        let _second = memory.take(100).unwrap();
        assert!(memory.take(1).is_none());
        drop(first);
        assert!(memory.take(100).is_some());
    }
}
