//! The figures of one measure in one cell.

use std::f64::consts::FRAC_PI_2;

use store::Spread;

use super::statistics::{
    ClusteredSample, Drift, Estimate, LEVELS, Resampling, RoundSample, RoundValues, carried, drift,
    percentile,
};

/// Order statistics that are kept of a sample, at most.
pub const KEPT: usize = 4096;

const MEDIAN: f64 = 0.5;
const TAIL: f64 = 0.99;

/// The figures of one measure in one cell, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How many messages.
    pub n: usize,
    /// The median with its interval.
    pub median: Estimate,
    /// The mean with its interval.
    pub mean: Estimate,
    /// Each of [`LEVELS`] with its interval, where the sample carries it.
    pub percentiles: [Option<Estimate>; LEVELS.len()],
    /// The 99th percentile over the median with its interval, where the sample carries it and the
    /// median is not 0: how heavy the tail is.
    pub tail_ratio: Option<Estimate>,
}

impl Summary {
    /// A percentile of [`LEVELS`], where the sample carries it.
    #[must_use]
    pub fn at(&self, level: f64) -> Option<f64> {
        self.estimate_at(level).map(|estimate| estimate.value)
    }

    /// A percentile of [`LEVELS`] with its interval, where the sample carries it.
    #[must_use]
    pub fn estimate_at(&self, level: f64) -> Option<Estimate> {
        self.percentiles[place_of(level)?]
    }
}

fn place_of(level: f64) -> Option<usize> {
    LEVELS.iter().position(|p| (p - level).abs() < 1e-9)
}

/// A statistic that two cells can be compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The median.
    Median,
    /// The arithmetic mean.
    Mean,
}

/// What the bootstrap made of a cell: one value for each replicate, by the draws that all cells of
/// the experiment share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replicates {
    /// Medians.
    pub median: Vec<f64>,
    /// Means.
    pub mean: Vec<f64>,
}

/// Exact order statistics of a sample: all of them, or [`KEPT`] evenly spaced in rank from the
/// smallest to the largest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderStatistics {
    /// How many values the sample has.
    pub n: usize,
    values: Vec<f64>,
}

impl OrderStatistics {
    /// Keeps them of a sample.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    pub fn of(sample: &ClusteredSample) -> Self {
        let n = sample.len();
        let kept = n.min(KEPT);
        // The first is the smallest and the last the largest; between them to the nearest rank.
        let steps = kept.saturating_sub(1).max(1);
        let rank = |i: usize| (i * n.saturating_sub(1) * 2 + steps) / (steps * 2);
        Self { n, values: (0..kept).map(|i| sample.value(rank(i)) as f64).collect() }
    }

    /// Those kept, in ascending order. Each stands for `n / values().len()` messages.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether they are all of the sample.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.values.len() == self.n
    }

    /// The smallest value.
    #[must_use]
    pub fn smallest(&self) -> Option<f64> {
        self.values.first().copied()
    }

    /// The largest value.
    #[must_use]
    pub fn largest(&self) -> Option<f64> {
        self.values.last().copied()
    }
}

/// One measure of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureFigures {
    /// The figures.
    pub summary: Summary,
    /// What the bootstrap made of them.
    pub replicates: Replicates,
    /// The distribution.
    pub order: OrderStatistics,
    /// Every round of the plan, also those without values.
    pub rounds: Vec<RoundSample>,
    /// Whether the rounds' medians drift, where there are rounds enough.
    pub drift: Option<Drift>,
}

impl MeasureFigures {
    /// The figures of a sample, where it has values. Median and mean have intervals; with
    /// `all_intervals` the other percentiles and the ratio have, too.
    #[must_use]
    pub fn of(
        sample: &ClusteredSample,
        resampling: &Resampling,
        all_intervals: bool,
    ) -> Option<Self> {
        let n = sample.len();
        let mean_value = sample.mean()?;
        let means = sample.mean_replicates(resampling);
        // The median is there whatever the sample carries.
        let wanted = LEVELS.map(|p| p == MEDIAN || (all_intervals && carried(n, p)));
        let levels: Vec<f64> =
            LEVELS.into_iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(p, _)| p).collect();
        let mut replicates = sample.quantile_replicates(resampling, &levels);
        let value = |p: f64| sample.quantile(p).unwrap_or(f64::NAN);
        let mut percentiles = [None; LEVELS.len()];
        for (place, p) in LEVELS.into_iter().enumerate().filter(|(_, p)| carried(n, *p)) {
            let drawn = levels.iter().position(|level| *level == p);
            let drawn = drawn.map_or(&[][..], |place| &replicates[place]);
            percentiles[place] = Some(resampling.estimate(value(p), drawn, n));
        }
        let mut of_level = |level: f64| {
            let place = levels.iter().position(|p| *p == level)?;
            Some((value(level), std::mem::take(&mut replicates[place])))
        };
        let (median_value, medians) = of_level(MEDIAN)?;
        let (p99_value, p99s) = of_level(TAIL).unwrap_or_default();
        let tail_ratio = (!p99s.is_empty() && median_value != 0.0).then(|| {
            let ratios: Vec<f64> = p99s.iter().zip(&medians).map(|(p99, p50)| p99 / p50).collect();
            resampling.estimate(p99_value / median_value, &ratios, n)
        });
        let summary = Summary {
            n,
            median: resampling.estimate(median_value, &medians, n),
            mean: resampling.estimate(mean_value, &means, n),
            percentiles,
            tail_ratio,
        };
        let rounds = sample.rounds();
        let medians_of_rounds: Vec<f64> = rounds.iter().filter_map(|round| round.median).collect();
        Some(Self {
            summary,
            replicates: Replicates { median: medians, mean: means },
            order: OrderStatistics::of(sample),
            drift: drift(&medians_of_rounds),
            rounds,
        })
    }

    /// A statistic with its replicates, where the sample carries it.
    #[must_use]
    pub fn statistic(&self, statistic: Statistic) -> Option<(f64, &[f64])> {
        match statistic {
            Statistic::Median => Some((self.summary.median.value, &self.replicates.median)),
            Statistic::Mean => Some((self.summary.mean.value, &self.replicates.mean)),
        }
    }

    /// The values of each round.
    #[must_use]
    pub fn round_values(&self) -> Vec<RoundValues> {
        self.rounds.iter().map(|round| round.values.clone()).collect()
    }

    /// How the measure spreads within and between rounds, for planning how many rounds find a
    /// shift; none with fewer than two rounds, or where a value is not above 0.
    ///
    /// Within a round: half the distance from the 15.87th to the 84.13th percentile of the
    /// logarithms, which is the standard deviation where these are normal, and which a heavy tail
    /// does not move. Between rounds: what the variance of the rounds' medians has beyond what
    /// medians of so many messages vary by themselves ([`store::rounds_to_find`]).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "as many rounds as there are")]
    pub fn spread(&self) -> Option<Spread> {
        let with_values: Vec<&RoundSample> =
            self.rounds.iter().filter(|round| round.values.n > 0).collect();
        let rounds = with_values.len() as f64;
        if rounds < 2.0 || self.order.smallest()? <= 0.0 {
            return None;
        }
        let (mut medians, mut within, mut of_medians) = (Vec::new(), 0.0, 0.0);
        for round in with_values {
            let at = |p: f64| percentile(&round.values.values, p).map(f64::ln);
            let spread = (at(0.8413)? - at(0.1587)?) / 2.0;
            within += spread.powi(2) / rounds;
            of_medians += FRAC_PI_2 * spread.powi(2) / round.values.n as f64 / rounds;
            medians.push(round.median?.ln());
        }
        let mean = medians.iter().sum::<f64>() / rounds;
        let found = medians.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (rounds - 1.0);
        Some(Spread {
            within_round: within.sqrt(),
            between_rounds: (found - of_medians).max(0.0).sqrt(),
        })
    }
}
