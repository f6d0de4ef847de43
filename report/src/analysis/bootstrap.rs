//! Confidence intervals by resampling whole rounds.
//!
//! Messages of one round share the state of the machine and of the services, so they are not
//! independent; rounds are drawn instead, with replacement, each with all of its messages: the
//! cluster bootstrap of Davison and Hinkley, "Bootstrap Methods and their Application" (1997),
//! section 3.8, with the percentile interval of Efron and Tibshirani, "An Introduction to the
//! Bootstrap" (1993), section 13.3. Every cell of an experiment is resampled with the same draws,
//! because the cells of one round were run interleaved; so a difference between two cells keeps
//! what they share.

use super::{Estimate, Sample, percentile};

/// How many resamples.
pub const REPLICATES: usize = 2000;

/// Fixed, so that the same data give the same figures.
pub const SEED: u64 = 0x6861_6e64_6f66_6631;

/// The confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// The draws of rounds that every statistic of one experiment shares.
#[derive(Clone, Debug)]
pub struct Resampling {
    /// `weights[b][r]`: how often replicate `b` drew round `r`.
    weights: Vec<Vec<u32>>,
    rounds: usize,
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): `SplitMix64`.
/// Written out, so that no version of a library changes a figure.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform below `bound`, by multiplication (Lemire 2019); the bias is below 2^-50 here.
    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * bound as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

impl Resampling {
    /// Draws `replicates` times as many rounds as there are.
    #[must_use]
    pub fn new(rounds: usize, replicates: usize, seed: u64) -> Self {
        let mut random = SplitMix64(seed);
        let draw = |_| {
            let mut weights = vec![0; rounds];
            for _ in 0..rounds {
                weights[random.below(rounds)] += 1;
            }
            weights
        };
        Self { weights: (0..replicates).map(draw).collect(), rounds }
    }

    /// How many rounds there are.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// The quantile `p` of each resample; not a number where the resample is empty.
    #[must_use]
    pub fn quantiles(&self, sample: &Sample, p: f64) -> Vec<f64> {
        self.weights.iter().map(|weights| weighted_quantile(sample, weights, p)).collect()
    }

    /// The mean of each resample; not a number where the resample is empty.
    #[must_use]
    pub fn means(&self, sample: &Sample) -> Vec<f64> {
        let mut sums = vec![0.0; self.rounds];
        let mut counts = vec![0.0; self.rounds];
        for (value, round) in sample.values().iter().zip(sample.rounds()) {
            sums[*round as usize] += value;
            counts[*round as usize] += 1.0;
        }
        let total = |weights: &[u32], of: &[f64]| -> f64 {
            weights.iter().zip(of).map(|(weight, value)| f64::from(*weight) * value).sum()
        };
        self.weights.iter().map(|w| total(w, &sums) / total(w, &counts)).collect()
    }

    /// A value with the percentile interval of its replicates; no interval with fewer than two
    /// rounds, which say nothing of what another round would bring.
    #[must_use]
    pub fn estimate(&self, value: f64, replicates: Vec<f64>, n: usize) -> Estimate {
        let mut replicates: Vec<f64> = replicates.into_iter().filter(|r| r.is_finite()).collect();
        replicates.sort_by(f64::total_cmp);
        let tail = (1.0 - LEVEL) / 2.0;
        let interval = (self.rounds >= 2)
            .then(|| percentile(&replicates, tail).zip(percentile(&replicates, 1.0 - tail)))
            .flatten();
        Estimate { value, interval, n }
    }

    /// The median with its interval, where there are values.
    #[must_use]
    pub fn median(&self, sample: &Sample) -> Option<Estimate> {
        let value = percentile(sample.values(), 0.5)?;
        Some(self.estimate(value, self.quantiles(sample, 0.5), sample.len()))
    }

    /// The mean with its interval, where there are values.
    #[must_use]
    pub fn mean(&self, sample: &Sample) -> Option<Estimate> {
        Some(self.estimate(sample.mean()?, self.means(sample), sample.len()))
    }

    /// A function of two samples' medians, such as their difference, with its interval.
    #[must_use]
    pub fn of_medians(
        &self,
        one: &Sample,
        other: &Sample,
        function: impl Fn(f64, f64) -> f64,
    ) -> Option<Estimate> {
        let value = function(percentile(one.values(), 0.5)?, percentile(other.values(), 0.5)?);
        let pairs = self.quantiles(one, 0.5).into_iter().zip(self.quantiles(other, 0.5));
        let replicates = pairs.map(|(one, other)| function(one, other)).collect();
        Some(self.estimate(value, replicates, one.len() + other.len()))
    }
}

/// The quantile of the sample in which each value stands as often as its round was drawn;
/// interpolated as in [`percentile()`].
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "p is in [0, 1] and no resample has 2^53 values"
)]
fn weighted_quantile(sample: &Sample, weights: &[u32], p: f64) -> f64 {
    let weight = |round: &u32| u64::from(weights[*round as usize]);
    let total: u64 = sample.rounds().iter().map(weight).sum();
    let Some(last) = total.checked_sub(1) else { return f64::NAN };
    let place = last as f64 * p;
    let (below, share) = (place.floor() as u64, place.fract());
    let mut passed = 0;
    let mut low = None;
    for (value, round) in sample.values().iter().zip(sample.rounds()) {
        passed += weight(round);
        if low.is_none() && passed > below {
            low = Some(*value);
        }
        if passed > (below + 1).min(last) {
            let low = low.unwrap_or(*value);
            return low + (value - low) * share;
        }
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        Sample::new((0..30).map(|i| (f64::from(i * i), i % 3)).collect())
    }

    #[test]
    fn a_weighted_quantile_is_that_of_the_repeated_values() {
        let sample = sample();
        for weights in [[1, 1, 1], [2, 0, 1], [0, 3, 0]] {
            let pairs = sample.values().iter().zip(sample.rounds());
            let repeated: Vec<f64> = pairs
                .flat_map(|(v, r)| std::iter::repeat_n(*v, weights[*r as usize] as usize))
                .collect();
            for p in [0.0, 0.1, 0.5, 0.9, 1.0] {
                assert_eq!(Some(weighted_quantile(&sample, &weights, p)), percentile(&repeated, p));
            }
        }
    }

    #[test]
    fn a_draw_has_as_many_rounds_as_there_are_and_depends_on_the_seed() {
        let one = Resampling::new(7, 50, 1);
        assert!(one.weights.iter().all(|w| w.iter().sum::<u32>() == 7));
        assert_eq!(one.weights, Resampling::new(7, 50, 1).weights);
        assert_ne!(one.weights, Resampling::new(7, 50, 2).weights);
    }

    #[test]
    fn one_round_has_no_interval() {
        let sample = Sample::new(vec![(1.0, 0), (2.0, 0)]);
        assert_eq!(Resampling::new(1, 100, 1).median(&sample).unwrap().interval, None);
        assert!(Resampling::new(2, 100, 1).median(&sample).unwrap().interval.is_some());
    }

    /// A round effect must widen the interval: that is why rounds are drawn and not messages.
    #[test]
    fn rounds_that_differ_widen_the_interval() {
        let width = |shift: f64| {
            let pairs =
                (0..400).map(|i| (f64::from(i / 10) + shift * f64::from(i % 10), i as u32 % 10));
            let resampling = Resampling::new(10, 500, SEED);
            let (low, high) =
                resampling.median(&Sample::new(pairs.collect())).unwrap().interval.unwrap();
            high - low
        };
        assert!(width(20.0) > 3.0 * width(0.0), "{} {}", width(20.0), width(0.0));
    }
}
