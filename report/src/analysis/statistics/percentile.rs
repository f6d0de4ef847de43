//! Percentiles, and which of them a sample carries.

/// The percentiles that tables show, as fractions.
pub const LEVELS: [f64; 5] = [0.10, 0.50, 0.90, 0.99, 0.999];

pub use store::percentile;

/// As [`percentile()`], of values in no order; it leaves them in another. Ordering them all to read
/// two of them would take longer.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "p is in [0, 1] and no sample has 2^53 values"
)]
pub fn percentile_of(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let place = last as f64 * p.clamp(0.0, 1.0);
    let below = place.floor() as usize;
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (high - low) * (place - below as f64))
}

/// Whether `n` independent values carry the quantile `p`: whether two of their order statistics
/// enclose it with 95 % confidence, 2.5 % on each side, whatever the distribution.
///
/// The quantile lies below the smallest value with probability `(1 - p)^n` and above the largest
/// with `p^n`; both must be at most 2.5 %. Hahn and Meeker, "Statistical Intervals" (1991),
/// section 5.2; Conover, "Practical Nonparametric Statistics" (1999), section 3.2. Messages of one
/// round are not quite independent, so this is the least that is asked.
#[must_use]
pub fn carried(n: usize, p: f64) -> bool {
    let n = i32::try_from(n).unwrap_or(i32::MAX);
    p.powi(n) <= 0.025 && (1.0 - p).powi(n) <= 0.025
}

/// The fewest values that carry the quantile `p`.
#[must_use]
pub fn fewest_for(p: f64) -> usize {
    (1..100_000).find(|n| carried(*n, p)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selecting_finds_what_ordering_finds() {
        let values: Vec<f64> = (0..101).map(|i| f64::from(i * 37 % 101).powi(2)).collect();
        let mut ascending = values.clone();
        ascending.sort_by(f64::total_cmp);
        for p in [0.0, 0.025, 0.333, 0.5, 0.975, 1.0] {
            assert_eq!(percentile_of(&mut values.clone(), p), percentile(&ascending, p));
        }
        assert_eq!(percentile_of(&mut [], 0.5), None);
    }

    #[test]
    fn a_percentile_needs_enough_values() {
        // ln 0.025 / ln p, rounded up.
        assert_eq!(LEVELS.map(fewest_for), [36, 6, 36, 368, 3688]);
        assert!(!carried(0, 0.5));
    }
}
