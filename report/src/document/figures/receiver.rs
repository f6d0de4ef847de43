//! Figures over B's duration.

use super::{measured, median_at, pushed};
use crate::analysis::statistics::theil_sen;
use crate::analysis::{CellFigures, Experiment, Measure};
use crate::charts::{
    Axis, Chart, ChartError, Dash, Fit, Heading, Lines, Panel, Series, Slopes, Spread, Unit, lines,
    slopes,
};
use wire::Transport;

fn receiver_ns(cell: &CellFigures) -> f64 {
    f64::from(cell.plan.receiver_ms) * 1e6
}

fn cells<'a>(experiment: &Experiment<'a>, transport: Transport) -> Vec<&'a CellFigures> {
    experiment.measured().filter(|cell| cell.plan.transport == transport).collect()
}

/// Operation duration against B's, with the slope.
pub(super) fn slope(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let fit = |transport: Transport| {
        let cells = cells(experiment, transport);
        let dots: Vec<_> = cells
            .iter()
            .filter_map(|cell| median_at(receiver_ns(cell), cell, Measure::Operation))
            .collect();
        let points: Vec<(f64, f64)> = dots.iter().map(|dot| (dot.x, dot.y.value)).collect();
        let slope = experiment.slope_over_receiver(transport, Measure::Operation);
        // The line goes through the middle of the points with the slope that the text states.
        let line = theil_sen(&points);
        let intercept = line.zip(slope).map_or(0.0, |(line, slope)| {
            let middle = |mut values: Vec<f64>| {
                values.sort_unstable_by(f64::total_cmp);
                crate::analysis::percentile(&values, 0.5).unwrap_or(line.intercept)
            };
            let rest = points.iter().map(|(x, y)| y - slope.value * x).collect();
            middle(rest)
        });
        Fit { transport, dots, intercept, slope: slope.as_ref().map(measured) }
    };
    slopes(&Slopes {
        heading: Heading::new(
            name,
            "Whether A waits: operation duration against B's duration",
            "medians with 95 % intervals; line and figure: Theil–Sen slope with its interval",
        ),
        x: Axis::linear("how long B works", Unit::Duration),
        y: Axis::linear("operation duration", Unit::Duration),
        fits: experiment.transports().into_iter().map(fit).collect(),
    })
}

/// Handoff over B's duration.
pub(super) fn handoff(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let series = |transport: Transport| {
        let cells = cells(experiment, transport);
        let dots =
            cells.iter().filter_map(|cell| median_at(receiver_ns(cell), cell, Measure::Handoff));
        Series {
            transport,
            label: transport.name().to_owned(),
            dash: Dash::Solid,
            dots: dots.collect(),
        }
    };
    let durations = experiment.values(|plan| plan.receiver_ms);
    let ticks = durations.into_iter().map(|ms| f64::from(ms) * 1e6);
    lines(&Lines {
        heading: Heading::new(
            name,
            "Handoff over B's duration",
            format!("medians with their 95 % intervals{}", pushed(experiment)),
        ),
        x: Axis::log("how long B works", Unit::Duration).with_ticks(ticks),
        y: Axis::log("handoff, median", Unit::Duration),
        spread: Spread::Bands,
        panels: vec![Panel {
            series: experiment.transports().into_iter().map(series).collect(),
            ..Panel::default()
        }],
    })
}
