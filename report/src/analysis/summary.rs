//! The figures of one measure in one cell.

use super::{LEVELS, Resampling, Sample, carried, percentile};

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its interval, where the rounds allow one.
    pub interval: Option<(f64, f64)>,
    /// How many messages it rests on.
    pub n: usize,
}

/// The figures of one measure in one cell, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How many messages.
    pub n: usize,
    /// The median with its interval.
    pub median: Estimate,
    /// The mean with its interval.
    pub mean: Estimate,
    /// Each of [`LEVELS`], where the sample carries it.
    pub percentiles: [Option<f64>; LEVELS.len()],
}

impl Summary {
    /// Summarises a sample, where it has values.
    #[must_use]
    pub fn of(sample: &Sample, resampling: &Resampling) -> Option<Self> {
        let shown =
            |p: f64| carried(sample.len(), p).then(|| percentile(sample.values(), p)).flatten();
        Some(Self {
            n: sample.len(),
            median: resampling.median(sample)?,
            mean: resampling.mean(sample)?,
            percentiles: LEVELS.map(shown),
        })
    }

    /// A percentile of [`LEVELS`], where the sample carries it.
    #[must_use]
    pub fn at(&self, level: f64) -> Option<f64> {
        let place = LEVELS.iter().position(|p| (p - level).abs() < 1e-9)?;
        self.percentiles[place]
    }
}
