//! Whether a figure that each round has one of lies on one side of a number.
//!
//! Messages of one round are not independent, rounds are; so a claim rests on one figure of each
//! round, such as the logarithm of the ratio of two cells' medians in that round. The cells of a
//! round were visited in turn, so that what they share (a slow minute of the machine) cancels in
//! that figure: the paired design of Student, "The probable error of a mean", Biometrika 6 (1908).
//!
//! A permutation test of such figures turns their signs, in `2^R` ways for `R` rounds: with eight
//! rounds no probability is below 2 / 256, which a correction for sixty claims never lets pass. The
//! permutation test with which two *runs* are compared has no such limit, but it gives up the
//! pairing. Student's t has neither flaw. It needs figures that are roughly symmetric, which
//! logarithms of medians and differences between cells of a round are: `tests/families.rs` counts
//! false claims of simulated reports with disturbed rounds, drift and waits for a poll.

use super::student;

/// The figures of the rounds, reduced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundsTest {
    /// How many rounds.
    pub rounds: usize,
    /// The mean of their figures.
    pub mean: f64,
    /// The standard error of that mean.
    pub standard_error: f64,
}

impl RoundsTest {
    /// Of two finite figures or more.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
    pub fn of(figures: &[f64]) -> Option<Self> {
        if figures.len() < 2 || figures.iter().any(|figure| !figure.is_finite()) {
            return None;
        }
        let n = figures.len() as f64;
        let mean = figures.iter().sum::<f64>() / n;
        let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
        let standard_error = (squares / (n - 1.0) / n).sqrt();
        // Figures that are alike but for rounding do not vary.
        let varies = standard_error > 1e-12 * mean.abs();
        let standard_error = if varies { standard_error } else { 0.0 };
        Some(Self { rounds: figures.len(), mean, standard_error })
    }

    /// The probability of a mean at least as far from `threshold`, either way, if that were the
    /// truth.
    #[must_use]
    pub fn p(&self, threshold: f64) -> f64 {
        self.two_sided(self.mean - threshold)
    }

    /// The probability of a mean at least as far outside `-margin` to `margin`, on its side, if the
    /// truth were the nearer end of it; twice that, for both sides. 1 inside.
    #[must_use]
    pub fn p_beyond(&self, margin: f64) -> f64 {
        let beyond = self.mean.abs() - margin;
        if beyond > 0.0 { self.two_sided(beyond) } else { 1.0 }
    }

    /// The interval around the mean that leaves out the truth with probability `alpha`.
    #[must_use]
    pub fn interval(&self, alpha: f64) -> (f64, f64) {
        let half = self.times_error(student::two_sided_quantile(alpha, self.degrees()));
        (self.mean - half, self.mean + half)
    }

    /// How far from a threshold the truth must be for a test at `alpha` to find it with that power,
    /// if the rounds spread as these do.
    ///
    /// By Johnson and Welch's approximation to the noncentral t distribution ("Applications of the
    /// non-central t-distribution", Biometrika 31, 1940; Abramowitz and Stegun, "Handbook of
    /// Mathematical Functions", 26.7.10). Adding the quantiles of t (Bloom, "Minimum detectable
    /// effects", 1995) falls short with few rounds and small levels: 76 of 100 where 80 are asked.
    #[must_use]
    pub fn finds(&self, alpha: f64, power: f64) -> f64 {
        let degrees = self.degrees();
        let t = student::two_sided_quantile(alpha, degrees);
        let spread = (1.0 + t * t / (2.0 * degrees)).sqrt();
        let away = t * (1.0 - 1.0 / (4.0 * degrees)) + store::normal_quantile(power) * spread;
        self.times_error(away)
    }

    #[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
    fn degrees(&self) -> f64 {
        self.rounds as f64 - 1.0
    }

    fn times_error(&self, t: f64) -> f64 {
        if self.standard_error > 0.0 { t * self.standard_error } else { 0.0 }
    }

    fn two_sided(&self, distance: f64) -> f64 {
        if distance == 0.0 {
            return 1.0;
        }
        // Figures that are all alike leave their common sign, which they have by chance in 2 of 2^R
        // cases.
        let of_signs = 2.0 * 0.5_f64.powi(i32::try_from(self.rounds).unwrap_or(i32::MAX));
        if self.standard_error > 0.0 {
            student::two_sided_p(distance / self.standard_error, self.degrees())
        } else {
            of_signs
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURES: [f64; 8] = [0.11, 0.25, -0.04, 0.31, 0.18, 0.09, 0.22, 0.15];

    /// scipy.stats.ttest_1samp(FIGURES, 0.0), (FIGURES, 0.1) and .confidence_interval(0.99).
    #[test]
    fn probabilities_and_intervals_are_scipys() {
        let test = RoundsTest::of(&FIGURES).unwrap();
        let near = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
        };
        near(test.p(0.0), P_ZERO);
        near(test.p(0.1), P_TENTH);
        near(test.p_beyond(0.1), P_TENTH);
        let (low, high) = test.interval(0.01);
        near(low, INTERVAL.0);
        near(high, INTERVAL.1);
        assert_eq!(test.p_beyond(0.2), 1.0);
    }

    #[test]
    fn a_figure_that_does_not_vary_is_known_by_its_sign_only() {
        let test = RoundsTest::of(&[0.3; 8]).unwrap();
        assert_eq!(test.p(0.0), 2.0 / 256.0);
        assert_eq!(test.p(0.3), 1.0);
        let rounded = RoundsTest::of(&[0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2]).unwrap();
        assert_eq!(rounded.p(0.0), 2.0 / 16.0);
        assert_eq!(test.interval(0.05), (0.3, 0.3));
    }

    #[test]
    fn one_round_and_figures_that_are_no_numbers_tell_nothing() {
        assert_eq!(RoundsTest::of(&[1.0]), None);
        assert_eq!(RoundsTest::of(&[1.0, f64::NAN]), None);
        assert_eq!(RoundsTest::of(&[1.0, f64::NEG_INFINITY]), None);
    }

    const P_ZERO: f64 = 0.004314576809921535;
    const P_TENTH: f64 = 0.16878216225692963;
    const INTERVAL: (f64, f64) = (0.02476739231242789, 0.29273260768757214);
}
