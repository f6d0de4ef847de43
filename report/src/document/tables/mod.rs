//! The tables that a notebook may ask for: some of every experiment, with a column for each axis
//! that it varies, and some of one.

mod claims;
mod cold;
mod columns;
mod concurrency;
mod cost;
mod figures;
mod kinesis;
mod outcomes;
mod payload;
mod shifts;
mod slopes;
mod steady_state;

pub(crate) use claims::{claims, threshold_and_figure};
pub(crate) use columns::label;
pub(crate) use cost::{cheapest_ranges, cost_formula};

use super::pieces::Context;

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
        "cost" => cost::cost(context),
        "cost-by-rate" => cost::by_rate(context),
        "figures" => figures::figures(experiment),
        "init" => cold::init(experiment),
        "limits" => outcomes::limits(experiment),
        "outcomes" => outcomes::outcomes(experiment),
        "poll-share" => kinesis::poll_share(experiment),
        "probes" => payload::probes(experiment),
        "rates" => outcomes::rates(experiment),
        "shifts" => shifts::shifts(experiment),
        "slopes" => slopes::slopes(experiment),
        "stages" => figures::stages(experiment),
        "steady-state" => steady_state::steady_state(experiment),
        "sustained" => concurrency::sustained(experiment),
        "waiting" => slopes::waiting(experiment),
        "waiting-cost" => cost::waiting(context),
        _ => return None,
    })
}
