//! Student's t distribution.

/// The probability that a value of Student's t distribution with so many degrees of freedom (not
/// necessarily whole) is further from 0 than `t`, on either side.
///
/// `I(df / (df + t²); df/2, 1/2)`, the regularised incomplete beta function (Abramowitz and Stegun,
/// "Handbook of Mathematical Functions", 26.5.27 and 26.7.1).
pub(crate) fn two_sided_p(t: f64, df: f64) -> f64 {
    incomplete_beta(df / (df + t * t), df / 2.0, 0.5)
}

/// The distance from 0 beyond which a value lies with that probability, both sides together.
pub(crate) fn two_sided_quantile(p: f64, df: f64) -> f64 {
    // The probability falls with the distance, which is looked for by halving its logarithm; what
    // is further than e^100 is as good as infinite.
    let (mut low, mut high) = (-50.0_f64, 100.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if two_sided_p(middle.exp(), df) > p { low = middle } else { high = middle }
    }
    low.exp()
}

/// The regularised incomplete beta function by its continued fraction, evaluated by the modified
/// Lentz method (Press et al., "Numerical Recipes" (2007), section 6.4).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front =
        (libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p())
            .exp();
    // The fraction converges quickly on this side of the mean only; on the other by symmetry.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(x, a, b) / a
    } else {
        1.0 - front * continued_fraction(1.0 - x, b, a) / b
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let off_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / off_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in (1..1000).map(f64::from) {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for term in [even, odd] {
            d = 1.0 / off_zero(1.0 + term * d);
            c = off_zero(1.0 + term / c);
            last = c * d;
            result *= last;
        }
        if (last - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two-sided: scipy.stats.t.sf(t, df) * 2 and scipy.stats.t.isf(p / 2, df).
    #[test]
    fn probabilities_and_quantiles_are_scipys() {
        for (t, df, p) in PROBABILITIES {
            let found = two_sided_p(t, df);
            assert!((found - p).abs() <= 1e-11 * p, "{t}, {df}: {found}, expected {p}");
        }
        for (p, df, t) in QUANTILES {
            let found = two_sided_quantile(p, df);
            assert!((found - t).abs() <= 1e-10 * t, "{p}, {df}: {found}, expected {t}");
        }
        assert_eq!(two_sided_p(0.0, 5.0), 1.0);
    }

    const PROBABILITIES: [(f64, f64, f64); 4] = [
        (0.3, 1.0, 0.8144528418445154),
        (2.1, 18.0, 0.050090405709568346),
        (4.5, 17.3, 0.0003032852362038582),
        (12.0, 58.0, 2.3615708349395153e-17),
    ];
    const QUANTILES: [(f64, f64, f64); 4] = [
        (0.05, 18.0, 2.1009220402410387),
        (0.000833, 17.3, 4.035080458310837),
        (0.4, 9.0, 0.8834038596855341),
        (0.01, 1.0, 63.65674116287158),
    ];
}
