//! The verdicts on all comparisons that are made at once.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use store::{Aim, Spread, rounds_to_find};

use super::round_test::{Sample, StandardError, permutation_p, smallest_p};
use crate::analysis::statistics::holm;

/// How often at most one comparison or more is called a difference where there is none.
pub const ALPHA: f64 = 0.05;

/// How often a difference of the size that is said to be found is found.
pub const POWER: f64 = 0.8;

/// What is said of the second run against the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The second run was faster.
    Faster,
    /// The second run was slower.
    Slower,
    /// No difference that this sample would find.
    NoDifference,
}

impl Verdict {
    /// As it stands in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::NoDifference => "no difference at this size",
        }
    }
}

/// How medians are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As ratios: their logarithms.
    Ratio,
    /// As differences, where a round's median is not above 0, as handoffs by two clocks can be.
    Difference,
}

impl Scale {
    fn of(self, value: f64) -> f64 {
        if self == Self::Ratio { value.ln() } else { value }
    }

    fn back(self, value: f64) -> f64 {
        if self == Self::Ratio { value.exp() } else { value }
    }
}

/// A comparison with its verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What `change` and `finds` are.
    pub scale: Scale,
    /// The typical median of a round in each run: the geometric mean of the rounds' medians (the
    /// arithmetic one for a difference); in the values' unit.
    pub typical: [f64; 2],
    /// The second over the first, or the second less the first.
    pub change: f64,
    /// Its interval, at the level at which all intervals hold together with 95 %.
    pub interval: (f64, f64),
    /// The probability of such a difference by chance, of this comparison alone.
    pub p: f64,
    /// The same, corrected for all comparisons (Holm).
    pub adjusted_p: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// The change that this sample would find in 80 of 100 pairs of runs: a ratio above 1, or a
    /// difference. None where it has too few rounds to find any.
    pub finds: Option<f64>,
    /// Rounds of each run that would find a change of a tenth, where medians are compared as ratios.
    pub rounds_for_a_tenth: Option<u32>,
}

/// Judges comparisons, each the rounds' medians of the first run and of the second; those of fewer
/// than two rounds on a side are none and count for none.
///
/// The probabilities are corrected together by Holm's procedure, so that of pairs of equal runs at
/// most 5 in 100 have one difference or more called, whatever the comparisons have in common. Each
/// interval is at the level `1 - 0.05 / k` of `k` comparisons (Bonferroni), so that all of them
/// hold together with 95 %.
#[must_use]
pub fn judge(comparisons: &[[Vec<f64>; 2]]) -> Vec<Option<Judged>> {
    let tested = comparisons.iter().filter(|pair| pair.iter().all(|side| side.len() >= 2)).count();
    let mut judged: Vec<Option<Judged>> =
        comparisons.par_iter().map(|pair| compared(pair, tested)).collect();
    let probabilities: Vec<f64> = judged.iter().flatten().map(|judged| judged.p).collect();
    for (judged, adjusted) in judged.iter_mut().flatten().zip(holm(&probabilities)) {
        judged.adjusted_p = adjusted;
        let none = if judged.scale == Scale::Ratio { 1.0 } else { 0.0 };
        judged.verdict = match adjusted <= ALPHA {
            true if judged.change < none => Verdict::Faster,
            true => Verdict::Slower,
            false => Verdict::NoDifference,
        };
    }
    judged
}

/// The level of each of `tested` comparisons.
#[expect(clippy::cast_precision_loss, reason = "as many as there are cells")]
pub(crate) fn alpha_of_each(tested: usize) -> f64 {
    ALPHA / tested.max(1) as f64
}

/// Enough to tell a probability of the level of one comparison.
fn draws(tested: usize) -> u32 {
    u32::try_from(tested).unwrap_or(u32::MAX).saturating_mul(400).clamp(20_000, 400_000)
}

fn compared(pair: &[Vec<f64>; 2], tested: usize) -> Option<Judged> {
    let positive = pair.iter().flatten().all(|median| *median > 0.0);
    let scale = if positive { Scale::Ratio } else { Scale::Difference };
    let [one, other] =
        pair.each_ref().map(|medians| medians.iter().map(|m| scale.of(*m)).collect::<Vec<f64>>());
    let (first, second) = (Sample::of(&one)?, Sample::of(&other)?);
    let error = StandardError::of([first, second].map(|s| (s.variance_of_mean, s.n)));
    let alpha = alpha_of_each(tested);
    let difference = second.mean - first.mean;
    let (low, high) = error.interval(difference, alpha);
    let can_find = smallest_p(first.n, second.n) <= alpha;
    Some(Judged {
        scale,
        typical: [scale.back(first.mean), scale.back(second.mean)],
        change: scale.back(difference),
        interval: (scale.back(low), scale.back(high)),
        p: permutation_p(&one, &other, draws(tested)),
        adjusted_p: 1.0,
        verdict: Verdict::NoDifference,
        finds: can_find.then(|| scale.back(error.finds(alpha, POWER))),
        rounds_for_a_tenth: positive.then(|| rounds_for_a_tenth([first, second], alpha)).flatten(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
fn rounds_for_a_tenth(samples: [Sample; 2], alpha: f64) -> Option<u32> {
    let of_rounds = samples.map(|sample| sample.variance_of_mean * sample.n as f64);
    // What the messages of a round add is in the spread of the rounds' medians already.
    let between_rounds = f64::midpoint(of_rounds[0], of_rounds[1]).sqrt();
    let aim = Aim { ratio: 1.1, alpha, power: POWER };
    rounds_to_find(aim, Spread { within_round: 0.0, between_rounds }, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_apart_is_told_and_a_side_of_one_round_is_not_compared() {
        let around = |value: f64| (0..10).map(|i| value + f64::from(i * 7 % 10)).collect();
        let pairs = [
            [around(1000.0), around(1500.0)],
            [around(1000.0), around(900.0)],
            [around(1000.0), around(1000.0)],
            [around(1000.0), vec![1.0]],
            [around(-5.0), around(995.0)],
        ];
        let judged = judge(&pairs);
        let verdicts: Vec<_> = judged.iter().flatten().map(|j| j.verdict).collect();
        let (faster, slower) = (Verdict::Faster, Verdict::Slower);
        assert_eq!(verdicts, [slower, faster, Verdict::NoDifference, slower]);
        assert_eq!(judged[3], None);
        let last = judged[4].unwrap();
        assert_eq!((last.scale, last.change.round()), (Scale::Difference, 1000.0));
        let first = judged[0].unwrap();
        assert!((1.4..1.6).contains(&first.change));
        assert!(first.interval.0 < first.change && first.change < first.interval.1);
    }

    #[test]
    fn few_rounds_find_nothing_and_say_so() {
        let pair = [vec![1.0, 1.1, 0.9], vec![2.0, 2.1, 1.9]];
        let judged = judge(&[pair]);
        let only = judged[0].unwrap();
        assert_eq!((only.verdict, only.finds), (Verdict::NoDifference, None));
    }
}
