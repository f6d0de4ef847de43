//! Figures of one load: distributions, and where the time goes.

use wire::Transport;

use super::measured;
use crate::analysis::{CellFigures, Experiment, Measure};
use crate::charts::{
    Axis, Chart, ChartError, Distribution, DistributionGroup, Distributions, Heading, Shares,
    Sorted, StageRow, Stages, Unit, distributions, shares, stages as draw_stages,
};

/// A measure of every cell on a logarithmic axis.
pub(super) fn measure(
    experiment: &Experiment<'_>,
    measure: Measure,
    name: String,
    title: &str,
) -> Result<Option<Chart>, ChartError> {
    let axes = experiment.axes();
    let words = |cell: &CellFigures| {
        axes.iter().map(|axis| axis.words(&cell.plan)).collect::<Vec<_>>().join(", ")
    };
    let mut groups: Vec<DistributionGroup> = Vec::new();
    let mut first = None;
    for cell in experiment.measured() {
        let Some(found) = cell.measure(measure) else { continue };
        let title = words(cell);
        let reference = first.get_or_insert_with(|| title.clone()).clone();
        let summary = &found.summary;
        let row = Distribution {
            transport: cell.plan.transport,
            label: cell.plan.transport.name().to_owned(),
            hollow: title != reference,
            median: measured(&summary.median),
            p10: summary.at(0.10),
            p90: summary.at(0.90),
            p99: summary.at(0.99),
        };
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.rows.push(row),
            None => groups.push(DistributionGroup { title, rows: vec![row] }),
        }
    }
    let names: Vec<&str> = axes.iter().map(|axis| axis.name()).collect();
    let by = match names.as_slice() {
        [] => "per transport".to_owned(),
        ["receiver"] => "per transport and receiver duration".to_owned(),
        names => format!("per transport and {}", names.join(", ")),
    };
    distributions(&Distributions {
        heading: Heading::new(name, title, by),
        axis: Axis::log(measure.name(), Unit::Duration),
        groups,
    })
}

/// The cumulative distribution of the handoff at the shortest receiver duration.
pub(super) fn distribution(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let receiver_ms = experiment.shortest();
    let samples = experiment.transports().into_iter().filter_map(|transport| {
        let figures = experiment.cell(transport, receiver_ms)?.measure(Measure::Handoff)?;
        let label = transport.name().to_owned();
        Some(Sorted { transport, label, values: figures.order.values() })
    });
    shares(&Shares {
        heading: Heading::new(
            name,
            "Handoff: cumulative distribution",
            format!(
                "share of messages handed over within a time, receiver {receiver_ms} ms · \
                 marker: median"
            ),
        ),
        axis: Axis::log("handoff", Unit::Duration),
        samples: samples.collect(),
    })
}

/// A service's stamp is of a whole millisecond: what is not a few of these after A's call says
/// nothing of when the service had the message.
const STAMP_FROM_NS: f64 = 3e6;

/// Where a message's time goes at the shortest receiver duration: medians of each transport.
pub(super) fn stages(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let receiver_ms = experiment.shortest();
    let row = |transport: Transport| {
        let cell = experiment.cell(transport, receiver_ms)?;
        let median = |measure| Some(cell.measure(measure)?.summary.median.value);
        Some(StageRow {
            transport,
            call: median(Measure::Operation),
            stamp: median(Measure::Service).filter(|ns| *ns >= STAMP_FROM_NS),
            handoff: median(Measure::Handoff),
            receiver: median(Measure::Receiver),
            way_back: median(Measure::WayBack),
        })
    };
    draw_stages(&Stages {
        heading: Heading::new(
            name,
            "Where a message's time goes",
            format!(
                "medians on one axis, receiver {receiver_ms} ms · upper track: A's call; lower \
                 track: the message · both begin at 0, which a logarithm does not have"
            ),
        ),
        rows: experiment.transports().into_iter().filter_map(row).collect(),
    })
}
