//! One measure per transport and receiver duration: median with interval, and the spread.

use wire::Transport;

use super::distributions::{Distribution, DistributionGroup, Distributions, distributions};
use super::input::{Axis, Heading, Measured};
use super::units::Unit;
use super::{Chart, ChartError};
use crate::analysis::{Baseline, Measure};

/// A measure of every baseline cell on a logarithmic axis; none without values.
///
/// # Errors
/// When it cannot be drawn.
pub fn intervals(
    baseline: &Baseline<'_>,
    measure: Measure,
    name: &str,
    title: &str,
) -> Result<Option<Chart>, ChartError> {
    let shortest = baseline.shortest();
    let row = |transport: Transport, receiver_ms: u32| {
        let summary = baseline.summary(baseline.cell(transport, receiver_ms)?, measure)?;
        Some(Distribution {
            transport,
            label: transport.name().to_owned(),
            hollow: receiver_ms != shortest,
            median: Measured::new(summary.median.value, summary.median.interval),
            p10: summary.at(0.10),
            p90: summary.at(0.90),
            p99: summary.at(0.99),
        })
    };
    let groups = baseline
        .receiver_durations()
        .into_iter()
        .map(|receiver_ms| DistributionGroup {
            title: format!("receiver {receiver_ms} ms"),
            rows: Transport::ALL.into_iter().filter_map(|t| row(t, receiver_ms)).collect(),
        })
        .collect();
    distributions(&Distributions {
        heading: Heading::new(name, title, "per transport and receiver duration"),
        axis: Axis::log(measure.name(), Unit::Duration),
        groups,
    })
}
