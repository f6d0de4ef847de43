//! Confidence intervals by resampling whole rounds.
//!
//! Messages of one round share the state of the machine and of the services, so they are not
//! independent; rounds are drawn instead, with replacement, each with all of its messages: the
//! cluster bootstrap of Davison and Hinkley, "Bootstrap Methods and their Application" (1997),
//! section 3.8, with the expanded percentile interval of Hesterberg, "What Teachers Should Know About
//! the Bootstrap: Resampling in the Undergraduate Statistics Curriculum", The American Statistician
//! 69 (2015), section 5. The plain percentile interval (Efron and Tibshirani, "An Introduction to
//! the Bootstrap" (1993), section 13.3) is too short with few rounds: for a mean of normal values it
//! leaves out both the n − 1 of the sample's variance and Student's t. Every cell of an experiment is resampled with the same draws,
//! because the cells of one round were run interleaved; so a difference between two cells keeps
//! what they share.

use super::Estimate;
use super::percentile::percentile_of;
use super::random::SplitMix64;
use super::{student, two_sided_p};

/// How many resamples.
pub const REPLICATES: usize = 2000;

/// Fixed, so that the same data give the same figures.
pub const SEED: u64 = 0x6861_6e64_6f66_6631;

/// The confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// The draws of rounds that every statistic of one experiment shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampling {
    /// How often a replicate drew a round: the rounds of the first replicate, then of the second.
    weights: Vec<u32>,
    rounds: usize,
    replicates: usize,
    /// The share of the replicates that an interval leaves out on each side.
    tail: f64,
}

impl Resampling {
    /// Draws `replicates` times as many rounds as there are.
    #[must_use]
    pub fn new(rounds: usize, replicates: usize, seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        let mut weights = vec![0; rounds * replicates];
        for drawn in weights.chunks_exact_mut(rounds.max(1)) {
            for _ in 0..rounds {
                drawn[random.below(rounds)] += 1;
            }
        }
        Self { weights, rounds, replicates, tail: expanded_tail(rounds) }
    }

    /// How many rounds there are.
    #[must_use]
    pub const fn rounds(&self) -> usize {
        self.rounds
    }

    /// How many replicates there are.
    #[must_use]
    pub const fn replicates(&self) -> usize {
        self.replicates
    }

    /// How often each replicate drew each round.
    pub fn draws(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.replicates).map(|b| &self.weights[b * self.rounds..(b + 1) * self.rounds])
    }

    /// A statistic of each replicate that follows from how often each round was drawn.
    #[must_use]
    pub fn replicate(&self, statistic: impl FnMut(&[u32]) -> f64) -> Vec<f64> {
        self.draws().map(statistic).collect()
    }

    /// A value with the expanded percentile interval of its replicates; no interval with fewer than two
    /// rounds, which say nothing of what another round would bring. Replicates that are not finite
    /// (of an empty resample) are left out.
    #[must_use]
    pub fn estimate(&self, value: f64, replicates: &[f64], n: usize) -> Estimate {
        let interval = (self.rounds >= 2).then(|| self.interval(replicates)).flatten();
        Estimate { value, interval, n }
    }

    /// The replicates' quantiles that leave out [`expanded_tail`] of them on each side.
    fn interval(&self, replicates: &[f64]) -> Option<(f64, f64)> {
        let mut finite: Vec<f64> = replicates.iter().copied().filter(|r| r.is_finite()).collect();
        let low = percentile_of(&mut finite, self.tail)?;
        Some((low, percentile_of(&mut finite, 1.0 - self.tail)?))
    }
}

/// What an interval from so many rounds leaves out on each side: `Φ(−√(n/(n−1)) t)`, with the
/// point `t` that Student's t of `n − 1` degrees of freedom exceeds with probability
/// `(1 − LEVEL) / 2`. For a mean, the interval between these quantiles is that of Student's t.
#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
fn expanded_tail(rounds: usize) -> f64 {
    if rounds < 2 {
        return 0.0;
    }
    let n = rounds as f64;
    let t = student::two_sided_quantile(1.0 - LEVEL, n - 1.0);
    two_sided_p((n / (n - 1.0)).sqrt() * t) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_has_as_many_rounds_as_there_are_and_depends_on_the_seed() {
        let one = Resampling::new(7, 50, 1);
        assert_eq!(one.draws().len(), 50);
        assert!(one.draws().all(|drawn| drawn.iter().sum::<u32>() == 7));
        assert_eq!(one, Resampling::new(7, 50, 1));
        assert_ne!(one, Resampling::new(7, 50, 2));
        assert_eq!(Resampling::new(0, 3, 1).draws().len(), 3);
    }

    /// For rounds whose means are all that counts, the interval is Student's.
    #[test]
    fn the_interval_of_a_mean_is_students() {
        let means = [4.0, 7.0, 1.0, 3.0, 9.0, 6.0, 2.0, 8.0, 5.0, 5.5];
        let n = means.len() as f64;
        let mean = means.iter().sum::<f64>() / n;
        let squares: f64 = means.iter().map(|value| (value - mean).powi(2)).sum();
        let half = student::two_sided_quantile(0.05, n - 1.0) * (squares / (n - 1.0) / n).sqrt();
        let resampling = Resampling::new(means.len(), 20_000, SEED);
        let replicates = resampling.replicate(|drawn| {
            drawn.iter().zip(means).map(|(times, value)| f64::from(*times) * value).sum::<f64>() / n
        });
        let (low, high) = resampling.estimate(mean, &replicates, 10).interval.unwrap();
        // The means are not quite normal, which the bootstrap sees.
        assert!((low - (mean - half)).abs() < 0.06 * half, "{low}, {}", mean - half);
        assert!((high - (mean + half)).abs() < 0.06 * half, "{high}, {}", mean + half);
    }

    #[test]
    fn one_round_has_no_interval() {
        let replicates = [1.0, 2.0, 3.0];
        assert_eq!(Resampling::new(1, 3, 1).estimate(2.0, &replicates, 9).interval, None);
        assert!(Resampling::new(2, 3, 1).estimate(2.0, &replicates, 9).interval.is_some());
    }
}
