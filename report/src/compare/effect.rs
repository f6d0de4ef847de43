//! How large a difference is, message against message.

use super::judge::WIDEST;
use super::round_test::{StandardError, smallest_p};
use crate::analysis::MeasureFigures;
use crate::analysis::statistics::{ClusterPairs, RoundValues};

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The figure.
    pub value: f64,
    /// Its interval; none where it says nothing: of too few rounds, or as wide as can be.
    pub interval: Option<(f64, f64)>,
}

/// The size of a difference, from the messages of both runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// The Hodges–Lehmann shift: the median difference of a message of the second run to one of the
    /// first; nanoseconds.
    pub hodges_lehmann: Effect,
    /// Cliff's delta: how often a message of the second run is slower than one of the first, less
    /// how often it is faster.
    pub cliffs_delta: Effect,
}

/// The effects with intervals at a level, from two rounds or more on each side.
///
/// Their standard errors are those of the jackknife that leaves out one round after the other, of
/// each run by itself (Arvesen, "Jackknifing U-statistics", Annals of Mathematical Statistics 40,
/// 1969; Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 11), with
/// Student's t: unlike the percentile bootstrap it is not too narrow with few rounds.
#[must_use]
pub fn effects(first: &MeasureFigures, second: &MeasureFigures, alpha: f64) -> Option<Effects> {
    let widest = WIDEST
        * [first, second].map(|f| f.summary.median.value.abs()).into_iter().fold(0.0, f64::max);
    let [first, second] = [first, second].map(|figures| {
        let mut rounds = figures.round_values();
        rounds.retain(|round: &RoundValues| round.n > 0);
        rounds
    });
    if first.len() < 2 || second.len() < 2 {
        return None;
    }
    let can_find = smallest_p(first.len(), second.len()) <= alpha;
    let pairs = ClusterPairs::new(&second, &first);
    let of = |statistic: fn(&ClusterPairs, &[u32], &[u32]) -> f64| {
        let all = [vec![1; second.len()], vec![1; first.len()]];
        let value = statistic(&pairs, &all[0], &all[1]);
        let variance = [0, 1].map(|side: usize| {
            let without = (0..all[side].len()).map(|round| {
                let mut left = all.clone();
                left[side][round] = 0;
                statistic(&pairs, &left[0], &left[1])
            });
            jackknife(&without.collect::<Vec<_>>())
        });
        let interval = StandardError::of(variance).interval(value, alpha);
        Effect { value, interval: Some(interval).filter(|_| can_find) }
    };
    let mut hodges_lehmann = of(ClusterPairs::shift);
    hodges_lehmann.interval = hodges_lehmann.interval.filter(|(low, high)| high - low <= widest);
    let mut cliffs_delta = of(ClusterPairs::delta);
    cliffs_delta.interval = cliffs_delta
        .interval
        .map(|(low, high)| (low.max(-1.0), high.min(1.0)))
        .filter(|(low, high)| *low > -1.0 || *high < 1.0);
    Some(Effects { hodges_lehmann, cliffs_delta })
}

/// The variance of a figure from its values without each round, and how many these are.
#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
fn jackknife(without: &[f64]) -> (f64, usize) {
    let n = without.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    let squares: f64 = without.iter().map(|value| (value - mean).powi(2)).sum();
    ((n - 1.0) / n * squares, without.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a mean the jackknife's variance is the sample's over n.
    #[test]
    fn of_a_mean_it_is_the_usual_variance() {
        let values = [1.0, 4.0, 2.0, 9.0];
        let sum: f64 = values.iter().sum();
        let without: Vec<f64> = values.iter().map(|value| (sum - value) / 3.0).collect();
        let (variance, n) = jackknife(&without);
        assert!((variance - 38.0 / 3.0 / 4.0).abs() < 1e-12);
        assert_eq!(n, 4);
    }
}
