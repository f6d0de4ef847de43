//! Figures over the number of senders, and over the rate.

use store::Arrival;
use wire::Transport;

use super::{measured, median_at, pushed};
use crate::analysis::{CellFigures, CellRound, Experiment, Measure, bytes};
use crate::charts::{
    Axis, Chart, ChartError, Dash, Dot, Heading, HeatCell, HeatMap, HeatPanel, Lines, OpenLoop,
    OpenLoopArm, Panel, RatePoint, Series, Spread, Unit, heat_map as draw_heat_map, lines,
    open_loop as draw_open_loop,
};

/// The cells of a closed loop.
fn closed<'a>(experiment: &Experiment<'a>) -> Vec<&'a CellFigures> {
    experiment.measured().filter(|cell| cell.plan.arrival == Arrival::Closed).collect()
}

fn distinct<T: Ord>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// The median handoff over the number of senders, a panel per payload.
pub(super) fn handoff(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let dot =
        |cell: &CellFigures| median_at(f64::from(cell.plan.concurrency), cell, Measure::Handoff);
    over_senders(
        experiment,
        Heading::new(
            name,
            "Handoff over the number of senders",
            format!(
                "closed loop: each sender waits for its call, then sends again · medians with \
                 their 95 % intervals{}",
                pushed(experiment)
            ),
        ),
        Axis::log("handoff, median", Unit::Duration),
        dot,
    )
}

/// Messages a second over the number of senders, a panel per payload.
pub(super) fn throughput(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let dot = |cell: &CellFigures| {
        let rate = experiment.of_rounds(cell, CellRound::throughput_per_s)?;
        Some(Dot::new(f64::from(cell.plan.concurrency), rate.value, rate.interval))
    };
    over_senders(
        experiment,
        Heading::new(
            name,
            "Messages handed over a second, over the number of senders",
            format!(
                "closed loop: each sender waits for its call, then sends again · means of the \
                 rounds with their 95 % intervals{}",
                pushed(experiment)
            ),
        ),
        Axis::log("messages a second", Unit::Rate),
        dot,
    )
}

fn over_senders(
    experiment: &Experiment<'_>,
    heading: Heading,
    y: Axis,
    dot: impl Fn(&CellFigures) -> Option<Dot>,
) -> Result<Option<Chart>, ChartError> {
    let cells = closed(experiment);
    let payloads = distinct(cells.iter().map(|cell| cell.plan.payload_bytes));
    let senders = distinct(cells.iter().map(|cell| cell.plan.concurrency));
    let panel = |payload: u32| {
        let series = experiment.transports().into_iter().filter_map(|transport| {
            let of = cells.iter().filter(|cell| {
                cell.plan.transport == transport && cell.plan.payload_bytes == payload
            });
            let dots: Vec<Dot> = of.filter_map(|cell| dot(cell)).collect();
            let label = transport.name().to_owned();
            (!dots.is_empty()).then_some(Series { transport, label, dash: Dash::Solid, dots })
        });
        let title = if payloads.len() > 1 { bytes(payload.into()) } else { String::new() };
        Panel { title, series: series.collect(), ..Panel::default() }
    };
    lines(&Lines {
        heading,
        x: Axis::log("senders", Unit::Count).with_ticks(senders.into_iter().map(f64::from)),
        y,
        spread: Spread::Bands,
        panels: payloads.iter().map(|payload| panel(*payload)).collect(),
    })
}

/// The 99th percentile of the handoff over payload and senders, a panel per transport.
pub(super) fn heat_map(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let cells: Vec<&CellFigures> = experiment
        .cells()
        .iter()
        .copied()
        .filter(|cell| cell.plan.arrival == Arrival::Closed && !cell.plan.probe)
        .collect();
    let payloads = distinct(cells.iter().map(|cell| cell.plan.payload_bytes));
    let senders = distinct(cells.iter().map(|cell| cell.plan.concurrency));
    let value = |transport: Transport, payload: u32, senders: u32| {
        let cell = cells.iter().find(|cell| {
            let plan = &cell.plan;
            (plan.transport, plan.payload_bytes, plan.concurrency) == (transport, payload, senders)
        });
        match cell {
            Some(cell) if cell.plan.limit.is_some() => HeatCell::Limit,
            Some(cell) => cell
                .measure(Measure::Handoff)
                .and_then(|found| found.summary.at(0.99))
                .map_or(HeatCell::Missing, HeatCell::Value),
            None => HeatCell::Missing,
        }
    };
    let panels = experiment.transports().into_iter().map(|transport| HeatPanel {
        title: transport.name().to_owned(),
        rows: senders
            .iter()
            .map(|senders| payloads.iter().map(|p| value(transport, *p, *senders)).collect())
            .collect(),
    });
    let has_value =
        |panel: &HeatPanel| panel.rows.iter().flatten().any(|c| matches!(c, HeatCell::Value(_)));
    draw_heat_map(&HeatMap {
        heading: Heading::new(
            name,
            "99th percentile of the handoff over payload and senders",
            "closed loop · hatched: not measured, or too few messages for a 99th percentile",
        ),
        x: Axis::log("payload", Unit::Bytes).with_ticks(payloads.iter().map(|p| f64::from(*p))),
        y: Axis::log("senders", Unit::Count).with_ticks(senders.iter().map(|s| f64::from(*s))),
        value: Axis::log("handoff, p99", Unit::Duration),
        panels: panels.filter(has_value).collect(),
    })
}

/// Asked rate against that of the arrivals, and the response meanwhile.
pub(super) fn open_loop(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let mut arms = Vec::new();
    for arrival in [Arrival::Poisson, Arrival::Constant] {
        for transport in experiment.transports() {
            let of = experiment
                .measured()
                .filter(|cell| cell.plan.transport == transport && cell.plan.arrival == arrival);
            let mut points: Vec<RatePoint> =
                of.filter_map(|cell| rate_point(experiment, cell)).collect();
            points.sort_by(|a, b| a.asked.total_cmp(&b.asked));
            // What is a point for one arrival is a line for the other.
            if points.len() > 1 {
                let label = match arrival {
                    Arrival::Constant => format!("{transport}, constant"),
                    _ => transport.name().to_owned(),
                };
                arms.push(OpenLoopArm { transport, label, points });
            }
        }
    }
    draw_open_loop(&OpenLoop {
        heading: Heading::new(
            name,
            "Asked rate and what arrived, and the response meanwhile",
            "open loop: messages are due whatever became of the ones before; Poisson arrivals \
             where nothing else is said · response: from when a message was due",
        ),
        arms,
    })
}

fn rate_point(experiment: &Experiment<'_>, cell: &CellFigures) -> Option<RatePoint> {
    let rates = experiment.rates(cell)?;
    let response = cell.measure(Measure::Response).map(|found| &found.summary);
    let at = |p: f64| response.and_then(|summary| summary.at(p));
    Some(RatePoint {
        asked: rates.asked,
        arrived: measured(&rates.arrived?),
        falls_short: !rates.sustained.is_kept(),
        p50: response.map(|summary| summary.median.value),
        p90: at(0.9),
        p99: at(0.99),
    })
}
