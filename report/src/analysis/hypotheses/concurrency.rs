//! Many senders at a time, and more messages than the backend can take.

use wire::Transport;

use crate::analysis::claims_of::{Claimed, ClaimsOf};
use crate::analysis::{Bound, CellFigures, CellRound, Claim, Finding, Measure, Statistic};

/// "More messages a second": the most of all numbers of senders is above this multiple of what one
/// sender hands over.
const MORE: f64 = 1.2;
/// "The response grows" beyond the rate that is sustained: above this multiple of what it is at the
/// lowest rate...
const GROWS: f64 = 2.0;
/// ... and "the call hides it": the operation duration grows by less than this share of that.
const HIDES: f64 = 0.5;

pub(super) fn hypotheses(claims: ClaimsOf<'_>) -> Vec<Finding> {
    let transports = claims.experiment.transports();
    let all = |of: &dyn Fn(Transport) -> Option<Claim>| -> Vec<Claim> {
        transports.iter().filter_map(|transport| of(*transport)).collect()
    };
    vec![
        Finding {
            id: "C1",
            statement: "More senders hand over more messages a second.",
            claims: all(&|transport| scales(claims, transport)),
            local_mechanism: "each sender and each busy receiver is a process of its own, as long \
                              as the machine has processors for them",
        },
        Finding {
            id: "C2",
            statement: "Beyond the rate that is sustained, the response grows.",
            claims: all(&|transport| grows(claims, transport)),
            local_mechanism: "what this machine's processors can do is what is sustained",
        },
        Finding {
            id: "C3",
            statement: "There the operation duration alone would hide it.",
            claims: all(&|transport| hides(claims, transport)),
            local_mechanism: "a sender that is late begins its calls late; each call is no slower",
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

/// The open-loop cells of a transport with the lowest and with the highest rate.
fn rates<'a>(
    claims: ClaimsOf<'a>,
    transport: Transport,
) -> Option<(&'a CellFigures, &'a CellFigures)> {
    let mut cells: Vec<_> = claims
        .experiment
        .measured()
        .filter(|cell| {
            cell.plan.transport == transport && cell.plan.arrival == store::Arrival::Poisson
        })
        .collect();
    cells.sort_by(|a, b| {
        a.plan.rate_per_s.unwrap_or(0.0).total_cmp(&b.plan.rate_per_s.unwrap_or(0.0))
    });
    let (first, last) = (*cells.first()?, *cells.last()?);
    (first.plan.cell != last.plan.cell).then_some((first, last))
}

fn scales(claims: ClaimsOf<'_>, transport: Transport) -> Option<Claim> {
    let cells = closed(claims, transport);
    let rate = CellRound::throughput_per_s;
    let one = *cells.first()?;
    let value = |cell: &CellFigures| {
        claims.experiment.of_rounds(cell, rate).map_or(0.0, |found| found.value)
    };
    let best = *cells[1..].iter().max_by(|a, b| value(a).total_cmp(&value(b)))?;
    let found = claims.experiment.ratio_of_rounds(best, one, rate);
    let statement = format!(
        "messages a second over {transport} with {} senders over those with {}",
        best.plan.concurrency, one.plan.concurrency
    );
    Some(claims.claim(
        Claimed::ratio(statement, Bound::Above, MORE),
        found,
        &[Some(best), Some(one)],
    ))
}

fn grows(claims: ClaimsOf<'_>, transport: Transport) -> Option<Claim> {
    let (low, high) = rates(claims, transport)?;
    let rate = |cell: &CellFigures| cell.plan.rate_per_s.unwrap_or(0.0);
    let statement = format!(
        "median response over {transport} at {}/s over that at {}/s",
        rate(high),
        rate(low)
    );
    let claimed = Claimed::ratio(statement, Bound::Above, GROWS);
    Some(claims.ratio(claimed, Measure::Response, Some(high), Some(low)))
}

fn hides(claims: ClaimsOf<'_>, transport: Transport) -> Option<Claim> {
    let (_, high) = rates(claims, transport)?;
    let (response, operation) =
        (high.measure(Measure::Response)?, high.measure(Measure::Operation)?);
    let share = |operation, response| operation / response;
    let found = claims.experiment.of_figures(Statistic::Median, operation, response, share);
    let statement = format!(
        "median operation duration over {transport} at {}/s over the median response",
        high.plan.rate_per_s.unwrap_or(0.0)
    );
    Some(claims.claim(Claimed::ratio(statement, Bound::Below, HIDES), found, &[Some(high)]))
}
