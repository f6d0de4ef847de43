//! Whether a run was in a steady state: whether its rounds drift.

use super::{MannKendall, RankSum, mann_kendall, percentile, rank_sum, theil_sen};

/// A trend of the rounds is called a drift below this probability. One in a hundred steady cells is
/// called so, which is why a reader is told the number of cells looked at.
pub const DRIFT_ALPHA: f64 = 0.01;

/// Of fewer rounds no order is as unlikely as [`DRIFT_ALPHA`]: of 5, the ascending and the descending
/// one are 2 of 120.
const FEWEST_ROUNDS: usize = 6;

/// How the rounds of a cell follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// How many rounds.
    pub rounds: usize,
    /// The test of a trend.
    pub trend: MannKendall,
    /// What a round adds to the one before: the Theil–Sen slope, in the values' unit.
    pub per_round: f64,
    /// The slope over all rounds as a share of the median of the rounds.
    pub over_all: f64,
    /// The first half of the rounds: the median of its values. With an odd number of rounds the
    /// middle one is in neither half.
    pub first_half: f64,
    /// The second half.
    pub second_half: f64,
    /// The test of the halves against each other.
    pub halves: Option<RankSum>,
}

impl Drift {
    /// Whether there is a trend that chance does not explain, by [`DRIFT_ALPHA`].
    #[must_use]
    pub fn is_drift(&self) -> bool {
        self.trend.p < DRIFT_ALPHA
    }
}

/// Looks at one value of each round, such as its median, in the order of rounds; none with fewer
/// than six rounds.
///
/// Mann–Kendall's test against a trend with Sen's slope (Gilbert 1987, chapter 16), and the halves
/// against each other by Wilcoxon–Mann–Whitney's test: a step between two levels is a trend too,
/// a bulge in the middle is neither.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a handful of rounds")]
pub fn drift(values: &[f64]) -> Option<Drift> {
    if values.len() < FEWEST_ROUNDS {
        return None;
    }
    let points: Vec<(f64, f64)> =
        values.iter().enumerate().map(|(round, value)| (round as f64, *value)).collect();
    let trend = mann_kendall(values)?;
    let per_round = theil_sen(&points)?.slope;
    let ascending = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let half = values.len() / 2;
    let (first, second) = (ascending(&values[..half]), ascending(&values[values.len() - half..]));
    let median = percentile(&ascending(values), 0.5)?;
    Some(Drift {
        rounds: values.len(),
        trend,
        per_round,
        over_all: per_round * (values.len() - 1) as f64 / median,
        first_half: percentile(&first, 0.5)?,
        second_half: percentile(&second, 0.5)?,
        halves: rank_sum(&first, &second),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warming_run_drifts_and_a_noisy_one_does_not() {
        let warming: Vec<f64> = (0..12).map(|i| 100.0 - f64::from(i)).collect();
        let found = drift(&warming).unwrap();
        assert!(found.is_drift());
        assert_eq!(found.per_round, -1.0);
        assert!(found.first_half > found.second_half);
        let noisy = [5.0, 7.0, 6.0, 5.5, 7.1, 5.2, 6.6, 5.9, 6.1, 7.2];
        assert!(!drift(&noisy).unwrap().is_drift());
        assert_eq!(drift(&noisy[..3]), None);
    }
}
