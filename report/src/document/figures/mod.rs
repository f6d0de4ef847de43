//! The figures that a notebook may ask for: an experiment's cells as a chart takes them.

mod baseline;
mod cold;
mod concurrency;
mod cost;
mod headline;
mod kinesis;
mod payload;
mod published;
mod receiver;

pub(crate) use headline::headline;
pub(crate) use published::published;

use super::pieces::Context;
use crate::analysis::{CellFigures, Estimate, Measure};
use crate::charts::{Chart, ChartError, Dot, Measured};

/// The names of all figures.
pub(crate) const NAMES: [&str; 16] = [
    "cold",
    "concurrency-handoff",
    "cost",
    "handoff",
    "handoff-distribution",
    "heat-map",
    "kinesis-handoff",
    "kinesis-tuning",
    "open-loop",
    "operation-duration",
    "payload-handoff",
    "payload-operation",
    "receiver-handoff",
    "receiver-slope",
    "stages",
    "throughput",
];

/// The measures that a figure shows, of those that leave cold starts out.
pub(crate) fn measures(name: &str) -> &'static [Measure] {
    match name {
        // Cold starts are what it shows.
        "cold" | "cost" => &[],
        "operation-duration" | "payload-operation" | "receiver-slope" => &[Measure::Operation],
        "stages" => &Measure::STAGES,
        "open-loop" => &[Measure::Operation, Measure::Handoff],
        _ => &[Measure::Handoff],
    }
}

/// A figure by its name, under the name that its files get; none of another name.
pub(crate) fn figure(
    name: &str,
    context: &Context<'_>,
) -> Option<Result<Option<Chart>, ChartError>> {
    let experiment = context.experiment;
    let file = context.file_name(name);
    Some(match name {
        "cold" => cold::cold(experiment, file),
        "concurrency-handoff" => concurrency::handoff(experiment, file),
        "cost" => cost::over_rate(context, file),
        "handoff" => {
            let title = "Handoff: from A's call to B's handler";
            baseline::measure(experiment, Measure::Handoff, file, title)
        }
        "handoff-distribution" => baseline::distribution(experiment, file),
        "heat-map" => concurrency::heat_map(experiment, file),
        "kinesis-handoff" => {
            let interval = super::poll_interval_ns(&context.run.manifest);
            kinesis::polls(experiment, file, interval)
        }
        "kinesis-tuning" => kinesis::tuning(experiment, file),
        "open-loop" => concurrency::open_loop(experiment, file),
        "operation-duration" => {
            let title = "Operation duration: how long A's call takes";
            baseline::measure(experiment, Measure::Operation, file, title)
        }
        "payload-handoff" => payload::over_payload(experiment, Measure::Handoff, file),
        "payload-operation" => payload::over_payload(experiment, Measure::Operation, file),
        "receiver-handoff" => receiver::handoff(experiment, file),
        "receiver-slope" => receiver::slope(experiment, file),
        "stages" => baseline::stages(experiment, file),
        "throughput" => concurrency::throughput(experiment, file),
        _ => return None,
    })
}

const fn measured(found: &Estimate) -> Measured {
    Measured::new(found.value, found.interval)
}

/// Says where Kinesis records are pushed: what is polled takes another time.
fn pushed(experiment: &crate::analysis::Experiment<'_>) -> &'static str {
    let is_pushed =
        |plan: &store::CellPlan| plan.mapping.as_ref().is_some_and(store::MappingPlan::is_pushed);
    match experiment.find(is_pushed) {
        Some(_) => " · Kinesis records are pushed, not polled",
        None => "",
    }
}

/// The median of a measure of a cell, at a place of the x axis.
fn median_at(x: f64, cell: &CellFigures, measure: Measure) -> Option<Dot> {
    let median = cell.measure(measure)?.summary.median;
    Some(Dot::new(x, median.value, median.interval))
}
