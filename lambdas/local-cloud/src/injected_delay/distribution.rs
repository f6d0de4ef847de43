//! What delays are drawn from: `fixed:10ms`, `uniform:1ms..5ms`, `exponential:5ms` (its mean) or
//! `lognormal:5ms,0.5` (its median, and the standard deviation of its natural logarithm).
//!
//! Each is drawn by inverse transform (Devroye, "Non-Uniform Random Variate Generation", 1986,
//! II.2): the quantile of a number that is uniform between 0 and 1.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::normal::quantile as normal_quantile;

/// The longest delay: a draw beyond it is cut, so that no message waits for ever.
const LONGEST: Duration = Duration::from_secs(3_600);

/// A distribution of delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DelayDistribution {
    /// Always the same.
    Fixed(Duration),
    /// Between these two.
    Uniform {
        /// The shortest.
        low: Duration,
        /// The longest.
        high: Duration,
    },
    /// Exponential.
    Exponential {
        /// Its mean.
        mean: Duration,
    },
    /// Log-normal.
    LogNormal {
        /// Its median.
        median: Duration,
        /// The standard deviation of its natural logarithm.
        sigma: f64,
    },
}

/// Why a text is no distribution of delays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no delay: expected fixed:10ms, uniform:1ms..5ms, exponential:5ms (mean) or \
     lognormal:5ms,0.5 (median, sigma of the logarithm); durations with us, ms or s, of an hour at most"
)]
pub struct DelayError {
    text: String,
}

impl DelayDistribution {
    /// The delay that a share of all delays, in 0..1, is shorter than.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        let seconds = match *self {
            Self::Fixed(delay) => return delay,
            Self::Uniform { low, high } => {
                low.as_secs_f64() + share * (high.as_secs_f64() - low.as_secs_f64())
            }
            Self::Exponential { mean } => -mean.as_secs_f64() * (-share).ln_1p(),
            Self::LogNormal { median, sigma } => {
                median.as_secs_f64() * (sigma * normal_quantile(share)).exp()
            }
        };
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
    }
}

impl FromStr for DelayDistribution {
    type Err = DelayError;

    fn from_str(text: &str) -> Result<Self, DelayError> {
        parse(text).ok_or_else(|| DelayError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<DelayDistribution> {
    let (kind, parameters) = text.split_once(':')?;
    Some(match kind {
        "fixed" => DelayDistribution::Fixed(duration(parameters)?),
        "uniform" => {
            let (low, high) = parameters.split_once("..")?;
            let (low, high) = (duration(low)?, duration(high)?);
            (low <= high).then_some(DelayDistribution::Uniform { low, high })?
        }
        "exponential" => DelayDistribution::Exponential { mean: duration(parameters)? },
        "lognormal" => {
            let (median, sigma) = parameters.split_once(',')?;
            let sigma: f64 = sigma.trim().parse().ok()?;
            let is_sigma = sigma.is_finite() && sigma >= 0.0;
            let median = duration(median)?;
            is_sigma.then_some(DelayDistribution::LogNormal { median, sigma })?
        }
        _ => return None,
    })
}

/// Reads `500us`, `10ms`, `1.5ms` or `1s`.
fn duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(unit_at);
    let unit_s = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => return None,
    };
    let seconds = number.parse::<f64>().ok()? * unit_s;
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= LONGEST)
}

impl fmt::Display for DelayDistribution {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: &Duration| duration.as_nanos() as f64 / 1e6;
        match self {
            Self::Fixed(delay) => write!(f, "fixed:{}ms", ms(delay)),
            Self::Uniform { low, high } => write!(f, "uniform:{}ms..{}ms", ms(low), ms(high)),
            Self::Exponential { mean } => write!(f, "exponential:{}ms", ms(mean)),
            Self::LogNormal { median, sigma } => write!(f, "lognormal:{}ms,{sigma}", ms(median)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_ids::RandomIds;

    fn of(text: &str) -> DelayDistribution {
        text.parse().unwrap()
    }

    fn ms(text: &str, share: f64) -> f64 {
        of(text).quantile(share).as_secs_f64() * 1e3
    }

    #[test]
    fn distributions_are_read_and_written() {
        for text in [
            "fixed:10ms",
            "uniform:1ms..5ms",
            "exponential:5ms",
            "lognormal:5ms,0.5",
            "fixed:0.25ms",
        ] {
            assert_eq!(of(text).to_string(), text);
        }
        assert_eq!(of("fixed:250us"), of("fixed:0.25ms"));
        for wrong in [
            "",
            "10ms",
            "fixed:10",
            "fixed:-1ms",
            "fixed:2h",
            "fixed:3601s",
            "uniform:5ms..1ms",
            "uniform:1ms",
            "exponential:x",
            "lognormal:5ms",
            "lognormal:5ms,-1",
            "lognormal:5ms,inf",
            "normal:5ms,1",
        ] {
            let error = wrong.parse::<DelayDistribution>().unwrap_err().to_string();
            assert!(
                error.contains(&format!("{wrong:?}")) && error.contains("fixed:10ms"),
                "{error}"
            );
        }
    }

    /// Known quantiles: -ln(1 - p) of the exponential, exp(sigma z_p) of the log-normal.
    #[test]
    fn quantiles_are_those_of_the_distributions() {
        let is = |text: &str, share: f64, expected: f64| {
            let got = ms(text, share);
            assert!((got - expected).abs() < 1e-5, "{text} at {share}: {got}, not {expected}");
        };
        for share in [0.0, 0.5, 0.999] {
            is("fixed:10ms", share, 10.0);
            is("uniform:1ms..5ms", share, 1.0 + 4.0 * share);
        }
        is("exponential:5ms", 0.5, 5.0 * std::f64::consts::LN_2);
        is("exponential:5ms", 0.9, 5.0 * std::f64::consts::LN_10);
        is("exponential:5ms", 0.99, 10.0 * std::f64::consts::LN_10);
        is("lognormal:5ms,0.5", 0.5, 5.0);
        // z of 0.9 and 0.99 from Python's statistics.NormalDist.
        is("lognormal:5ms,0.5", 0.9, 5.0 * (0.5_f64 * 1.281_551_565_544_600_8).exp());
        is("lognormal:5ms,0.5", 0.99, 5.0 * (0.5_f64 * 2.326_347_874_040_840_8).exp());
        is("lognormal:5ms,0.5", 0.01, 5.0 * (-0.5_f64 * 2.326_347_874_040_840_8).exp());
        assert_eq!(of("lognormal:5ms,9").quantile(1.0), LONGEST);
        assert_eq!(of("exponential:5ms").quantile(0.0), Duration::ZERO);
    }

    /// The Kolmogorov-Smirnov distance of 20,000 draws is below its 99.9 % point, 1.95 / sqrt(n).
    #[test]
    fn draws_follow_their_distribution() {
        let count = 20_000_u32;
        for (stream, text) in
            ["uniform:1ms..5ms", "exponential:5ms", "lognormal:5ms,0.5"].into_iter().enumerate()
        {
            let draws = RandomIds::new(7, stream as u64);
            let mut delays: Vec<_> =
                (0..count).map(|_| of(text).quantile(draws.fraction())).collect();
            delays.sort_unstable();
            let distance = (1..count).map(|i| {
                let share = f64::from(i) / f64::from(count);
                // How much of the distribution lies below the draw of that rank, by bisection.
                let (mut low, mut high) = (0.0, 1.0);
                for _ in 0..40 {
                    let middle: f64 = f64::midpoint(low, high);
                    if of(text).quantile(middle) < delays[i as usize] {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                (low - share).abs()
            });
            let distance = distance.fold(0.0, f64::max);
            assert!(distance < 1.95 / f64::from(count).sqrt(), "{text}: {distance}");
        }
    }
}
