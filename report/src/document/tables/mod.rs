//! The tables that a notebook may ask for: some of every experiment, with a column for each axis
//! that it varies, and some of one.

mod claims;
mod cold;
mod columns;
mod concurrency;
mod cost;
mod figures;
mod kinesis;
mod left_out;
mod outcomes;
mod payload;
mod shifts;
mod slopes;
mod steady_state;

pub(crate) use claims::{claims, threshold_and_figure};
pub(crate) use columns::label;
pub(crate) use cost::{cheapest_ranges, cost_formula};
pub(crate) use left_out::with_left_out;

use super::pieces::Context;
use crate::analysis::{Experiment, Measure};

/// The names of all tables.
pub(crate) const NAMES: [&str; 18] = [
    "claims",
    "cold-starts",
    "cost",
    "cost-by-rate",
    "figures",
    "init",
    "limits",
    "outcomes",
    "poll-share",
    "probes",
    "rates",
    "shifts",
    "slopes",
    "stages",
    "steady-state",
    "sustained",
    "waiting",
    "waiting-cost",
];

/// A table by its name.
pub(crate) fn table(name: &str, context: &Context<'_>) -> Option<String> {
    let experiment = context.experiment;
    Some(match name {
        "claims" => claims::of_experiment(context),
        "cold-starts" => cold::starts(experiment),
        "cost" => beside(cost::cost(context), experiment, &[Measure::Operation]),
        "cost-by-rate" => cost::by_rate(context),
        "figures" => figures::figures(experiment),
        "init" => cold::init(experiment),
        "limits" => outcomes::limits(experiment),
        "outcomes" => outcomes::outcomes(experiment),
        "poll-share" => beside(kinesis::poll_share(experiment), experiment, &[Measure::Handoff]),
        "probes" => payload::probes(experiment),
        "rates" => outcomes::rates(experiment),
        "shifts" => beside(shifts::shifts(experiment), experiment, &[Measure::Handoff]),
        "slopes" => {
            let measures = [Measure::Operation, Measure::Handoff];
            beside(slopes::slopes(experiment), experiment, &measures)
        }
        "stages" => beside(figures::stages(experiment), experiment, &Measure::STAGES),
        "steady-state" => steady_state::steady_state(experiment),
        "sustained" => concurrency::sustained(experiment),
        "waiting" => beside(slopes::waiting(experiment), experiment, &[Measure::Operation]),
        "waiting-cost" => beside(cost::waiting(context), experiment, &[Measure::Operation]),
        _ => return None,
    })
}

/// A table with the medians that it leaves cold starts out of.
fn beside(table: String, experiment: &Experiment<'_>, measures: &[Measure]) -> String {
    match with_left_out(experiment, measures) {
        note if note.is_empty() => table,
        note => format!("{}\n\n{note}", table.trim_end()),
    }
}
