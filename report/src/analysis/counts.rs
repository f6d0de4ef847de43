//! What became of messages.

use std::ops::AddAssign;

use super::statistics::Proportion;

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
}

impl Counts {
    /// The share of messages that were lost, with its Wilson interval; of those not refused.
    #[must_use]
    pub fn loss(&self) -> Proportion {
        Proportion::of(self.lost, self.asked - self.rejected)
    }

    /// The share that arrived more than once, of those that arrived.
    #[must_use]
    pub fn duplicates(&self) -> Proportion {
        Proportion::of(self.duplicated, self.delivered + self.duplicated + self.failed)
    }

    /// The share that the service refused, of all.
    #[must_use]
    pub fn rejections(&self) -> Proportion {
        Proportion::of(self.rejected, self.asked)
    }

    /// The share on which B raised an error, of those that arrived.
    #[must_use]
    pub fn failures(&self) -> Proportion {
        Proportion::of(self.failed, self.delivered + self.duplicated + self.failed)
    }

    /// The share that were refused or on which B raised an error, of all.
    #[must_use]
    pub fn errors(&self) -> Proportion {
        Proportion::of(self.rejected + self.failed, self.asked)
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
    }
}
