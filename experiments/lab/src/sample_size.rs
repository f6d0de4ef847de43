//! How many rounds it takes to tell two medians apart.
//!
//! Latencies are compared on the logarithmic scale, where a shift by a factor is a shift. A cell's
//! median of `m` messages in each of `n` rounds has, about normally, the variance
//! `(τ² + (π/2) σ²/m) / n`: τ is the spread between rounds, σ that within one, and π/2 what a median
//! costs beside a mean (Serfling, *Approximation Theorems of Mathematical Statistics*, 1980,
//! section 2.3.3). Two runs differ by twice that, so that a shift δ is found with power `1 - β` at
//! the two-sided level α when
//!
//! `n ≥ 2 (z(1-α/2) + z(1-β))² (τ² + (π/2) σ²/m) / ln(1+δ)²`
//!
//! (the normal approximation as in Noether, *Sample size determination for some common
//! nonparametric tests*, Journal of the American Statistical Association 82, 1987; the two levels
//! of variance as for a cluster design).

use std::f64::consts::FRAC_PI_2;

use clap::Args;

/// How far the latencies of a cell spread: standard deviations of the logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of the messages of a round, σ.
    pub within: f64,
    /// Of the medians of the rounds, beside what σ makes of them, τ.
    pub between: f64,
}

impl Spread {
    /// The variance of a round's median of `messages`.
    fn of_round(self, messages: u32) -> f64 {
        let within = self.within.powi(2) / f64::from(messages.max(1));
        self.between.powi(2) + FRAC_PI_2 * within
    }
}

/// The spreads that a plan takes for granted.
#[derive(Args, Clone, Copy, Debug, PartialEq)]
pub struct Spreads {
    /// Spread of ln(latency) within a round, for the sample size.
    #[arg(long, value_name = "S", default_value_t = WITHIN, value_parser = sigma)]
    pub sigma_within: f64,
    /// The same where a message waits for a poll of a Kinesis shard.
    #[arg(long, value_name = "S", default_value_t = POLLED, value_parser = sigma)]
    pub sigma_polled: f64,
    /// Spread of the rounds' medians of ln(latency), for the sample size.
    #[arg(long, value_name = "S", default_value_t = BETWEEN, value_parser = sigma)]
    pub sigma_between: f64,
}

/// The largest of the handoffs in `data/runs/example`, warm ones, rounded up: standard deviation
/// within a round 0.315 (0.936 over Kinesis), between rounds 0.200.
const WITHIN: f64 = 0.32;
const POLLED: f64 = 0.94;
const BETWEEN: f64 = 0.20;

impl Spreads {
    /// The spread of a cell whose messages wait for a poll, or do not.
    #[must_use]
    pub fn of_cell(&self, polled: bool) -> Spread {
        let within = if polled { self.sigma_polled } else { self.sigma_within };
        Spread { within, between: self.sigma_between }
    }

    /// The same as words of a command line.
    #[must_use]
    pub fn to_words(self) -> [String; 3] {
        [
            format!("--sigma-within={}", self.sigma_within),
            format!("--sigma-polled={}", self.sigma_polled),
            format!("--sigma-between={}", self.sigma_between),
        ]
    }
}

fn sigma(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(sigma) if (0.0..=10.0).contains(&sigma) => Ok(sigma),
        _ => Err(format!("{text:?} is no spread of ln(latency): expected 0 to 10")),
    }
}

/// A two-sided test with its level and its power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The probability to find a shift where there is none.
    pub level: f64,
    /// The probability to find one where there is.
    pub power: f64,
}

impl Test {
    /// The test of each of `cells` cells: 80 % power, and 5 % over all cells together (Bonferroni).
    #[must_use]
    pub fn of_cells(cells: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count of cells is far below 2^52")]
        let cells = cells.max(1) as f64;
        Self { level: 0.05 / cells, power: 0.8 }
    }

    fn z(self) -> f64 {
        normal_quantile(1.0 - self.level / 2.0) + normal_quantile(self.power)
    }

    /// The smallest shift of a median, as a share of it, that two runs of so many rounds and
    /// messages a round find.
    #[must_use]
    pub fn smallest_shift(self, rounds: u32, messages: u32, spread: Spread) -> f64 {
        let variance = 2.0 * spread.of_round(messages) / f64::from(rounds.max(1));
        (self.z() * variance.sqrt()).exp_m1()
    }

    /// How many rounds each of two runs needs to find a shift of that share.
    #[must_use]
    pub fn rounds_needed(self, shift: f64, messages: u32, spread: Spread) -> u64 {
        let rounds = 2.0 * self.z().powi(2) * spread.of_round(messages) / shift.ln_1p().powi(2);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number; one too large becomes the largest"
        )]
        let rounds = rounds.ceil() as u64;
        rounds.max(1)
    }
}

/// The quantile of the standard normal distribution, to 5e-4 refined by two steps of Halley's method
/// on [`normal_cdf`] (Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.2.23).
fn normal_quantile(p: f64) -> f64 {
    if p < 0.5 {
        return -normal_quantile(1.0 - p);
    }
    let t = (-2.0 * (1.0 - p).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = t - above / below;
    for _ in 0..2 {
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = (normal_cdf(z) - p) / density;
        z -= step / (1.0 + z * step / 2.0);
    }
    z
}

/// The standard normal distribution function: its series about 0, whose terms shrink from the
/// `z²/2`-th on (Abramowitz and Stegun, 26.2.11).
fn normal_cdf(z: f64) -> f64 {
    let (mut term, mut sum, mut k) = (z, z, 1.0);
    while term.abs() > 1e-17 * sum.abs() && k < 1_000.0 {
        k += 2.0;
        term *= z * z / k;
        sum += term;
    }
    0.5 + sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Spread = Spread { within: 0.5, between: 0.1 };

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // scipy.stats.norm.ppf
        let known = [
            (0.5, 0.0),
            (0.8, 0.841_621_233_572_914_3),
            (0.975, 1.959_963_984_540_054),
            (0.9995, 3.290_526_731_491_925_6),
            (0.025, -1.959_963_984_540_054),
        ];
        for (p, z) in known {
            assert!((normal_quantile(p) - z).abs() < 1e-9, "{p}: {}", normal_quantile(p));
        }
    }

    #[test]
    fn the_formula_gives_what_it_gives_by_hand() {
        // One cell: z = 1.959964 + 0.841621 = 2.801585. Variance of a round's median:
        // 0.01 + 1.570796 * 0.25 / 40 = 0.019817. ln(1.1) = 0.0953102.
        // 2 * 7.848880 * 0.019817 / 0.00908403 = 34.25.
        let test = Test::of_cells(1);
        assert_eq!(test.rounds_needed(0.1, 40, SPREAD), 35);
        // Ten rounds: exp(2.801585 * sqrt(2 * 0.019817 / 10)) - 1 = 0.1929.
        let shift = test.smallest_shift(10, 40, SPREAD);
        assert!((shift - 0.1929).abs() < 1e-4, "{shift}");
    }

    #[test]
    fn the_smallest_shift_needs_the_rounds_that_there_are() {
        for (rounds, messages, cells) in [(10, 40, 10), (30, 200, 128), (2, 4, 1)] {
            let test = Test::of_cells(cells);
            let shift = test.smallest_shift(rounds, messages, SPREAD);
            assert_eq!(test.rounds_needed(shift * 1.000_001, messages, SPREAD), u64::from(rounds));
        }
    }

    #[test]
    fn more_cells_need_more_and_no_number_of_messages_outdoes_the_rounds() {
        let needed = |cells, messages| Test::of_cells(cells).rounds_needed(0.1, messages, SPREAD);
        assert!(needed(50, 40) > needed(1, 40));
        assert!(needed(1, 1_000_000) >= 17, "{}", needed(1, 1_000_000));
    }
}
