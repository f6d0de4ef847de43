//! What a million messages cost over the rate at which they come.

use crate::analysis::{HIGHEST_RATE, baseline_costs, cheapest_by_rate};
use crate::charts::{
    Axis, Chart, ChartError, Course, Dash, Dot, Heading, Lines, Panel, Reference, Series, Spread,
    Unit, lines,
};
use crate::document::count;
use crate::document::pieces::Context;

/// The lowest rate shown, messages a second.
const LOWEST_RATE: f64 = 0.1;
/// Points a decade: enough that a line between two of them is the curve.
const POINTS: i32 = 4;

/// The cost of a million messages over the rate, with the rates at which another transport becomes
/// the cheapest.
pub(super) fn over_rate(context: &Context<'_>, name: String) -> Result<Option<Chart>, ChartError> {
    let cells = baseline_costs(context.experiment, context.prices);
    let costs: Vec<_> = cells.iter().map(|(cell, cost)| (cell.plan.transport, *cost)).collect();
    let decades = (HIGHEST_RATE / LOWEST_RATE).log10().round();
    let rates = || {
        let steps = 0..=(f64::from(POINTS) * decades).round() as i32;
        steps.map(|step| LOWEST_RATE * 10f64.powf(f64::from(step) / f64::from(POINTS)))
    };
    let series = costs.iter().map(|(transport, cost)| Series {
        transport: *transport,
        label: transport.name().to_owned(),
        dash: Dash::Solid,
        dots: rates().map(|rate| Dot::new(rate, cost.at(rate), None)).collect(),
    });
    let series: Vec<Series> = series.collect();
    let ranges = cheapest_by_rate(&costs);
    let changes = ranges.windows(2).map(|pair| Reference {
        label: format!(
            "break-even of {} and {}: {}/s",
            pair[0].cheapest,
            pair[1].cheapest,
            count(pair[0].to)
        ),
        course: Course::At(pair[0].to),
    });
    let panel = Panel { series, references: changes.collect(), ..Panel::default() };
    let whose =
        if context.place == "aws" { "" } else { " · durations of this machine, not AWS's" };
    let receiver_ms = context.experiment.shortest();
    lines(&Lines {
        heading: Heading::new(
            name,
            "What a million messages cost, over the rate at which they come",
            format!(
                "list prices of {}, {} · receiver {receiver_ms} ms, smallest payload · a stream has \
                 as many shards as the rate needs{whose}",
                context.prices.region, context.prices.as_of
            ),
        ),
        x: Axis::log("messages a second", Unit::Rate),
        y: Axis::log("US dollars for a million messages", Unit::Dollars),
        spread: Spread::Bars,
        panels: vec![panel],
    })
}
