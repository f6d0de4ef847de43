//! What became of messages.

use std::ops::AddAssign;

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
    /// Of these, by A's.
    pub sender_cold: u64,
    /// Of these, by B's.
    pub receiver_cold: u64,
    /// Messages that the figures leave out, because they met a start which the cell does not ask
    /// for.
    pub left_out: u64,
}

impl Counts {
    /// How many messages were lost, of how many that were not refused.
    #[must_use]
    pub const fn loss(&self) -> (u64, u64) {
        (self.lost, self.asked - self.rejected)
    }

    /// How many messages arrived more than once, of how many that arrived.
    #[must_use]
    pub const fn duplicates(&self) -> (u64, u64) {
        (self.duplicated, self.arrived())
    }

    /// How many messages the service refused, of how many.
    #[must_use]
    pub const fn rejections(&self) -> (u64, u64) {
        (self.rejected, self.asked)
    }

    /// On how many messages B raised an error, of how many that arrived.
    #[must_use]
    pub const fn failures(&self) -> (u64, u64) {
        (self.failed, self.arrived())
    }

    const fn arrived(&self) -> u64 {
        self.delivered + self.duplicated + self.failed
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        let Self {
            asked,
            delivered,
            duplicated,
            lost,
            rejected,
            failed,
            negative_handoffs,
            payload_errors,
            cold,
            sender_cold,
            receiver_cold,
            left_out,
        } = more;
        self.asked += asked;
        self.delivered += delivered;
        self.duplicated += duplicated;
        self.lost += lost;
        self.rejected += rejected;
        self.failed += failed;
        self.negative_handoffs += negative_handoffs;
        self.payload_errors += payload_errors;
        self.cold += cold;
        self.sender_cold += sender_cold;
        self.receiver_cold += receiver_cold;
        self.left_out += left_out;
    }
}
