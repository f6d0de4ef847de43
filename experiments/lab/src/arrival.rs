//! When the messages of a cell are wanted.

use rand::{Rng, RngExt};
use store::Arrival;
use wire::DurationNs;

/// Offsets from the start at which `messages` messages are wanted, ascending; none for a closed
/// loop, which has no schedule.
///
/// Poisson: gaps are exponential with mean `1/rate`, so the number of messages is fixed and the
/// time they take is random. Random arrivals see time averages (Wolff 1982, PASTA,
/// doi:10.1287/opre.30.2.223), where fixed spacing would alias with a 1 Hz poll.
/// Constant: a gap of `1/rate`.
#[must_use]
pub fn offsets(
    arrival: Arrival,
    rate_per_s: f64,
    messages: u32,
    rng: &mut impl Rng,
) -> Option<Vec<DurationNs>> {
    let mean_gap_ns = 1e9 / rate_per_s;
    let mut gap_ns: Box<dyn FnMut() -> f64> = match arrival {
        Arrival::Closed => return None,
        Arrival::Constant => Box::new(|| mean_gap_ns),
        // Inversion; 1 - u lies in (0, 1], so the logarithm is finite.
        Arrival::Poisson => Box::new(|| -(1.0 - rng.random::<f64>()).ln() * mean_gap_ns),
    };
    let mut at_ns = 0.0;
    let offsets = (0..messages).map(|_| {
        at_ns += gap_ns();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "never negative, and rounding down to a nanosecond is meant"
        )]
        DurationNs(at_ns as u64)
    });
    Some(offsets.collect())
}

/// Deals a cell's arrivals out to its senders in turn. Together they are the cell's arrivals.
#[must_use]
pub fn deal(offsets: &[DurationNs], senders: u32) -> Vec<Vec<DurationNs>> {
    let senders = senders.max(1) as usize;
    (0..senders)
        .map(|first| offsets.iter().skip(first).step_by(senders).copied().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Stream, generator};

    fn gaps(arrival: Arrival, messages: u32, seed: u64) -> Vec<f64> {
        let mut rng = generator(seed, Stream::Arrivals { round: 0, rate_per_s: 20.0 });
        let offsets = offsets(arrival, 20.0, messages, &mut rng).unwrap();
        let mut before = 0;
        offsets
            .iter()
            .map(|at| {
                assert!(at.0 >= before, "ascending");
                let gap = (at.0 - before) as f64 / 1e9;
                before = at.0;
                gap
            })
            .collect()
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let gaps = gaps(Arrival::Poisson, 20_000, 42);
        let n = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / n;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / n;
        // Mean 50 ms with a standard error of 0.35 ms; the standard deviation equals the mean.
        assert!((mean - 0.05).abs() < 0.0015, "mean {mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.04, "deviation {}", variance.sqrt());
        // P(gap > 2 means) = e^-2 = 0.1353.
        let long = gaps.iter().filter(|gap| **gap > 0.1).count() as f64 / n;
        assert!((long - 0.1353).abs() < 0.01, "share of long gaps {long}");
    }

    #[test]
    fn poisson_arrivals_have_no_phase_against_a_one_hertz_poll() {
        let mut rng = generator(3, Stream::Arrivals { round: 0, rate_per_s: 20.0 });
        let offsets = offsets(Arrival::Poisson, 20.0, 20_000, &mut rng).unwrap();
        let first_half = offsets.iter().filter(|at| at.0 % 1_000_000_000 < 500_000_000).count();
        assert!((9_700..10_300).contains(&first_half), "{first_half}");
    }

    #[test]
    fn arrivals_depend_on_the_seed_alone() {
        assert_eq!(gaps(Arrival::Poisson, 50, 1), gaps(Arrival::Poisson, 50, 1));
        assert_ne!(gaps(Arrival::Poisson, 50, 1), gaps(Arrival::Poisson, 50, 2));
    }

    #[test]
    fn constant_gaps_are_equal() {
        for gap in gaps(Arrival::Constant, 100, 1) {
            assert!((gap - 0.05).abs() < 1e-8, "{gap}");
        }
    }

    #[test]
    fn a_closed_loop_has_no_schedule() {
        let mut rng = generator(1, Stream::Arrivals { round: 0, rate_per_s: 20.0 });
        assert_eq!(offsets(Arrival::Closed, 20.0, 5, &mut rng), None);
    }

    #[test]
    fn dealing_out_keeps_every_arrival() {
        let offsets: Vec<_> = (0..10).map(DurationNs).collect();
        let dealt = deal(&offsets, 3);
        assert_eq!(dealt.iter().map(Vec::len).collect::<Vec<_>>(), [4, 3, 3]);
        let mut all: Vec<_> = dealt.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, offsets);
    }
}
