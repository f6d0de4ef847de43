//! Many senders at a time, and more messages than the backend can take.
//!
//! The cells that a claim compares follow from the plan, never from what was measured: a claim on
//! the best of several cells, or on the cells in which messages piled up, would have chosen its own
//! outcome, and no interval of it would be honest.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use store::{Arrival, CellPlan};
use wire::Transport;

use crate::analysis::claims_of::{Claimed, ClaimsOf, both};
use crate::analysis::{Bound, CellFigures, Claim, Finding, Form, Measure, RoundStatistic};

/// "More messages a second": with the most senders above this multiple of what one hands over.
const MORE: f64 = 1.2;
/// "The response grows": at the highest rate above this multiple of what it is at the lowest...
const GROWS: f64 = 2.0;
/// ... and "the call hides it": the operation duration grows by less than this share of what the
/// response grows by.
const HIDES: f64 = 0.5;

pub(super) fn hypotheses(claims: ClaimsOf<'_>) -> Vec<Finding> {
    let transports = claims.experiment.transports();
    let all = |of: &dyn Fn(Transport) -> Option<Claim>| -> Vec<Claim> {
        transports.iter().filter_map(|transport| of(*transport)).collect()
    };
    vec![
        Finding {
            id: "C1",
            statement: "The most senders hand over more messages a second than one.",
            claims: all(&|transport| scales(claims, transport)),
            local_mechanism: "each sender and each busy receiver is a process of its own, as long \
                              as the machine has processors for them",
        },
        Finding {
            id: "C2",
            statement: "At the highest rate asked for, the response is longer than at the lowest.",
            claims: all(&|transport| grows(claims, transport)),
            local_mechanism: "what this machine's processors can do is what is sustained",
        },
        Finding {
            id: "C3",
            statement: "The operation duration alone would hide that.",
            claims: all(&|transport| hides(claims, transport)),
            local_mechanism: "what piles up waits before a call begins, or behind it; a call's own \
                              duration tells how busy the processors are",
        },
    ]
}

/// The closed-loop cells of a transport with the smallest payload, by senders.
fn closed<'a>(claims: ClaimsOf<'a>, transport: Transport) -> Vec<&'a CellFigures> {
    let cells = || {
        let of = move |cell: &&CellFigures| {
            cell.plan.transport == transport && cell.plan.rate_per_s.is_none()
        };
        claims.experiment.measured().filter(of)
    };
    let smallest = cells().map(|cell| cell.plan.payload_bytes).min();
    let mut cells: Vec<_> =
        cells().filter(|cell| Some(cell.plan.payload_bytes) == smallest).collect();
    cells.sort_by_key(|cell| cell.plan.concurrency);
    cells
}

/// The open-loop cells of a transport with the lowest and with the highest rate, alike in all else:
/// those of the most senders, and of them the smallest payload, that have two rates.
fn rates<'a>(
    claims: ClaimsOf<'a>,
    transport: Transport,
) -> Option<(&'a CellFigures, &'a CellFigures)> {
    let mut alike: BTreeMap<(Reverse<u32>, u32, u32), Vec<&CellFigures>> = BTreeMap::new();
    for cell in claims.experiment.measured() {
        let CellPlan { concurrency, payload_bytes, receiver_ms, arrival, .. } = cell.plan;
        if cell.plan.transport == transport && arrival == Arrival::Poisson {
            let key = (Reverse(concurrency), payload_bytes, receiver_ms);
            alike.entry(key).or_default().push(cell);
        }
    }
    let lowest_and_highest = |mut cells: Vec<&'a CellFigures>| {
        cells.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
        let (first, last) = (*cells.first()?, *cells.last()?);
        (rate(first) < rate(last)).then_some((first, last))
    };
    alike.into_values().find_map(lowest_and_highest)
}

fn scales(claims: ClaimsOf<'_>, transport: Transport) -> Option<Claim> {
    let cells = closed(claims, transport);
    let (one, most) = (*cells.first()?, *cells.last()?);
    if one.plan.concurrency == most.plan.concurrency {
        return None;
    }
    let statement = format!(
        "messages a second over {transport} with {} senders over those with {}",
        most.plan.concurrency, one.plan.concurrency
    );
    let claimed = Claimed::ratio(statement, Bound::Above, MORE);
    let cells = both(Some(most), Some(one));
    Some(claims.rounds(claimed, Form::Ratio, RoundStatistic::Throughput, &cells))
}

fn rate(cell: &CellFigures) -> f64 {
    cell.plan.rate_per_s.unwrap_or(0.0)
}

fn grows(claims: ClaimsOf<'_>, transport: Transport) -> Option<Claim> {
    let (low, high) = rates(claims, transport)?;
    let statement = format!(
        "median response over {transport} at {}/s over that at {}/s",
        rate(high),
        rate(low)
    );
    let claimed = Claimed::ratio(statement, Bound::Above, GROWS);
    Some(claims.ratio(claimed, Measure::Response, Some(high), Some(low)))
}

fn hides(claims: ClaimsOf<'_>, transport: Transport) -> Option<Claim> {
    let (low, high) = rates(claims, transport)?;
    // As a difference: where the response does not grow, the share itself is not defined.
    let statement = format!(
        "growth of the median operation duration over {transport} from {}/s to {}/s, less {HIDES} \
         of that of the response",
        rate(low),
        rate(high)
    );
    let claimed = Claimed::duration(statement, Bound::Below, 0.0);
    let response = RoundStatistic::Median(Measure::Response);
    Some(claims.rounds(claimed, Form::Hidden(HIDES), response, &both(Some(low), Some(high))))
}
