//! The eight principles, and what the run itself cost.

use super::markdown::{escape, table};
use super::numbers::usd;
use crate::analysis::{Principle, RunCost};
use crate::reference::Prices;

pub(crate) fn section(
    principles: &[Principle],
    cost: &RunCost,
    prices: &Prices,
    is_aws: bool,
) -> String {
    let rows = principles.iter().map(|principle| {
        vec![
            principle.id.clone(),
            escape(&principle.requirement),
            escape(&principle.original),
            principle.ours.name().to_owned(),
            escape(&principle.because),
        ]
    });
    format!(
        "## Scorecard, self-assessed\n\nThe eight principles for reproducible cloud experiments \
         (Papadopoulos et al., DOI 10.1109/TSE.2019.2927908). The post's grades are those of \
         Scheuner and Leitner (2020), who had no part in it; this run's are given by the program \
         that made it, from its manifest and data, by rules as strict as those \
         (`report/src/analysis/scorecard.rs`).\n\n{}\n{}",
        table(&["", "principle", "the post", "this run", "because"], rows),
        what_it_cost(cost, prices, is_aws)
    )
}

/// The cost of the experiment itself, which P8 asks for.
fn what_it_cost(cost: &RunCost, prices: &Prices, is_aws: bool) -> String {
    let parts = [
        ("A: requests", cost.sender_requests),
        ("A: compute, its schedule and waiting included", cost.sender_compute),
        ("B: requests", cost.receiver_requests),
        ("B: compute", cost.receiver_compute),
        ("SNS, SQS, Kinesis and further units of asynchronous events", cost.services),
        ("hours of streams, each begun one in full", cost.stream_hours),
        ("all of it", cost.total()),
    ];
    let rows = parts.map(|(what, value)| vec![what.to_owned(), usd(value)]);
    let whose = if is_aws {
        "What this run cost"
    } else {
        "This run cost nothing. What it would have cost at AWS, if AWS took as long as this machine"
    };
    format!(
        "{whose}: {} messages, those to warm up included, by the billed durations of the REPORT \
         lines and the list prices of {} as of {}. Left out: logs, data transfer, receives of an \
         idle queue, a state machine that invokes senders, invocations without a REPORT line (those \
         of B for {} messages), free tiers.\n\n{}\n",
        cost.messages,
        escape(&prices.region),
        escape(&prices.as_of),
        cost.without_report,
        table(&["what", "US dollars"], rows)
    )
}
