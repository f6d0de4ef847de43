//! Each experiment's own hypotheses, as its notebook states them, with every threshold beside the
//! claims that need it.

mod cold_start;
mod concurrency;
mod kinesis_tuning;
mod payload_size;
mod receiver_duration;

use store::BackendFacts;

use super::claims_of::ClaimsOf;
use super::{
    COLD_START, CONCURRENCY, Experiment, Finding, KINESIS_TUNING, PAYLOAD_SIZE, RECEIVER_DURATION,
};

/// An experiment's hypotheses, with what this run says of them; none of the baseline, whose
/// hypotheses are the post's findings.
pub(super) fn hypotheses(experiment: &Experiment<'_>, backend: &BackendFacts) -> Vec<Finding> {
    let claims = ClaimsOf { experiment, backend };
    match experiment.name {
        RECEIVER_DURATION => receiver_duration::hypotheses(claims),
        PAYLOAD_SIZE => payload_size::hypotheses(claims),
        CONCURRENCY => concurrency::hypotheses(claims),
        COLD_START => cold_start::hypotheses(claims),
        KINESIS_TUNING => kinesis_tuning::hypotheses(claims),
        _ => vec![],
    }
}
