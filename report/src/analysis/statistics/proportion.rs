//! A share of a count, with its interval.

use super::{Z_95, student};

/// How many of how many, with a 95 % interval of the share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub n: u64,
    /// The share's interval; none of none.
    pub interval: Option<(f64, f64)>,
    /// Whether the interval rests on how the rounds differ; else it assumes that what happens to one
    /// message does not depend on the others.
    pub by_rounds: bool,
}

impl Proportion {
    /// So many of so many, taken as independent.
    #[must_use]
    pub fn of(count: u64, n: u64) -> Self {
        Self { count, n, interval: wilson(count, n), by_rounds: false }
    }

    /// So many of so many in each round.
    ///
    /// Messages of one round are not independent: losses come in bursts. The interval is Wilson's
    /// for the sample size at which independent messages would vary as the rounds do (Rao and Scott,
    /// "A simple method for the analysis of clustered binary data", Biometrics 48, 1992), never
    /// larger than the messages there are, with Student's t of one degree of freedom fewer than
    /// rounds in place of the normal point (Korn and Graubard, "Confidence intervals for proportions
    /// with small expected number of positive counts estimated from survey data", Survey Methodology
    /// 24, 1998). Where nothing or everything was counted, and with one round, the rounds do not show
    /// how they differ: that interval takes messages as independent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
    pub fn of_rounds(rounds: &[(u64, u64)]) -> Self {
        let rounds: Vec<(u64, u64)> = rounds.iter().copied().filter(|(_, n)| *n > 0).collect();
        let (count, n) =
            rounds.iter().fold((0, 0), |(count, n), round| (count + round.0, n + round.1));
        if rounds.len() < 2 || count == 0 || count == n {
            return Self::of(count, n);
        }
        let (size, clusters) = (n as f64, rounds.len() as f64);
        let share = count as f64 / size;
        let residuals = rounds.iter().map(|(x, m)| (*x as f64 - share * *m as f64).powi(2));
        let variance = clusters / (clusters - 1.0) * residuals.sum::<f64>() / size.powi(2);
        let of_independent = share * (1.0 - share) / size;
        let design_effect = (variance / of_independent).max(1.0);
        let t = student::two_sided_quantile(0.05, clusters - 1.0);
        let interval = score_interval(share, size / design_effect, t);
        Self { count, n, interval: Some(interval), by_rounds: true }
    }

    /// The share.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
    pub fn share(&self) -> Option<f64> {
        (self.n > 0).then(|| self.count as f64 / self.n as f64)
    }
}

/// The 95 % score interval of a proportion. Unlike the textbook's interval it stays within 0 and 1
/// and says something of a count of nothing: 0 lost of 1,000 leaves up to 0.4 % lost.
///
/// Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
/// American Statistical Association 22 (1927); recommended by Brown, Cai and DasGupta, "Interval
/// estimation for a binomial proportion", Statistical Science 16 (2001). It takes messages as
/// independent; losses that come in bursts make it too narrow: see [`Proportion::of_rounds`].
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
pub fn wilson(count: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (low, high) = score_interval(count as f64 / n as f64, n as f64, Z_95);
    // At the ends rounding would leave a crumb.
    Some((if count == 0 { 0.0 } else { low }, if count == n { 1.0 } else { high }))
}

fn score_interval(share: f64, size: f64, point: f64) -> (f64, f64) {
    let squared = point * point;
    let center = (share + squared / (2.0 * size)) / (1.0 + squared / size);
    let spread = (share * (1.0 - share) / size + squared / (4.0 * size * size)).sqrt();
    let half = point / (1.0 + squared / size) * spread;
    ((center - half).max(0.0), (center + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_thousand_leaves_room() {
        let (low, high) = wilson(0, 1000).unwrap();
        assert_eq!(low, 0.0);
        assert!((0.003..0.004).contains(&high), "{high}");
        assert_eq!(wilson(0, 0), None);
        assert_eq!(Proportion::of(3, 4).share(), Some(0.75));
    }

    #[test]
    fn losses_that_come_in_one_round_leave_more_room_than_losses_in_all() {
        let spread = Proportion::of_rounds(&[(4, 400); 8]);
        let mut burst = [(0, 400); 8];
        burst[3].0 = 32;
        let burst = Proportion::of_rounds(&burst);
        assert_eq!((spread.count, spread.n), (burst.count, burst.n));
        let width = |found: Proportion| found.interval.map_or(0.0, |(low, high)| high - low);
        assert!(width(burst) > 3.0 * width(spread), "{burst:?} {spread:?}");
        let independent = Proportion::of(32, 3200);
        assert!(width(spread) >= width(independent), "never narrower than of independent ones");
    }

    #[test]
    fn rounds_that_show_no_spread_say_that_independence_is_assumed() {
        for rounds in [&[(0, 100); 8][..], &[(100, 100); 8], &[(3, 100)], &[(0, 0), (3, 100)]] {
            let found = Proportion::of_rounds(rounds);
            assert!(!found.by_rounds, "{rounds:?}");
            assert_eq!(found, Proportion::of(found.count, found.n));
        }
        assert!(Proportion::of_rounds(&[(1, 100), (2, 100)]).by_rounds);
    }
}
