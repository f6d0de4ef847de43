//! Figures over the size of the payload.

use super::{median_at, pushed};
use crate::analysis::{Experiment, Measure, bytes};
use crate::charts::{
    Axis, Chart, ChartError, Dash, Heading, Limit, Lines, Panel, Series, Spread, Unit, lines,
};

/// The median of a measure over the payload, with the limits of the services.
pub(super) fn over_payload(
    experiment: &Experiment<'_>,
    measure: Measure,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let mut series = Vec::new();
    let mut limits: Vec<Limit> = Vec::new();
    for transport in experiment.transports() {
        for raised in [false, true] {
            let of = || {
                let cells = experiment.cells().iter().copied();
                cells.filter(move |cell| {
                    cell.plan.transport == transport && cell.plan.limit_raised == raised
                })
            };
            let dots: Vec<_> = of()
                .filter(|cell| cell.plan.limit.is_none() && !cell.plan.probe)
                .filter_map(|cell| median_at(f64::from(cell.plan.payload_bytes), cell, measure))
                .collect();
            if !dots.is_empty() {
                let (dash, words) =
                    if raised { (Dash::Dashed, ", limit raised") } else { (Dash::Solid, "") };
                series.push(Series { transport, label: format!("{transport}{words}"), dash, dots });
            }
            let bound = of().filter_map(|cell| cell.plan.limit.as_ref()).map(|limit| limit.bytes);
            #[expect(clippy::cast_precision_loss, reason = "a limit is far below 2^53 bytes")]
            limits.extend(bound.max().map(|at| Limit {
                transport,
                at: at as f64,
                label: if raised { "raised limit" } else { "limit" }.to_owned(),
            }));
        }
    }
    let sizes = experiment.values(|plan| plan.payload_bytes);
    let ends = sizes.first().zip(sizes.last());
    let range = ends.map_or(String::new(), |(least, most)| {
        format!(" · {} to {}", bytes((*least).into()), bytes((*most).into()))
    });
    let pushed = pushed(experiment);
    let what = match measure {
        Measure::Operation => "Operation duration over payload size",
        _ => "Handoff over payload size",
    };
    lines(&Lines {
        heading: Heading::new(
            name,
            what,
            format!("medians with their 95 % intervals{range}{pushed}"),
        ),
        x: Axis::log("payload", Unit::Bytes).with_ticks(sizes.iter().map(|size| f64::from(*size))),
        y: Axis::log(format!("{}, median", measure.name()), Unit::Duration),
        spread: Spread::Bands,
        panels: vec![Panel { series, limits, ..Panel::default() }],
    })
}
