//! Two samples in rounds, compared pair by pair in every bootstrap replicate.
//!
//! A replicate that draws a round of one sample `v` times and one of the other `w` times has each
//! difference between the two rounds `v w` times. So the differences are ordered once, each with
//! its pair of rounds, and a replicate's Hodges–Lehmann shift is a weighted median of them; its
//! Cliff's delta is a weighted mean of one number per pair of rounds.

use super::dominance::dominance;

/// Values of each side, at most, of which the differences are formed.
const VALUES_OF_A_SIDE: usize = 512;

/// Differences in a block of the counted table.
const BLOCK: usize = 1024;

/// The values of one round: all of them, or quantiles evenly spaced in rank that stand for equal
/// shares of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundValues {
    /// How many values the round has.
    pub n: u64,
    /// Those that stand for them, in ascending order; exact order statistics.
    pub values: Vec<f64>,
}

impl RoundValues {
    /// How many values are kept of each of so many rounds.
    #[must_use]
    pub const fn kept(rounds: usize) -> usize {
        let kept = VALUES_OF_A_SIDE / if rounds == 0 { 1 } else { rounds };
        if kept < 16 { 16 } else { kept }
    }

    /// What each kept value stands for.
    #[expect(clippy::cast_precision_loss, reason = "no round has 2^53 values")]
    fn share(&self) -> f64 {
        if self.values.is_empty() { 0.0 } else { self.n as f64 / self.values.len() as f64 }
    }
}

/// The pairs of two samples by their rounds.
#[derive(Clone, Debug)]
pub struct ClusterPairs {
    /// Every difference in ascending order with its pair of rounds.
    differences: Vec<(f64, u32)>,
    /// `before[b * pairs + p]`: the weight of pair `p`'s differences in the blocks before `b`.
    before: Vec<f64>,
    /// What each difference of a pair of rounds weighs.
    weights: Vec<f64>,
    /// Per pair of rounds: larger less smaller, weighed.
    dominance: Vec<f64>,
    /// Per pair of rounds: how many pairs of values.
    sizes: Vec<f64>,
    rounds: (usize, usize),
}

impl ClusterPairs {
    /// Forms the pairs of two samples, each the values of its rounds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few hundred values of a side")]
    pub fn new(one: &[RoundValues], other: &[RoundValues]) -> Self {
        let mut differences = Vec::new();
        let (mut weights, mut sizes, mut larger) = (Vec::new(), Vec::new(), Vec::new());
        let mut pair = 0;
        for left in one {
            for right in other {
                let weight = left.share() * right.share();
                weights.push(weight);
                sizes.push(weight * (left.values.len() * right.values.len()) as f64);
                larger.push(weight * dominance(&left.values, &right.values) as f64);
                for a in &left.values {
                    differences.extend(right.values.iter().map(|b| (a - b, pair)));
                }
                pair += 1;
            }
        }
        differences.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut passed = vec![0.0; weights.len()];
        let mut before = Vec::new();
        for block in differences.chunks(BLOCK) {
            before.extend_from_slice(&passed);
            for (_, pair) in block {
                passed[*pair as usize] += weights[*pair as usize];
            }
        }
        let rounds = (one.len(), other.len());
        Self { differences, before, weights, dominance: larger, sizes, rounds }
    }

    /// How often a replicate has each pair of rounds.
    fn times(&self, drawn: &[u32], other_drawn: &[u32]) -> Vec<f64> {
        let (one, other) = (&drawn[..self.rounds.0], &other_drawn[..self.rounds.1]);
        one.iter().flat_map(|v| other.iter().map(move |w| f64::from(*v) * f64::from(*w))).collect()
    }

    /// Cliff's delta of a replicate; not a number where it is empty.
    #[must_use]
    pub fn delta(&self, drawn: &[u32], other_drawn: &[u32]) -> f64 {
        let times = self.times(drawn, other_drawn);
        product(&times, &self.dominance) / product(&times, &self.sizes)
    }

    /// The Hodges–Lehmann shift of a replicate: the weighted median of the differences; not a
    /// number where it is empty.
    #[must_use]
    pub fn shift(&self, drawn: &[u32], other_drawn: &[u32]) -> f64 {
        let times = self.times(drawn, other_drawn);
        let half = product(&times, &self.sizes) / 2.0;
        // An empty replicate's half may not be a number.
        if half.is_nan() || half <= 0.0 {
            return f64::NAN;
        }
        let pairs = self.weights.len();
        let (mut low, mut high) = (0, self.before.len() / pairs);
        // The last block before which no more than half has passed.
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let before = &self.before[middle * pairs..(middle + 1) * pairs];
            if product(&times, before) <= half { low = middle } else { high = middle }
        }
        let mut passed = product(&times, &self.before[low * pairs..(low + 1) * pairs]);
        for (difference, pair) in &self.differences[low * BLOCK..] {
            let pair = *pair as usize;
            passed += times[pair] * self.weights[pair];
            if passed >= half {
                return *difference;
            }
        }
        // Rounding left the sum short of half.
        self.differences.last().map_or(f64::NAN, |last| last.0)
    }
}

fn product(times: &[f64], values: &[f64]) -> f64 {
    times.iter().zip(values).map(|(a, b)| a * b).sum()
}
