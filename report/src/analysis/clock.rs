//! How far A's and B's clocks may be apart.

use super::RunData;
use wire::Transport;

/// By how much B's clock is ahead of A's, at least and at most; nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockBound {
    /// At least.
    pub at_least_ns: i64,
    /// At most.
    pub at_most_ns: i64,
}

impl ClockBound {
    /// The bound from the four stamps of synchronous calls: neither way can take less than
    /// nothing, so the offset is at most the shortest `received - put_started` and at least the
    /// negative of the shortest `put_finished - done`. Mills, "Internet time synchronization"
    /// (1991), IEEE Transactions on Communications 39, takes the same four stamps.
    #[must_use]
    pub fn of(run: &RunData) -> Option<Self> {
        let sync = || run.cells.iter().filter(|cell| cell.plan.transport == Transport::SyncInvoke);
        let there = sync().filter_map(|cell| cell.shortest_ns.0).min()?;
        let back = sync().filter_map(|cell| cell.shortest_ns.1).min()?;
        Some(Self { at_least_ns: -back, at_most_ns: there })
    }
}
