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

/// The open-loop cells of a transport with the lowest and with the highest rate, where that is not
/// sustained.
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
    let apart = first.plan.cell != last.plan.cell;
    // Beyond what is sustained, or there is nothing to tell.
    let beyond = |cell| claims.experiment.rates(cell).is_some_and(|r| !r.sustained.is_kept());
    (apart && beyond(last)).then_some((first, last))
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
    let (low, high) = rates(claims, transport)?;
    let median = |cell: &CellFigures, measure| {
        let (value, replicates) = cell.measure(measure)?.statistic(Statistic::Median)?;
        Some((value, replicates.to_vec()))
    };
    let (call_low, call_high) =
        median(low, Measure::Operation).zip(median(high, Measure::Operation))?;
    let (response_low, response_high) =
        median(low, Measure::Response).zip(median(high, Measure::Response))?;
    let share =
        |call: (f64, f64), response: (f64, f64)| (call.1 - call.0) / (response.1 - response.0);
    let replicates: Vec<f64> = (0..call_low.1.len())
        .map(|b| {
            let call = (call_low.1[b], call_high.1[b]);
            share(call, (response_low.1[b], response_high.1[b]))
        })
        .collect();
    let value = share((call_low.0, call_high.0), (response_low.0, response_high.0));
    let n = high.measure(Measure::Response)?.summary.n + low.measure(Measure::Response)?.summary.n;
    // Of a response that does not grow there is nothing to hide.
    let grew = response_high.0 > response_low.0;
    let found = grew.then(|| claims.experiment.resampling.estimate(value, &replicates, n));
    let rate = |cell: &CellFigures| cell.plan.rate_per_s.unwrap_or(0.0);
    let statement = format!(
        "growth of the median operation duration over {transport} from {}/s to {}/s over that of \
         the response",
        rate(low),
        rate(high)
    );
    Some(claims.claim(
        Claimed::ratio(statement, Bound::Below, HIDES),
        found,
        &[Some(low), Some(high)],
    ))
}
