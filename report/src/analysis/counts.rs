//! What became of the messages of a cell.

use store::Outcome;

use super::Message;

/// What became of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that A was asked to send.
    pub asked: u64,
    /// Arrived once.
    pub delivered: u64,
    /// Arrived more than once.
    pub duplicated: u64,
    /// Taken and never arrived.
    pub lost: u64,
    /// Refused.
    pub rejected: u64,
    /// Arrived, and B raised an error.
    pub failed: u64,
    /// Arrived before they were sent, by the two clocks.
    pub negative_handoffs: u64,
    /// Arrived with another length or checksum.
    pub payload_errors: u64,
    /// Served by an environment's first invocation, of A or of B.
    pub cold: u64,
}

impl Counts {
    /// Counts messages.
    pub fn of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Self {
        let mut counts = Self::default();
        for message in messages {
            counts.asked += 1;
            match message.outcome {
                Outcome::Delivered => counts.delivered += 1,
                Outcome::Duplicated => counts.duplicated += 1,
                Outcome::Lost => counts.lost += 1,
                Outcome::Rejected => counts.rejected += 1,
                Outcome::Failed => counts.failed += 1,
            }
            counts.negative_handoffs += u64::from(message.handoff_ns.is_some_and(|ns| ns < 0));
            counts.payload_errors += u64::from(message.payload_ok == Some(false));
            counts.cold += u64::from(message.cold());
        }
        counts
    }
}
