//! Two cells against each other.

use super::statistics::{ClusterPairs, Estimate, Resampling, cliffs_delta, hodges_lehmann};
use super::{MeasureFigures, Statistic};

/// A function of a statistic of two cells, such as the difference or the ratio of their medians,
/// with its interval. Both cells' replicates must come from draws that belong together: those of
/// one experiment, or independent ones of two runs.
#[must_use]
pub fn contrast(
    resampling: &Resampling,
    statistic: Statistic,
    one: &MeasureFigures,
    other: &MeasureFigures,
    function: impl Fn(f64, f64) -> f64,
) -> Option<Estimate> {
    let (value, replicates) = one.statistic(statistic)?;
    let (other_value, other_replicates) = other.statistic(statistic)?;
    let pairs = replicates.iter().zip(other_replicates);
    let replicates: Vec<f64> = pairs.map(|(one, other)| function(*one, *other)).collect();
    let n = one.summary.n + other.summary.n;
    Some(resampling.estimate(function(value, other_value), &replicates, n))
}

/// By how much one sample lies above another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The Hodges–Lehmann shift: the median difference of a message of one to a message of the
    /// other; nanoseconds.
    pub hodges_lehmann: Estimate,
    /// Cliff's delta: how often a message of one is slower than one of the other, less how often it
    /// is faster.
    pub cliffs_delta: Estimate,
}

/// The shift of `one` above `other`, from their kept order statistics: exact where these are all of
/// the sample. The intervals are those of the bootstrap over rounds, from the values that stand for
/// each round. `draws` are one's, `other_draws` the other's: the same for two cells of an
/// experiment, independent ones for two runs.
#[must_use]
pub fn shift(
    one: &MeasureFigures,
    other: &MeasureFigures,
    draws: &Resampling,
    other_draws: &Resampling,
) -> Option<Shift> {
    let (values, other_values) = (one.order.values(), other.order.values());
    let n = one.summary.n + other.summary.n;
    let pairs = ClusterPairs::new(&one.round_values(), &other.round_values());
    let replicates = |statistic: fn(&ClusterPairs, &[u32], &[u32]) -> f64| -> Vec<f64> {
        let both = draws.draws().zip(other_draws.draws());
        both.map(|(drawn, other)| statistic(&pairs, drawn, other)).collect()
    };
    let estimate = |value: f64, replicates: &[f64]| {
        if other_draws.rounds() < 2 {
            return Estimate { value, interval: None, n };
        }
        draws.estimate(value, replicates, n)
    };
    Some(Shift {
        hodges_lehmann: estimate(
            hodges_lehmann(values, other_values)?,
            &replicates(ClusterPairs::shift),
        ),
        cliffs_delta: estimate(
            cliffs_delta(values, other_values)?,
            &replicates(ClusterPairs::delta),
        ),
    })
}
