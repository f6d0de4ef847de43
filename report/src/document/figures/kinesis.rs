//! Figures of the Kinesis poll and of what shortens it.

use store::CellPlan;
use wire::Transport;

use super::measured;
use crate::analysis::{CellAxis, CellFigures, Experiment, Measure};
use crate::charts::{
    Axis, Chart, ChartError, Distribution, DistributionGroup, Distributions, Heading, Histogram,
    Unit, distributions, histogram,
};

/// The histogram of Kinesis handoffs at the shortest receiver duration.
pub(super) fn polls(
    experiment: &Experiment<'_>,
    name: String,
    poll_interval_ns: Option<f64>,
) -> Result<Option<Chart>, ChartError> {
    let receiver_ms = experiment.shortest();
    let cell = experiment.cell(Transport::Kinesis, receiver_ms);
    let Some(figures) = cell.and_then(|cell| cell.measure(Measure::Handoff)) else {
        return Ok(None);
    };
    let polled = |plan: &CellPlan| {
        plan.mapping.as_ref().is_some_and(|mapping| mapping.enhanced_fan_out != Some(true))
    };
    let interval = poll_interval_ns.filter(|_| cell.is_some_and(|cell| polled(&cell.plan)));
    let dashed = match interval {
        Some(_) => " · dashed: what a wait for the next poll alone would make of them",
        None => "",
    };
    histogram(&Histogram {
        heading: Heading::new(
            name,
            "Kinesis: how long the handoff took",
            format!("{} messages, receiver {receiver_ms} ms{dashed}", figures.summary.n),
        ),
        transport: Transport::Kinesis,
        axis: "handoff".to_owned(),
        values: figures.order.values(),
        uniform_ns: interval,
    })
}

/// One setting changed at a time.
pub(super) fn tuning(
    experiment: &Experiment<'_>,
    name: String,
) -> Result<Option<Chart>, ChartError> {
    let axes = experiment.axes();
    let cells: Vec<&CellFigures> =
        experiment.measured().filter(|cell| cell.measure(Measure::Handoff).is_some()).collect();
    let mut groups = Vec::new();
    for axis in &axes {
        for group in one_changed(*axis, &axes, &cells) {
            let others = others(*axis, &axes, group[0], &cells);
            let title = match others.as_str() {
                "" => axis.name().to_owned(),
                others => format!("{} ({others})", axis.name()),
            };
            let rows = group.iter().filter_map(|cell| row(*axis, cell)).collect();
            groups.push(DistributionGroup { title, rows });
        }
    }
    distributions(&Distributions {
        heading: Heading::new(
            name,
            "Kinesis: one setting changed at a time",
            "handoff · within a group only that setting differs",
        ),
        axis: Axis::log("handoff", Unit::Duration),
        groups,
    })
}

fn row(axis: CellAxis, cell: &CellFigures) -> Option<Distribution> {
    let summary = &cell.measure(Measure::Handoff)?.summary;
    Some(Distribution {
        transport: cell.plan.transport,
        label: axis.value(&cell.plan),
        hollow: false,
        median: measured(&summary.median),
        p10: summary.at(0.10),
        p90: summary.at(0.90),
        p99: summary.at(0.99),
    })
}

/// The cells that differ in nothing but an axis, group by group, each of two or more.
fn one_changed<'a>(
    axis: CellAxis,
    axes: &[CellAxis],
    cells: &[&'a CellFigures],
) -> Vec<Vec<&'a CellFigures>> {
    let alike = |one: &CellPlan, other: &CellPlan| {
        one.transport == other.transport
            && axes.iter().filter(|a| **a != axis).all(|a| a.compare(one, other).is_eq())
    };
    let mut groups: Vec<Vec<&CellFigures>> = Vec::new();
    for cell in cells {
        match groups.iter_mut().find(|group| alike(&group[0].plan, &cell.plan)) {
            Some(group) => group.push(cell),
            None => groups.push(vec![cell]),
        }
    }
    groups.retain(|group| group.len() > 1);
    for group in &mut groups {
        group.sort_by(|a, b| axis.compare(&a.plan, &b.plan));
    }
    groups
}

/// The other settings of a group where they are not those of most cells.
fn others(axis: CellAxis, axes: &[CellAxis], cell: &CellFigures, cells: &[&CellFigures]) -> String {
    let unusual = |axis: &&CellAxis| {
        let same = cells.iter().filter(|other| axis.compare(&other.plan, &cell.plan).is_eq());
        same.count() * 2 < cells.len()
    };
    let unusual = axes.iter().filter(|other| **other != axis).filter(unusual);
    unusual.map(|axis| axis.words(&cell.plan)).collect::<Vec<_>>().join(", ")
}
