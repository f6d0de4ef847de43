//! What a million messages cost over the rate at which they come.

use crate::analysis::{HIGHEST_RATE, baseline_costs, bytes, cheapest_by_rate};
use crate::charts::{
    Axis, Chart, ChartError, Course, Dash, Dot, Heading, Lines, Panel, Reference, Series, Spread,
    Unit, lines,
};
use crate::document::count;
use crate::document::pieces::Context;

/// The lowest rate shown, messages a second.
const LOWEST_RATE: f64 = 0.1;
/// Points a decade: enough that a line between two of them is the curve.
const POINTS: f64 = 4.0;

/// The rates of a line's points: its ends, and between them others than those of the other lines, so
/// that of two lines that cost the same both have markers to be seen.
fn rates(place: usize, lines: usize) -> Vec<f64> {
    let steps = (POINTS * (HIGHEST_RATE / LOWEST_RATE).log10()).round();
    #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
    let first = place as f64 / lines as f64;
    let mut exponents = vec![0.0];
    exponents.extend((0..).map(|step| first + f64::from(step)).take_while(|at| *at < steps));
    exponents.push(steps);
    exponents.dedup();
    exponents.into_iter().map(|step| LOWEST_RATE * 10f64.powf(step / POINTS)).collect()
}

/// The cost of a million messages over the rate, with the rates at which another transport becomes
/// the cheapest.
pub(super) fn over_rate(context: &Context<'_>, name: String) -> Result<Option<Chart>, ChartError> {
    let cells = baseline_costs(context.experiment, context.prices);
    let costs: Vec<_> = cells.iter().map(|(cell, cost)| (cell.plan.transport, *cost)).collect();
    let series = costs.iter().enumerate().map(|(place, (transport, cost))| Series {
        transport: *transport,
        label: transport.name().to_owned(),
        dash: Dash::Solid,
        dots: rates(place, costs.len())
            .into_iter()
            .map(|rate| Dot::new(rate, cost.at(rate), None))
            .collect(),
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
    let payload = cells.iter().map(|(cell, _)| cell.plan.payload_bytes).max().unwrap_or(0);
    lines(&Lines {
        heading: Heading::new(
            name,
            "What a million messages cost, over the rate at which they come",
            format!(
                "list prices of {}, {} · receiver {receiver_ms} ms, payload {} · a stream has \
                 as many shards as the rate needs{whose}",
                context.prices.region,
                context.prices.as_of,
                bytes(payload.into())
            ),
        ),
        x: Axis::log("messages a second", Unit::Rate),
        y: Axis::log("US dollars for a million messages", Unit::Dollars),
        spread: Spread::Bars,
        panels: vec![panel],
    })
}
