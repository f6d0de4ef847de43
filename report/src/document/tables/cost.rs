//! What messages cost.

use store::CellPlan;

use super::columns::{CellColumns, table};
use crate::analysis::{CellAxis, CellFigures, Cost, cell_cost};
use crate::document::markdown::escape;
use crate::document::numbers::usd;
use crate::document::pieces::Context;

/// What a million messages of every cell cost, A and B apart.
pub(super) fn cost(context: &Context<'_>) -> String {
    let experiment = context.experiment;
    let columns = CellColumns::of(experiment);
    let header = columns.header(&[
        "A: requests",
        "A: while its call lasts",
        "service",
        "B: requests",
        "B: compute",
        "all",
    ]);
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
                cost.total(),
            ];
            Some(columns.of_cell(cell).into_iter().chain(figures.map(usd)).collect())
        })
        .collect();
    if rows.is_empty() {
        return NO_LINES.to_owned();
    }
    format!("{}\n{}", table("Cost of a million messages", &header, rows), note(context))
}

const NO_LINES: &str = "No REPORT line was read, so no billed duration is known.\n";

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
         and the service's own price, for Kinesis with the hours of its shards at the rate \
         measured. An idle A and its schedule are not in it.{whose}\n",
        escape(&prices.region),
        escape(&prices.as_of)
    )
}

/// What A's waiting costs: its compute time beyond that at the shortest duration of B.
pub(super) fn waiting(context: &Context<'_>) -> String {
    let experiment = context.experiment;
    let shortest = experiment.shortest();
    let cost = |cell: &CellFigures| cell_cost(cell, context.prices);
    let idle = |plan: &CellPlan| -> Option<Cost> {
        let like =
            |plan: &CellPlan| CellPlan { cell: 0, receiver_ms: 0, messages: 0, ..plan.clone() };
        cost(experiment.find(|other| other.receiver_ms == shortest && like(other) == like(plan))?)
    };
    let columns = CellColumns::of(experiment);
    let header =
        columns.header(&["A: while its call lasts", "of it for waiting", "B: compute", "all"]);
    let rows: Vec<Vec<String>> = experiment
        .measured()
        .filter(|cell| cell.plan.receiver_ms != shortest)
        .filter_map(|cell| {
            let (busy, idle) = (cost(cell)?, idle(&cell.plan)?);
            let waiting = busy.sender_waiting - idle.sender_waiting;
            let figures =
                [busy.sender_waiting, waiting, busy.receiver_compute, busy.total()].map(usd);
            Some(columns.of_cell(cell).into_iter().chain(figures).collect())
        })
        .collect();
    if !experiment.axes().contains(&CellAxis::Receiver) {
        return "B's duration is the same everywhere.\n".to_owned();
    }
    if rows.is_empty() {
        return NO_LINES.to_owned();
    }
    format!("{}\n{}", table("What waiting costs", &header, rows), note(context))
}
