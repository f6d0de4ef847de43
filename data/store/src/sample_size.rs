//! How much must be measured to find an effect.
//!
//! It stands here because the lab plans with it and the report compares with it; it knows nothing
//! of files.

/// How a figure spreads, as standard deviations of the logarithm of the values: 0.1 is about 10 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of messages around their round's median.
    pub within_round: f64,
    /// Of rounds' medians around the run's, beyond what the messages of a round explain.
    pub between_rounds: f64,
}

/// What a comparison is to find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// The shift of the median, as a ratio: 1.1 for 10 % slower.
    pub ratio: f64,
    /// How often a shift may be found where there is none, both sides together; 0.05 is usual.
    /// Divide it by the number of comparisons made at once (Bonferroni).
    pub alpha: f64,
    /// How often a shift of that ratio is to be found; 0.8 is usual.
    pub power: f64,
}

/// The rounds that each of two runs needs, of so many messages each, for the aim; none where no
/// number would do: a ratio of 1 or less than 0, or an alpha or power outside 0 to 1.
///
/// The logarithm of a run's median has variance `(b² + (π/2) w² / m) / R` for `R` rounds of `m`
/// messages: rounds are independent, and the median of `m` values has π/2 times the variance of
/// their mean where these are normal (Kendall and Stuart, "The Advanced Theory of Statistics",
/// volume 1, section 10.10). Two runs are told apart by a normal test of that difference when
/// `R = 2 (z₁₋α/₂ + z_power)² (b² + (π/2) w²/m) / ln² ratio` (Lachin, "Introduction to sample size
/// determination and power analysis for clinical trials", Controlled Clinical Trials 2, 1981), and
/// `z²₁₋α/₂ / 4` rounds more make up for the spread being estimated from the rounds themselves
/// (Guenther, "Sample size formulas for normal theory t tests", The American Statistician 35,
/// 1981), one more below eight, where that falls short. Whole rounds are exchanged by the test that
/// compares two runs, so there must also be enough of them for that: `2 / C(2R, R)` at most alpha.
/// A rank test needs 3/π of that in the worst common case (Noether, "Sample size
/// determination for some common nonparametric tests", Journal of the American Statistical
/// Association 82, 1987).
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a positive number that fits"
)]
pub fn rounds_to_find(aim: Aim, spread: Spread, messages_per_round: u32) -> Option<u32> {
    let probability = |p: f64| p > 0.0 && p < 1.0;
    let differs = aim.ratio > 0.0 && aim.ratio.ln() != 0.0;
    if !probability(aim.alpha) || !probability(aim.power) || !differs {
        return None;
    }
    let messages = f64::from(messages_per_round.max(1));
    let of_round = spread.between_rounds.powi(2)
        + std::f64::consts::FRAC_PI_2 * spread.within_round.powi(2) / messages;
    let (z_alpha, z_power) = (normal_quantile(1.0 - aim.alpha / 2.0), normal_quantile(aim.power));
    let shift = aim.ratio.ln();
    let rounds = 2.0 * (z_alpha + z_power).powi(2) * of_round / shift.powi(2);
    let rounds = (rounds + z_alpha.powi(2) / 4.0).ceil().max(2.0);
    let rounds = (rounds <= f64::from(u32::MAX)).then_some(rounds as u32)?;
    let rounds = if rounds < FEW { rounds + 1 } else { rounds };
    (rounds..).find(|rounds| *rounds >= MANY || smallest_p(*rounds) <= aim.alpha)
}

/// With fewer rounds than that, the terms for the spread being estimated fall short by up to one
/// round: the power of the t test from the noncentral t distribution is then 0.77 where 0.8 is
/// asked, and at least 0.8 with one round more.
const FEW: u32 = 8;

/// With so many rounds no alpha is out of reach.
const MANY: u32 = 500;

/// The smallest probability of a permutation test of two runs of so many rounds: that of two of all
/// `C(2R, R)` ways to deal the rounds out. A smaller alpha is met by no difference.
fn smallest_p(rounds: u32) -> f64 {
    let ways = |place: u32| f64::from(rounds + place) / f64::from(place);
    2.0 / (1..=rounds).map(ways).product::<f64>()
}

/// The value below which a standard normal one lies with probability `p`, `0 < p < 1`.
///
/// Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
/// Statistics 37 (1988), PPND16: about 1 part in 10^16.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTRAL, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-tail.ln()).sqrt();
    let z = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -z } else { z }
}

/// A numerator's and a denominator's coefficients, the constant first.
type Rational = [[f64; 8]; 2];

fn ratio(of: &Rational, x: f64) -> f64 {
    let polynomial = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * x + term);
    polynomial(&of[0]) / polynomial(&of[1])
}

#[expect(clippy::excessive_precision, clippy::unreadable_literal, reason = "as published")]
const CENTRAL: Rational = [
    [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ],
    [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ],
];

#[expect(clippy::excessive_precision, clippy::unreadable_literal, reason = "as published")]
const MIDDLE: Rational = [
    [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ],
    [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ],
];

#[expect(clippy::excessive_precision, clippy::unreadable_literal, reason = "as published")]
const FAR: Rational = [
    [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ],
    [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.norm.ppf.
    #[test]
    fn quantiles_are_scipys() {
        for (p, z) in [
            (0.5, 0.0),
            (0.8, 0.841_621_233_572_914_3),
            (0.975, 1.959_963_984_540_054),
            (0.000_625, -3.227_218_425_963_156_4),
            (1e-300, -37.047_096_299_361_2),
        ] {
            let found = normal_quantile(p);
            assert!((found - z).abs() <= 1e-12 * z.abs(), "{p}: {found}, expected {z}");
        }
    }

    #[test]
    fn a_smaller_shift_needs_more_rounds_and_none_needs_no_end_of_them() {
        let spread = Spread { within_round: 0.3, between_rounds: 0.05 };
        let aim = Aim { ratio: 1.1, alpha: 0.05, power: 0.8 };
        let rounds = rounds_to_find(aim, spread, 200).unwrap();
        // 2 · 7.849 · (0.0025 + 0.000707) / 0.009084 + 0.96, rounded up.
        assert_eq!(rounds, 7 + 1);
        assert!(
            rounds_to_find(Aim { ratio: 1.05, ..aim }, spread, 200).unwrap() > 3 * (rounds - 1)
        );
        assert_eq!(rounds_to_find(Aim { ratio: 1.0 / 1.1, ..aim }, spread, 200), Some(rounds));
        for bad in [
            Aim { ratio: 1.0, ..aim },
            Aim { ratio: -1.0, ..aim },
            Aim { alpha: 0.0, ..aim },
            Aim { power: 1.0, ..aim },
        ] {
            assert_eq!(rounds_to_find(bad, spread, 200), None, "{bad:?}");
        }
        // However little rounds differ, there are enough to exchange: 2 / C(14, 7) = 0.00058.
        let quiet = Spread { within_round: 0.0, between_rounds: 0.0001 };
        assert_eq!(rounds_to_find(Aim { alpha: 0.05 / 60.0, ..aim }, quiet, 1), Some(7));
    }
}
