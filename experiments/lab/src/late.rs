//! Deliveries that came after a visit was collected.
//!
//! A visit ends when every message has arrived once, but a transport that delivers at least once
//! may deliver again at any time. So the log of each B is read once more before teardown, and the
//! parts whose messages came again are written anew with the true count. A message that was lost
//! stays lost: it did not arrive before the deadline.
//!
//! The parts of an earlier attempt cannot be corrected: what it deployed, its logs included, is
//! deleted before anything is deployed anew.

use std::collections::HashMap;

use store::{Outcome, PartKey, Row};

/// The messages of an attempt, and how often each had arrived when its visit was collected.
#[derive(Debug, Default)]
pub struct Ledger {
    messages: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    part: PartKey,
    collected: u32,
    now: u32,
}

impl Ledger {
    /// Enters a part's rows.
    pub fn enter(&mut self, part: &PartKey, rows: &[Row]) {
        for row in rows.iter().filter(|row| row.deliveries > 0) {
            let entry = Entry { part: part.clone(), collected: row.deliveries, now: 0 };
            self.messages.insert(row.message_id.clone(), entry);
        }
    }

    /// Counts one delivery. Messages that are not entered are left out.
    pub fn count(&mut self, message_id: &str) {
        if let Some(entry) = self.messages.get_mut(message_id) {
            entry.now += 1;
        }
    }

    /// The parts that have a message which came again since it was collected.
    #[must_use]
    pub fn changed(&self) -> Vec<PartKey> {
        let mut parts: Vec<PartKey> = self
            .messages
            .values()
            .filter(|entry| entry.now > entry.collected)
            .map(|entry| entry.part.clone())
            .collect();
        parts.sort();
        parts.dedup();
        parts
    }

    /// Brings a part's rows up to the count.
    pub fn correct(&self, rows: &mut [Row]) {
        for row in rows {
            let now = self.messages.get(&row.message_id).map_or(0, |entry| entry.now);
            if now <= row.deliveries {
                continue;
            }
            row.deliveries = now;
            if row.outcome == Outcome::Delivered {
                row.outcome = Outcome::Duplicated;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use store::{CellPlan, RunId};
    use wire::{BatchId, Line, MessageId};

    use super::*;
    use crate::join::{Asked, Lines, rows};

    #[test]
    fn what_came_again_is_duplicated_and_the_rest_is_as_it_was() {
        let batch = BatchId::new(1);
        let cell = CellPlan {
            cell: 0,
            transport: wire::Transport::Sns,
            payload_bytes: 1024,
            concurrency: 1,
            receiver_ms: 0,
            memory_mb: 128,
            architecture: store::Architecture::X86_64,
            arrival: store::Arrival::Poisson,
            rate_per_s: Some(20.0),
            messages: 3,
            warmup: 0,
            mapping: None,
            limit_raised: false,
            fresh_side: None,
            limit: None,
            probe: false,
        };
        let run_id = RunId::new("r").unwrap();
        let received = |seq| {
            let line = serde_json::json!({
                "handoff": "received", "batch": batch, "message_id": MessageId { batch, seq },
                "receiver_env": "b", "receiver_cold": false, "receiver_request_id": "r", "received_at_ns": 5, "batch_size": 1,
                "batch_index": 0, "done_at_ns": 6, "payload_ok": true,
            });
            serde_json::from_value::<Line>(line).unwrap()
        };
        let asked = Asked { run_id: &run_id, experiment: "e", cell: &cell, round: 0, batch };
        // Message 2 is lost.
        let before = rows(&asked, &Lines::new(batch, [received(0), received(1)]));
        let part = crate::plan::part_key("e", &cell, 0);
        let mut ledger = Ledger::default();
        ledger.enter(&part, &before);

        for row in &before[..2] {
            ledger.count(&row.message_id);
        }
        assert_eq!(ledger.changed(), [], "nothing came again");
        ledger.count(&before[1].message_id);
        ledger.count(&before[2].message_id);
        ledger.count("of another attempt");
        assert_eq!(ledger.changed(), [part]);
        let mut after = before.clone();
        ledger.correct(&mut after);
        assert_eq!(after[0], before[0]);
        assert_eq!((after[1].outcome, after[1].deliveries), (Outcome::Duplicated, 2));
        assert_eq!(after[2], before[2], "lost stays lost");
    }
}
