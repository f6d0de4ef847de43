//! Whether one sample tends to lie above another.

use super::dominance::dominance;
use super::trend::ties;
use super::two_sided_p;

/// The Wilcoxon–Mann–Whitney test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSum {
    /// Pairs in which the first is larger, a tie counting half.
    pub u: f64,
    /// The probability of a U at least as far from the middle where neither tends to be larger.
    pub p: f64,
}

/// Tests two samples in ascending order; none where one is empty or all values are equal.
///
/// Mann and Whitney, "On a test of whether one of two random variables is stochastically larger
/// than the other", Annals of Mathematical Statistics 18 (1947); the normal approximation with
/// corrections for ties and continuity (Hollander, Wolfe and Chicken, "Nonparametric Statistical
/// Methods" (2014), section 4.1).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
pub fn rank_sum(one: &[f64], other: &[f64]) -> Option<RankSum> {
    let (n, m) = (one.len() as f64, other.len() as f64);
    let u = (dominance(one, other) as f64 + n * m) / 2.0;
    let all = n + m;
    let tied: f64 =
        ties(one.iter().chain(other).copied()).iter().map(|size| size.powi(3) - size).sum();
    let variance = n * m / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    // It is no number for an empty sample.
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let distance = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
    Some(RankSum { u, p: two_sided_p(distance / variance.sqrt()).min(1.0) })
}
