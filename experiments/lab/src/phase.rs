//! In which phase of a poll a message is put over a polled stream.
//!
//! A visit that is shorter than a few polls sees mostly one phase, and a handful of phases drawn one
//! by one leave gaps and crowd. They are therefore stratified over a cell's rounds (Cochran,
//! *Sampling Techniques*, 3rd edition 1977, chapter 5; for points in an interval McKay, Beckman and
//! Conover, Technometrics 21, 1979, doi:10.1080/00401706.1979.10489755): the interval has as many
//! equal parts as there are phases to be drawn, and each part is drawn from once.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::orders::Timing;
use crate::seed::{self, Stream};

/// `messages` phases of one round, as fractions of the poll interval: of each message of a cell that
/// sends them one by one, of the one schedule of another.
///
/// Each round has one in each of `messages` equal parts of the interval, in a random order; each of
/// these parts is split among the rounds, and which round has which of its strata is random. Over
/// all rounds, `rounds * messages` strata have one phase each.
///
/// As the arrivals, they are the same for all cells of a run, so that cells that poll alike are in
/// the same phase in the same round and chance cancels where they are compared.
pub(crate) fn phases(timing: &Timing, messages: u32) -> Vec<f64> {
    let Timing { seed, round, .. } = *timing;
    let rounds = timing.rounds.max(round + 1);
    let strata = f64::from(rounds) * f64::from(messages);
    let mut parts: Vec<u32> = (0..messages).collect();
    parts.shuffle(&mut seed::generator(seed, Stream::PhaseOrder { round }));
    let mut within = seed::generator(seed, Stream::Phase { round });
    let phase = |part: u32| {
        let mut of_rounds: Vec<u32> = (0..rounds).collect();
        of_rounds.shuffle(&mut seed::generator(seed, Stream::PhaseStrata { part }));
        let stratum = f64::from(part) * f64::from(rounds) + f64::from(of_rounds[round as usize]);
        (stratum + within.random::<f64>()) / strata
    };
    parts.into_iter().map(phase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn timing(seed: u64, round: u32, rounds: u32) -> Timing {
        Timing { seed, round, rounds, shard_poll_interval: Duration::from_secs(1) }
    }

    /// The numbers of the parts, of so many, in which phases lie.
    fn parts(phases: &[f64], count: u32) -> Vec<u32> {
        let mut parts: Vec<u32> =
            phases.iter().map(|phase| (phase * f64::from(count)).floor() as u32).collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn each_stratum_has_one_phase_and_each_round_one_in_each_part() {
        for rounds in [1, 2, 3, 8, 10, 30] {
            for messages in [1, 2, 7, 50] {
                for seed in 0..5 {
                    let all: Vec<Vec<f64>> = (0..rounds)
                        .map(|round| phases(&timing(seed, round, rounds), messages))
                        .collect();
                    for of_round in &all {
                        assert_eq!(parts(of_round, messages), (0..messages).collect::<Vec<_>>());
                    }
                    let strata = rounds * messages;
                    assert_eq!(parts(&all.concat(), strata), (0..strata).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn each_phase_is_as_likely_in_each_round_and_place() {
        for (round, message) in [(0, 0), (3, 1), (7, 2)] {
            let mut counts = [0_u32; 10];
            for seed in 0..2_000 {
                let phase = phases(&timing(seed, round, 8), 3)[message];
                counts[(phase * 10.0) as usize] += 1;
            }
            // 200 each, with a standard deviation of 13.4.
            assert!(counts.iter().all(|count| (140..260).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn phases_do_not_trend_over_the_rounds() {
        let rising = |seed| {
            let phase = |round| phases(&timing(seed, round, 8), 1)[0];
            (1..8).filter(|round| phase(*round) > phase(round - 1)).count()
        };
        let total: usize = (0..500).map(rising).sum();
        // Half of 3,500; a rise makes the next one less likely, so the deviation is below 30.
        assert!((1_650..1_850).contains(&total), "{total}");
    }
}
