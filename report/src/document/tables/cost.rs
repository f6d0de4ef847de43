//! What messages cost.

use store::CellPlan;

use super::columns::{CellColumns, table};
use crate::analysis::{
    CellAxis, CellFigures, Cost, HIGHEST_RATE, Measure, RateRange, Statistic, baseline_costs,
    break_evens, cell_cost, cheapest_by_rate, compute_per_million,
};
use crate::document::count;
use crate::document::markdown::escape;
use crate::document::numbers::usd;
use crate::document::pieces::Context;

/// The rates of the tables, messages a second.
const RATES: [f64; 4] = [1.0, 10.0, 100.0, 1_000.0];

const NO_LINES: &str = "No REPORT line was read, so no billed duration is known.\n";

/// What a million messages cost at `r` messages a second.
pub(crate) fn cost_formula(cost: &Cost) -> String {
    let per_million = usd(cost.per_million());
    let Some(hourly) = cost.hourly else { return format!("{per_million} at any r") };
    let of_unit = usd(hourly.usd_per_unit * 1e6 / 3_600.0);
    match hourly.rate_per_unit {
        Some(most) => {
            let at_least = match hourly.units {
                0 | 1 => String::new(),
                units => format!(", at least {units}"),
            };
            format!("{per_million} + {of_unit} ⌈r / {}⌉{at_least} / r", count(most))
        }
        None => format!("{per_million} + {of_unit} / r"),
    }
}

/// `below 20.8/s: sns; above: kinesis`.
pub(crate) fn cheapest_ranges(ranges: &[RateRange]) -> String {
    let last = ranges.len().saturating_sub(1);
    let parts = ranges.iter().enumerate().map(|(place, range)| {
        let rates = match place {
            _ if last == 0 => "at every rate".to_owned(),
            0 => format!("below {}/s", count(range.to)),
            place if place == last => format!("above {}/s", count(range.from)),
            _ => format!("from {}/s to {}/s", count(range.from), count(range.to)),
        };
        let alike = match range.alike.as_slice() {
            [] => String::new(),
            alike => {
                let names: Vec<String> = alike.iter().map(|t| format!("`{t}`")).collect();
                format!(" (less than a cent more: {})", names.join(", "))
            }
        };
        format!("{rates}: **`{}`**{alike}", range.cheapest)
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// What a million messages of every cell cost, A and B apart, and with the hours at some rates.
pub(super) fn cost(context: &Context<'_>) -> String {
    let experiment = context.experiment;
    let columns = CellColumns::of(experiment);
    let mut header = columns.header(&[
        "A: requests",
        "A: while its call lasts",
        "service",
        "B: requests",
        "B: compute",
        "sum",
        "an hour",
    ]);
    header.extend(RATES.map(|rate| format!("at {}/s", count(rate))));
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .filter_map(|cell| {
            let cost = cell_cost(cell, context.prices)?;
            let figures = [
                cost.sender_requests,
                cost.sender_waiting,
                cost.transport,
                cost.receiver_requests,
                cost.receiver_compute,
                cost.per_million(),
            ];
            let hour = cost.hourly.map_or("–".to_owned(), |hourly| {
                let unit = if hourly.rate_per_unit.is_some() { "shard" } else { "stream" };
                format!("{} a {unit}", usd(hourly.usd_per_unit))
            });
            let mut row = columns.of_cell(cell);
            row.extend(figures.map(usd));
            row.push(hour);
            row.extend(RATES.map(|rate| usd(cost.at(rate))));
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return NO_LINES.to_owned();
    }
    format!("{}\n{}", table("Cost of a million messages", &header, rows), note(context))
}

/// What a million messages cost as a function of the rate, and which transport is the cheapest at
/// which rate.
pub(super) fn by_rate(context: &Context<'_>) -> String {
    let cells = baseline_costs(context.experiment, context.prices);
    let costs: Vec<_> = cells.iter().map(|(cell, cost)| (cell.plan.transport, *cost)).collect();
    if costs.is_empty() {
        return NO_LINES.to_owned();
    }
    let mut header: Vec<String> =
        ["transport", "cell", "a million messages at r a second"].map(str::to_owned).to_vec();
    header.extend(RATES.map(|rate| format!("at {}/s", count(rate))));
    header.push("break-even".to_owned());
    let rows = cells.iter().map(|(cell, cost)| {
        let plan = &cell.plan;
        let evens = costs.iter().flat_map(|(other, theirs)| {
            break_evens(cost, theirs)
                .into_iter()
                .map(move |rate| format!("`{other}` at {}/s", count(rate)))
        });
        let evens: Vec<String> = evens.collect();
        let mut row = vec![plan.transport.to_string(), plan.cell.to_string(), cost_formula(cost)];
        row.extend(RATES.map(|rate| usd(cost.at(rate))));
        row.push(if evens.is_empty() { "–".to_owned() } else { evens.join(", ") });
        row
    });
    format!(
        "The cheapest, {}, up to {}/s.\n\n{}\n{}",
        cheapest_ranges(&cheapest_by_rate(&costs)),
        count(HIGHEST_RATE),
        table("Cost by rate", &header, rows.collect()),
        BY_RATE
    )
}

const BY_RATE: &str = "A million messages at r a second cost `v + h k / r`: v for the messages, h \
    an hour (of a stream: as many shards as the rate needs, ⌈ ⌉ rounds up), and k = 10⁶ / 3600, for \
    so many hours a million messages take at one a second. Two transports break even at \
    `r = k (h₁ − h₂) / (v₂ − v₁)`. What B costs is that of the batches measured: at lower rates \
    batches hold fewer messages, up to an invocation of B for each, which makes a stream or a queue \
    dearer there and its break-even higher. Not counted: receives of an idle queue, which its \
    mapping's five pollers make whether messages come or not (about 0.65 million a month, each \
    waiting for 20 s: 26 cents).\n";

/// Where the figures are from.
fn note(context: &Context<'_>) -> String {
    let prices = context.prices;
    let whose = if context.place == "aws" {
        String::new()
    } else {
        format!(
            " The durations are those of this machine ({}), not of AWS: what carries over is which \
             part grows with what.",
            escape(context.place)
        )
    };
    format!(
        "US dollars for a million messages by the list prices of {} as of {}, without free tier, \
         data transfer and logs: requests, memory times billed duration (from the REPORT lines), \
         and the service's own price. *Sum* is what does not follow the rate; hours of a stream, \
         with as many shards as a rate needs, come on top of it and are shared by the messages of \
         an hour. An idle A and its schedule are not in it, nor receives of an idle queue.{whose}\n",
        escape(&prices.region),
        escape(&prices.as_of)
    )
}

/// What A's waiting costs: its compute time beyond that at the shortest duration of B.
pub(super) fn waiting(context: &Context<'_>) -> String {
    let experiment = context.experiment;
    let shortest = experiment.shortest();
    let idle = |plan: &CellPlan| -> Option<&CellFigures> {
        let like =
            |plan: &CellPlan| CellPlan { cell: 0, receiver_ms: 0, messages: 0, ..plan.clone() };
        experiment.find(|other| other.receiver_ms == shortest && like(other) == like(plan))
    };
    let columns = CellColumns::of(experiment);
    let header =
        columns.header(&["A: while its call lasts", "of it for waiting", "B: compute", "sum"]);
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .filter(|cell| cell.plan.receiver_ms != shortest)
        .filter_map(|cell| {
            let cost = cell_cost(cell, context.prices)?;
            let waiting = for_waiting(context, cell, idle(&cell.plan)?)?;
            let mut row = columns.of_cell(cell);
            let (call, compute) = (usd(cost.sender_waiting), usd(cost.receiver_compute));
            row.extend([call, waiting, compute, usd(cost.per_million())]);
            Some(row)
        })
        .collect();
    if !experiment.axes().contains(&CellAxis::Receiver) {
        return "B's duration is the same everywhere.\n".to_owned();
    }
    if rows.is_empty() {
        return NO_LINES.to_owned();
    }
    format!(
        "{}\n*None seen*: the 95 % interval of the difference of the mean calls encloses zero; behind \
         it half of that interval. {}",
        table("What waiting costs", &header, rows),
        note(context)
    )
}

/// What a cell's A is paid for while it waits: the difference of the mean calls.
fn for_waiting(context: &Context<'_>, busy: &CellFigures, idle: &CellFigures) -> Option<String> {
    let difference = context.experiment.contrast(
        Statistic::Mean,
        Measure::Operation,
        Some(busy),
        Some(idle),
        |busy, idle| busy - idle,
    )?;
    let plan = &busy.plan;
    let cost =
        |ns: f64| compute_per_million(ns / 1e6, plan.memory_mb, plan.architecture, context.prices);
    Some(match difference.interval {
        Some((low, _)) if low > 0.0 => usd(cost(difference.value)),
        Some((low, high)) => format!("none seen (±{})", fine_usd(cost((high - low) / 2.0))),
        None if difference.value > 0.0 => usd(cost(difference.value)),
        None => "none seen (no interval: one round)".to_owned(),
    })
}

/// Dollars with digits enough that what is something does not read as nothing.
fn fine_usd(value: f64) -> String {
    if value < 0.000_5 { format!("${value:.6}") } else { usd(value) }
}
