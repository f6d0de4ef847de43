//! Wakes A at the intended times of an open schedule.
//!
//! Tokio's timers have a granularity of a millisecond, which is several times what a handoff takes
//! on a fast backend; a thread of its own sleeps with the kernel's resolution instead (about 50 µs).

use std::io;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, UnboundedReceiver};
use wire::{DurationNs, WallNs};

/// One message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Its place in the schedule, from 0.
    pub(crate) index: usize,
    /// When it was due, on A's wall clock.
    pub(crate) intended_at: WallNs,
}

/// Starts the clock: each offset, counted from now, becomes a [`Due`].
///
/// The queue needs no bound: it holds at most one small entry per offset of the request.
///
/// # Errors
/// When the thread cannot be started.
pub(crate) fn start(offsets: Vec<DurationNs>) -> io::Result<UnboundedReceiver<Due>> {
    let (send, due) = mpsc::unbounded_channel();
    let (started, started_at) = (Instant::now(), WallNs::now());
    std::thread::Builder::new().name("pace".to_owned()).spawn(move || {
        for (index, offset) in offsets.into_iter().enumerate() {
            let offset = Duration::from(offset);
            std::thread::sleep(offset.saturating_sub(started.elapsed()));
            if send.send(Due { index, intended_at: started_at.plus(offset) }).is_err() {
                return;
            }
        }
    })?;
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_offset_becomes_due_in_order_and_not_before_its_time() {
        let offsets: Vec<_> = [0, 2, 2, 9].map(|ms| DurationNs(ms * 1_000_000)).to_vec();
        let before = WallNs::now();
        let mut due = start(offsets.clone()).unwrap();
        for (index, offset) in offsets.into_iter().enumerate() {
            let next = due.recv().await.unwrap();
            assert_eq!(next.index, index);
            assert!(next.intended_at >= before.plus(offset.into()));
            assert!(WallNs::now() >= next.intended_at);
        }
        assert_eq!(due.recv().await, None);
    }
}
