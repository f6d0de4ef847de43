//! A sample whose values belong to rounds, ordered once, from which the quantiles of every
//! bootstrap replicate are read without going through the values again.
//!
//! The quantile of a replicate is that of the sample in which each value stands as often as its
//! round was drawn. The ordered values are cut into blocks, and for the end of each block it is
//! counted how many values of each round came before. How many values of a replicate come before
//! it is then a product of those counts with the draw; the block of a quantile is found by
//! searching among such products, and its value by counting through that one block. A replicate
//! costs the logarithm of the blocks instead of the number of values.

use super::{Resampling, RoundValues, percentile};

/// Values in ascending order, each with its round; exact order statistics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusteredSample {
    values: Vec<i64>,
    /// The round of each value.
    rounds: Vec<u32>,
    /// How many values each round has.
    counts: Vec<u64>,
    /// The sum of each round's values.
    sums: Vec<i128>,
    /// Values in each block but the last.
    block: usize,
    /// `before[b * rounds + r]`: values of round `r` in the blocks before block `b`.
    before: Vec<u64>,
}

/// One round of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundSample {
    /// The round, from 0.
    pub round: u32,
    /// Its median; none without values.
    pub median: Option<f64>,
    /// Its mean; none without values.
    pub mean: Option<f64>,
    /// How many values it has, and those that stand for them.
    pub values: RoundValues,
}

impl ClusteredSample {
    /// Orders the values of each round, the first round's first.
    #[must_use]
    pub fn new(by_round: &[Vec<i64>]) -> Self {
        let mut pairs: Vec<(i64, u32)> = Vec::new();
        for (round, values) in (0..).zip(by_round) {
            pairs.extend(values.iter().map(|value| (*value, round)));
        }
        pairs.sort_unstable();
        let (values, rounds) = pairs.into_iter().unzip();
        let counts = by_round.iter().map(|values| values.len() as u64).collect();
        let sum = |values: &Vec<i64>| values.iter().map(|value| i128::from(*value)).sum();
        let sums = by_round.iter().map(sum).collect();
        let mut sample = Self { values, rounds, counts, sums, block: 64, before: Vec::new() };
        sample.count_blocks();
        sample
    }

    fn count_blocks(&mut self) {
        let rounds = self.counts.len();
        let mut passed = vec![0; rounds];
        for block in self.rounds.chunks(self.block) {
            self.before.extend_from_slice(&passed);
            for round in block {
                passed[*round as usize] += 1;
            }
        }
    }

    /// The values in ascending order.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many values each round has.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The arithmetic mean, where there are values.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
    pub fn mean(&self) -> Option<f64> {
        let sum: i128 = self.sums.iter().sum();
        (!self.is_empty()).then(|| sum as f64 / self.len() as f64)
    }

    /// The mean of each replicate; not a number where it is empty.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sums of nanoseconds; 53 bits are enough")]
    pub fn mean_replicates(&self, resampling: &Resampling) -> Vec<f64> {
        let sums: Vec<f64> = self.sums.iter().map(|sum| *sum as f64).collect();
        let counts: Vec<f64> = self.counts.iter().map(|count| *count as f64).collect();
        let total = |drawn: &[u32], of: &[f64]| -> f64 {
            drawn.iter().zip(of).map(|(weight, value)| f64::from(*weight) * value).sum()
        };
        resampling.replicate(|drawn| total(drawn, &sums) / total(drawn, &counts))
    }

    /// The quantile `p`, as in [`percentile()`].
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
        let values: Vec<f64> = self.values.iter().map(|value| *value as f64).collect();
        percentile(&values, p)
    }

    /// The quantile `p` of each replicate; not a number where it is empty.
    #[must_use]
    pub fn quantile_replicates(&self, resampling: &Resampling, p: f64) -> Vec<f64> {
        resampling.replicate(|drawn| self.weighted_quantile(drawn, p))
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "p is in [0, 1], no resample has 2^53 values, 2^53 ns are 104 days"
    )]
    fn weighted_quantile(&self, drawn: &[u32], p: f64) -> f64 {
        let weight = |round: &u32| u64::from(drawn[*round as usize]);
        let total: u64 = self.rounds.iter().map(weight).sum();
        let Some(last) = total.checked_sub(1) else { return f64::NAN };
        let place = last as f64 * p;
        let (below, share) = (place.floor() as u64, place.fract());
        let mut passed = 0;
        let mut low = None;
        for (value, round) in self.values.iter().zip(&self.rounds) {
            passed += weight(round);
            if low.is_none() && passed > below {
                low = Some(*value as f64);
            }
            if passed > (below + 1).min(last) {
                let (low, high) = (low.unwrap_or(*value as f64), *value as f64);
                return low + (high - low) * share;
            }
        }
        f64::NAN
    }

    /// Every round, also those without values.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    pub fn rounds(&self) -> Vec<RoundSample> {
        let kept = RoundValues::kept(self.counts.len());
        (0..)
            .zip(&self.counts)
            .zip(&self.sums)
            .map(|((round, n), sum)| {
                let all: Vec<f64> = (self.values.iter().zip(&self.rounds))
                    .filter(|(_, of)| **of == round)
                    .map(|(value, _)| *value as f64)
                    .collect();
                let values = if all.len() <= kept {
                    all.clone()
                } else {
                    (0..kept).map(|i| all[(2 * i + 1) * all.len() / (2 * kept)]).collect()
                };
                let mean = (*n > 0).then(|| *sum as f64 / *n as f64);
                let values = RoundValues { n: *n, values };
                RoundSample { round, median: percentile(&all, 0.5), mean, values }
            })
            .collect()
    }
}
