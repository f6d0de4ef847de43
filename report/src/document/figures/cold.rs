//! Fresh execution environments against warm ones.

use store::{CellPlan, Side};
use wire::Transport;

use super::measured;
use crate::analysis::{Experiment, Measure};
use crate::charts::{Axis, Chart, ChartError, Cold, ColdRow, ColdSide, Heading, Measured, Unit};

/// Medians of fresh and warm environments, sender and receiver apart.
pub(super) fn cold(experiment: &Experiment<'_>, name: String) -> Result<Option<Chart>, ChartError> {
    let median = |transport: Transport, side: Option<Side>, measure| -> Option<Measured> {
        let cell = experiment
            .find(|plan: &CellPlan| plan.transport == transport && plan.fresh_side == side)?;
        Some(measured(&cell.measure(measure)?.summary.median))
    };
    let side = |title: &str, side, measure| ColdSide {
        title: title.to_owned(),
        rows: experiment
            .transports()
            .into_iter()
            .map(|transport| ColdRow {
                transport,
                warm: median(transport, None, measure),
                fresh: median(transport, Some(side), measure),
            })
            .collect(),
    };
    crate::charts::cold(&Cold {
        heading: Heading::new(
            name,
            "Fresh environments against warm ones",
            "medians with 95 % intervals, sender and receiver apart",
        ),
        axis: Axis::log("duration, median", Unit::Duration),
        sides: vec![
            side("A fresh: operation duration of its first call", Side::Sender, Measure::Operation),
            side("B fresh: handoff to its first invocation", Side::Receiver, Measure::Handoff),
        ],
    })
}
