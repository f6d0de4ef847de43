//! How many invocations a cell may run at a time, and what that asks of a place.

use store::{CellPlan, ExperimentPlan};
use wire::Transport;

use crate::experiment::Shards;

/// A new AWS account's concurrency (AWS Lambda Developer Guide, "Lambda quotas").
pub const ACCOUNT_CONCURRENCY: u32 = 1_000;

/// Invocations of A and B that a cell may have in flight at a time.
///
/// A message of a synchronous invoke holds A and B as long as B works, so an open loop has at
/// least as many in flight as arrive while B works (Little 1961, doi:10.1287/opre.9.3.383). Where
/// A does not wait, B's invocations wait in a queue for a place, and one for each sender is what
/// keeps that queue out of what is measured; a polled stream needs one for each batch at a time.
#[must_use]
pub fn concurrency(cell: &CellPlan) -> u32 {
    let senders = cell.concurrency;
    let work_s = f64::from(cell.receiver_ms) / 1e3;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a product of two numbers that are not negative; a huge one saturates"
    )]
    let working = cell.rate_per_s.map_or(0, |rate| (rate * work_s).ceil() as u32);
    let receivers = match (cell.transport, &cell.mapping) {
        (Transport::Kinesis, Some(mapping)) => {
            let batches = mapping.parallelization_factor.unwrap_or(1);
            mapping.shards.unwrap_or(Shards::ON_DEMAND).saturating_mul(batches)
        }
        _ => senders.max(working),
    };
    senders.saturating_add(receivers)
}

/// The most that any cell of a plan has in flight, of those that are visited.
#[must_use]
pub fn most_concurrent(plan: &ExperimentPlan) -> u32 {
    plan.cells.iter().filter(|cell| cell.visited_in(0)).map(concurrency).max().unwrap_or(0)
}

/// What a plan should say of the cells that exceed an account's concurrency; none if none does.
#[must_use]
pub fn warning(plan: &ExperimentPlan) -> Option<String> {
    let over = |cell: &&CellPlan| cell.visited_in(0) && concurrency(cell) > ACCOUNT_CONCURRENCY;
    let count = plan.cells.iter().filter(over).count();
    let most = most_concurrent(plan);
    (count > 0).then(|| {
        format!(
            "  {count} cells may have up to {most} invocations of A and B in flight, over an \
             account's concurrency of {ACCOUNT_CONCURRENCY}: what exceeds it is throttled (on \
             `local`, the limit is raised for them)\n"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Axes, Load, Profile};
    use crate::limits::Limits;

    fn plan(axes: Axes) -> ExperimentPlan {
        crate::plan::of(&[axes], store::Architecture::X86_64, &Limits::default()).unwrap()
    }

    #[test]
    fn a_sender_and_a_receiver_for_each_message_in_flight() {
        let axes =
            Axes { concurrency: vec![600], load: vec![Load::Closed], ..Axes::of(Profile::Smoke) };
        let plan = plan(axes);
        let of = |transport| {
            concurrency(plan.cells.iter().find(|cell| cell.transport == transport).unwrap())
        };
        assert_eq!(of(Transport::SyncInvoke), 1_200);
        assert_eq!(of(Transport::Kinesis), 601);
        assert_eq!(most_concurrent(&plan), 1_200);
        let said = warning(&plan).unwrap();
        assert!(said.contains("4 cells") && said.contains("1200"), "{said}");
    }

    #[test]
    fn an_open_loop_has_what_arrives_while_b_works() {
        let axes = Axes {
            load: vec![Load::Poisson(500.0)],
            receiver_ms: vec![3_000],
            ..Axes::of(Profile::Smoke)
        };
        assert_eq!(most_concurrent(&plan(axes)), 1_501);
        assert_eq!(warning(&plan(Axes::of(Profile::Smoke))), None);
    }
}
