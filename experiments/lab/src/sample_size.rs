//! How many rounds it takes to tell two medians apart, for the cells of a plan.
//!
//! The formula is [`store::rounds_to_find`], on which `just compare` rests too; here are the spreads
//! that a plan takes for granted, and the smallest shift that its rounds find.

use clap::Args;
use store::{Aim, Spread, rounds_to_find};

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

/// The largest of the warm handoffs of `data/runs/example`'s baseline with a receiver that does
/// nothing, rounded up: standard deviation within a round 0.344 (1.093 over Kinesis), of the rounds'
/// medians beyond what the messages of a round explain 0.083.
const WITHIN: f64 = 0.35;
const POLLED: f64 = 1.1;
const BETWEEN: f64 = 0.09;

impl Default for Spreads {
    fn default() -> Self {
        Self { sigma_within: WITHIN, sigma_polled: POLLED, sigma_between: BETWEEN }
    }
}

impl Spreads {
    /// The spread of a cell whose messages wait for a poll, or do not.
    #[must_use]
    pub fn of_cell(&self, polled: bool) -> Spread {
        let within = if polled { self.sigma_polled } else { self.sigma_within };
        Spread { within_round: within, between_rounds: self.sigma_between }
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

    /// The smallest shift of a median, as a share of it, that two runs of so many rounds and
    /// messages a round find; none where so few rounds find nothing.
    #[must_use]
    pub fn smallest_shift(self, rounds: u32, messages: u32, spread: Spread) -> Option<f64> {
        let finds = |shift: f64| {
            self.rounds_needed(shift, messages, spread).is_some_and(|needed| needed <= rounds)
        };
        let (mut missed, mut found) = (0.0, LARGEST_SHIFT);
        if !finds(found) {
            return None;
        }
        // More is found with more rounds, so halving finds the shift at which these are enough.
        for _ in 0..HALVINGS {
            let between = f64::midpoint(missed, found);
            if finds(between) { found = between } else { missed = between }
        }
        Some(found)
    }

    /// How many rounds each of two runs needs to find a shift of that share; none where no number
    /// would do.
    #[must_use]
    pub fn rounds_needed(self, shift: f64, messages: u32, spread: Spread) -> Option<u32> {
        let aim = Aim { ratio: 1.0 + shift, alpha: self.level, power: self.power };
        rounds_to_find(aim, spread, messages)
    }
}

/// A thousandfold: what is not found there is no matter of more messages.
const LARGEST_SHIFT: f64 = 1_000.0;
/// From a thousandfold to a millionth of a percent.
const HALVINGS: u32 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Spread = Spread { within_round: 0.5, between_rounds: 0.1 };

    #[test]
    fn the_formula_gives_what_it_gives_by_hand() {
        // One cell: z = 1.959964 + 0.841621 = 2.801585. Variance of a round's median:
        // 0.01 + 1.570796 * 0.25 / 40 = 0.019817. ln(1.1) = 0.0953102.
        // 2 * 7.848880 * 0.019817 / 0.00908403 = 34.25; 1.959964² / 4 = 0.96 more for the spread
        // being estimated.
        let test = Test::of_cells(1);
        assert_eq!(test.rounds_needed(0.1, 40, SPREAD), Some(36));
        // Ten rounds, 9.04 of them for the shift: exp(2.801585 * sqrt(2 * 0.019817 / 9.0396)) - 1.
        let shift = test.smallest_shift(10, 40, SPREAD).unwrap();
        assert!((shift - 0.2038).abs() < 1e-3, "{shift}");
    }

    #[test]
    fn the_smallest_shift_needs_the_rounds_that_there_are() {
        for (rounds, messages, cells) in [(10, 40, 10), (30, 200, 128), (12, 4, 1)] {
            let test = Test::of_cells(cells);
            let shift = test.smallest_shift(rounds, messages, SPREAD).unwrap();
            assert_eq!(test.rounds_needed(shift * 1.000_001, messages, SPREAD), Some(rounds));
        }
    }

    #[test]
    fn two_rounds_find_nothing() {
        // Of two rounds each, one in three ways to deal them out is as extreme.
        assert_eq!(Test::of_cells(1).smallest_shift(2, 1_000, SPREAD), None);
    }

    #[test]
    fn more_cells_need_more_and_no_number_of_messages_outdoes_the_rounds() {
        let needed =
            |cells, messages| Test::of_cells(cells).rounds_needed(0.1, messages, SPREAD).unwrap();
        assert!(needed(50, 40) > needed(1, 40));
        assert!(needed(1, 1_000_000) >= 17, "{}", needed(1, 1_000_000));
    }
}
