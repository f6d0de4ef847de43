//! Whether values that follow each other rise or fall.

use super::two_sided_p;

/// The Mann–Kendall test of a trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Kendall's S: pairs that rise less pairs that fall.
    pub s: i64,
    /// S in units of its standard deviation without a trend, corrected for ties and continuity.
    pub z: f64,
    /// The probability of an S at least as far from 0 without a trend.
    pub p: f64,
}

/// Tests values in their order; none with fewer than three, or where all are equal.
///
/// Mann, "Nonparametric tests against trend", Econometrica 13 (1945); Kendall, "Rank Correlation
/// Methods" (1975); variance with ties and the continuity correction as in Gilbert, "Statistical
/// Methods for Environmental Pollution Monitoring" (1987), section 16.4.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
pub fn mann_kendall(values: &[f64]) -> Option<MannKendall> {
    if values.len() < 3 {
        return None;
    }
    let mut s = 0_i64;
    for (place, before) in values.iter().enumerate() {
        for after in &values[place + 1..] {
            s += i64::from(after > before) - i64::from(after < before);
        }
    }
    let n = values.len() as f64;
    let tied: f64 = ties(values.iter().copied())
        .iter()
        .map(|size| size * (size - 1.0) * (2.0 * size + 5.0))
        .sum();
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - tied) / 18.0;
    if variance <= 0.0 {
        return None;
    }
    let z = (s - s.signum()) as f64 / variance.sqrt();
    Some(MannKendall { s, z, p: two_sided_p(z) })
}

/// How many values each group of equal ones has, groups of one left out.
#[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
pub(crate) fn ties(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let groups = values.chunk_by(|a, b| a == b).map(<[f64]>::len);
    groups.filter(|size| *size > 1).map(|size| size as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_a_trend_and_a_sawtooth_is_none() {
        let rising: Vec<f64> = (0..10).map(f64::from).collect();
        let trend = mann_kendall(&rising).unwrap();
        assert_eq!(trend.s, 45);
        assert!(trend.p < 0.001);
        let sawtooth: Vec<f64> = (0..10).map(|i| f64::from(i % 2)).collect();
        assert!(mann_kendall(&sawtooth).unwrap().p > 0.5);
        assert_eq!(mann_kendall(&[1.0, 1.0, 1.0]), None);
        assert_eq!(mann_kendall(&[1.0, 2.0]), None);
    }
}
