//! Who waits while B works.

use wire::Transport;

use crate::analysis::claims_of::ClaimsOf;
use crate::analysis::findings::{DOES_NOT_WAIT, WAITS};
use crate::analysis::{Bound, Claim, Finding, Measure};

/// A message behind a busy B waits for it when its handoff grows by more than this share of B's
/// duration. With random arrivals and batches that follow each other it waits for half of the batch
/// before it on average: for less where arrivals are sparse, and for up to all of it in a visit that
/// is no longer than B's duration, in which all messages but the first wait for the same batch.
const WAITS_BEHIND: f64 = 0.1;

pub(super) fn hypotheses(claims: ClaimsOf<'_>) -> Vec<Finding> {
    let transports = claims.experiment.transports();
    let others = || transports.iter().filter(|one| **one != Transport::SyncInvoke);
    let does_not_wait: Vec<Claim> = others()
        .map(|one| claims.slope(*one, Measure::Operation, Bound::Below, DOES_NOT_WAIT))
        .collect();
    let in_parallel: Vec<Claim> = transports
        .iter()
        .filter(|one| **one != Transport::Kinesis)
        .map(|one| claims.slope(*one, Measure::Handoff, Bound::Below, WAITS_BEHIND))
        .collect();
    vec![
        Finding {
            id: "R1",
            statement: "A synchronous caller waits as long as B works.",
            claims: vec![claims.slope(
                Transport::SyncInvoke,
                Measure::Operation,
                Bound::Above,
                WAITS,
            )],
            local_mechanism: "the answer of a synchronous invoke comes back when B's handler has \
                              returned",
        },
        Finding {
            id: "R2",
            statement: "No other caller waits.",
            claims: does_not_wait,
            local_mechanism: "every other service has taken the message before B runs",
        },
        Finding {
            id: "R3",
            statement: "A Kinesis message waits for the batch before it (in steady state for half \
                        of it on average).",
            claims: vec![claims.slope(
                Transport::Kinesis,
                Measure::Handoff,
                Bound::Above,
                WAITS_BEHIND,
            )],
            local_mechanism: "a shard's batches are processed one after the other",
        },
        Finding {
            id: "R4",
            statement: "Over the other transports the handoff does not grow with B's duration.",
            claims: in_parallel,
            local_mechanism: "an invocation that finds every environment busy gets a new one; a \
                              queue's mapping begins with five invocations at a time, and adds more \
                              as messages pile up",
        },
    ]
}
