//! Whether two sets of rounds differ by more than chance hands out.

use super::random::SplitMix64;

/// How many rearrangements are drawn.
pub const PERMUTATIONS: usize = 20_000;

/// The probability of a difference of means at least as large, either way, if it were chance alone
/// which of the values belong to `one` and which to `other`; 1 where one of them is empty.
///
/// A permutation test, exact but for the draws (Good, "Permutation, Parametric and Bootstrap Tests
/// of Hypotheses" (2005), chapter 3), whatever the distribution; the arrangement found counts as
/// one of those drawn, so that no probability is 0 (Phipson and Smyth, "Permutation p-values should
/// never be zero", 2010). For two runs give it the logarithms of their rounds' medians: rounds, and
/// not messages, are what is exchangeable between runs.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
pub fn permutation_p(one: &[f64], other: &[f64], seed: u64) -> f64 {
    if one.is_empty() || other.is_empty() {
        return 1.0;
    }
    let mut values: Vec<f64> = one.iter().chain(other).copied().collect();
    let total: f64 = values.iter().sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let difference = |sum_of_one: f64| (sum_of_one / n - (total - sum_of_one) / m).abs();
    // Rearrangements that differ by rounding alone are equal.
    let found = difference(one.iter().sum()) * (1.0 - 1e-12);
    let mut random = SplitMix64::new(seed);
    let mut as_large = 1_u32;
    for _ in 0..PERMUTATIONS {
        // The beginning of a Fisher–Yates shuffle: which values become those of `one`.
        for place in 0..one.len() {
            let from = place + random.below(values.len() - place);
            values.swap(place, from);
        }
        as_large += u32::from(difference(values[..one.len()].iter().sum()) >= found);
    }
    f64::from(as_large) / (PERMUTATIONS + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_apart_is_unlikely_and_what_is_alike_is_not() {
        let one: Vec<f64> = (0..10).map(f64::from).collect();
        let apart: Vec<f64> = one.iter().map(|value| value + 20.0).collect();
        // 2 of C(20, 10) = 184,756 arrangements are as far apart.
        assert!(permutation_p(&apart, &one, 1) < 0.001);
        let alike: Vec<f64> = one.iter().map(|value| value + 0.5).collect();
        assert!(permutation_p(&alike, &one, 1) > 0.5);
        assert_eq!(permutation_p(&[], &one, 1), 1.0);
        assert_eq!(permutation_p(&[1.0], &[1.0], 1), 1.0);
    }
}
