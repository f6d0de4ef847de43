//! The verdicts on all comparisons that are made at once.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use store::{Aim, Spread, rounds_to_find};

use super::Margin;
use super::round_test::{Sample, StandardError, permutation_p, smallest_p};
use crate::analysis::statistics::holm;
pub use crate::analysis::{ALPHA, POWER, WIDEST_INTERVAL as WIDEST};

/// What is said of the second run against the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The second run was faster.
    Faster,
    /// The second run was slower.
    Slower,
    /// As good as equal: the whole interval lies within the margin.
    Equivalent,
    /// None of these can be said.
    Inconclusive,
}

impl Verdict {
    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Whether the runs differ significantly.
    #[must_use]
    pub const fn is_difference(self) -> bool {
        matches!(self, Self::Faster | Self::Slower)
    }
}

/// How many rounds of each run would do what this sample could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// To find anything: with fewer no difference, however large, is significant.
    ToFindAnything(u32),
    /// To find a shift of a tenth in 80 of 100 pairs of runs.
    ToFindATenth(u32),
    /// This sample would have found a tenth: to tell the shift that it has from none or from the
    /// margin, whichever is further.
    ToSettle(u32),
}

impl Needed {
    /// The rounds of each run.
    #[must_use]
    pub const fn rounds(self) -> u32 {
        match self {
            Self::ToFindAnything(rounds) | Self::ToFindATenth(rounds) | Self::ToSettle(rounds) => {
                rounds
            }
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
    /// The second over the first (of the geometric means of the rounds' medians), or the second less
    /// the first (of their arithmetic means).
    pub change: f64,
    /// Its interval, at the level at which all intervals hold together with 95 %. None where it says
    /// nothing: of too few rounds to find anything, or reaching over more than [`WIDEST`].
    pub interval: Option<(f64, f64)>,
    /// The probability of such a difference by chance, of this comparison alone.
    pub p: f64,
    /// The same, corrected for all comparisons (Holm).
    pub adjusted_p: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the whole interval lies within the margin. A difference may, too: it is there, and it
    /// is small.
    pub within_margin: bool,
    /// The change that this sample would find in 80 of 100 pairs of runs: a ratio above 1, or a
    /// difference. None where it has too few rounds to find any, or would find none below
    /// [`WIDEST`].
    pub finds: Option<f64>,
    /// Rounds of each run that would find a change of a tenth, where medians are compared as ratios.
    pub rounds_for_a_tenth: Option<u32>,
    /// What an inconclusive comparison would need, where that is known.
    pub needed: Option<Needed>,
}

/// Judges comparisons, each the rounds' medians of the first run and of the second; those of fewer
/// than two rounds on a side are none and count for none.
///
/// The probabilities are corrected together by Holm's procedure, so that of pairs of equal runs at
/// most 5 in 100 have one difference or more called, whatever the comparisons have in common. Each
/// interval is at the level `1 - 0.05 / k` of `k` comparisons (Bonferroni), so that all of them
/// hold together with 95 %.
///
/// Equivalence is claimed where the whole interval lies within the margin: two one-sided tests
/// (Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for
/// assessing the equivalence of average bioavailability", Journal of Pharmacokinetics and
/// Biopharmaceutics 15, 1987), each at half the level of the interval. A margin is a ratio, so that
/// of medians compared as differences no equivalence is claimed.
#[must_use]
pub fn judge(comparisons: &[[Vec<f64>; 2]], margin: Margin) -> Vec<Option<Judged>> {
    let tested = comparisons.iter().filter(|pair| pair.iter().all(|side| side.len() >= 2)).count();
    let mut judged: Vec<Option<Judged>> =
        comparisons.par_iter().map(|pair| compared(pair, tested, margin)).collect();
    let probabilities: Vec<f64> = judged.iter().flatten().map(|judged| judged.p).collect();
    for (judged, adjusted) in judged.iter_mut().flatten().zip(holm(&probabilities)) {
        judged.adjusted_p = adjusted;
        let none = if judged.scale == Scale::Ratio { 1.0 } else { 0.0 };
        judged.verdict = match adjusted <= ALPHA {
            true if judged.change < none => Verdict::Faster,
            true => Verdict::Slower,
            false if judged.within_margin => Verdict::Equivalent,
            false => Verdict::Inconclusive,
        };
        if judged.verdict != Verdict::Inconclusive {
            judged.needed = None;
        }
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

fn compared(pair: &[Vec<f64>; 2], tested: usize, margin: Margin) -> Option<Judged> {
    let positive = pair.iter().flatten().all(|median| *median > 0.0);
    let scale = if positive { Scale::Ratio } else { Scale::Difference };
    let [one, other] =
        pair.each_ref().map(|medians| medians.iter().map(|m| scale.of(*m)).collect::<Vec<f64>>());
    let (first, second) = (Sample::of(&one)?, Sample::of(&other)?);
    let error = StandardError::of([first, second].map(|s| (s.variance_of_mean, s.n)));
    let alpha = alpha_of_each(tested);
    let difference = second.mean - first.mean;
    let can_find = smallest_p(first.n, second.n) <= alpha;
    // The widest that is worth showing, on the scale on which means are taken.
    let widest = match scale {
        Scale::Ratio => WIDEST.ln(),
        Scale::Difference => {
            WIDEST * one.iter().chain(&other).fold(0.0, |m, v| f64::max(m, v.abs()))
        }
    };
    let (low, high) = error.interval(difference, alpha);
    let says_something = can_find && high - low <= widest;
    let interval = says_something.then(|| (scale.back(low), scale.back(high)));
    let finds = error.finds(alpha, POWER);
    let samples = [first, second];
    let rounds_for_a_tenth = positive.then(|| rounds_for(TENTH, samples, alpha)).flatten();
    let needed = if can_find {
        let has = u32::try_from(first.n.min(second.n)).unwrap_or(u32::MAX);
        rounds_for_a_tenth.map(|rounds| match rounds > has {
            true => Needed::ToFindATenth(rounds),
            false => Needed::ToSettle(settles(difference, margin, samples, alpha).max(has + 1)),
        })
    } else {
        fewest_rounds(alpha).map(Needed::ToFindAnything)
    };
    Some(Judged {
        scale,
        change: scale.back(difference),
        interval,
        p: permutation_p(&one, &other, draws(tested)),
        adjusted_p: 1.0,
        verdict: Verdict::Inconclusive,
        within_margin: positive && interval.is_some_and(|interval| margin.encloses(interval)),
        finds: (can_find && finds <= widest).then(|| scale.back(finds)),
        rounds_for_a_tenth,
        needed,
    })
}

const TENTH: f64 = 1.1;

/// The fewest rounds of each run with which a difference can be significant at all.
fn fewest_rounds(alpha: f64) -> Option<u32> {
    (2..=500).find(|rounds| smallest_p(*rounds as usize, *rounds as usize) <= alpha)
}

/// Rounds that would tell the difference found (of logarithms) from none, or from the margin, if it
/// is the true one: whichever is easier.
fn settles(difference: f64, margin: Margin, samples: [Sample; 2], alpha: f64) -> u32 {
    let from_none = difference.abs();
    let from_margin = margin.ratios().1.ln() - from_none;
    rounds_for(from_none.max(from_margin).exp(), samples, alpha).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
fn rounds_for(ratio: f64, samples: [Sample; 2], alpha: f64) -> Option<u32> {
    let of_rounds = samples.map(|sample| sample.variance_of_mean * sample.n as f64);
    // What the messages of a round add is in the spread of the rounds' medians already.
    let between_rounds = f64::midpoint(of_rounds[0], of_rounds[1]).sqrt();
    let aim = Aim { ratio, alpha, power: POWER };
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
            [around(-5.0), around(-5.0)],
        ];
        let judged = judge(&pairs, Margin::default());
        let verdicts: Vec<_> = judged.iter().flatten().map(|j| j.verdict).collect();
        let (faster, slower) = (Verdict::Faster, Verdict::Slower);
        // Of differences no equivalence is claimed.
        let none = Verdict::Inconclusive;
        assert_eq!(verdicts, [slower, faster, Verdict::Equivalent, slower, none]);
        assert_eq!(judged[3], None);
        let last = judged[4].unwrap();
        assert_eq!((last.scale, last.change.round()), (Scale::Difference, 1000.0));
        let first = judged[0].unwrap();
        assert!((1.4..1.6).contains(&first.change));
        let (low, high) = first.interval.unwrap();
        assert!(low < first.change && first.change < high);
    }

    #[test]
    fn a_small_difference_that_is_there_is_told_and_said_to_be_small() {
        let around = |value: f64| (0..10).map(|i| value + f64::from(i * 7 % 10)).collect();
        let only = judge(&[[around(1000.0), around(1030.0)]], Margin::default())[0].unwrap();
        assert_eq!((only.verdict, only.within_margin), (Verdict::Slower, true));
        let narrow = Margin::from_percent(1.0).unwrap();
        let only = judge(&[[around(1000.0), around(1030.0)]], narrow)[0].unwrap();
        assert_eq!((only.verdict, only.within_margin), (Verdict::Slower, false));
    }

    /// Whatever the rounds and their spread: a verdict that needs rounds has them, an interval is
    /// finite and no wider than is worth showing, and what is needed is more than there is.
    #[test]
    fn few_rounds_and_wide_spreads_are_inconclusive_and_say_how_many_rounds_it_takes() {
        for rounds in 2..=12_u32 {
            for spread in [0.0, 1e-6, 0.01, 0.3, 3.0, 30.0] {
                for comparisons in [1, 20, 66, 400] {
                    let side = |shift: f64| -> Vec<f64> {
                        let step = |i: u32| f64::from(i * 7 % rounds) / f64::from(rounds) - 0.5;
                        (0..rounds).map(|i| 1e6 * (shift + spread * step(i)).exp()).collect()
                    };
                    let pairs = vec![[side(0.0), side(0.02)]; comparisons];
                    let judged = judge(&pairs, Margin::default())[0].unwrap();
                    let at = format!("{rounds} rounds, spread {spread}, {comparisons}: {judged:?}");
                    let alpha = alpha_of_each(comparisons);
                    let n = rounds as usize;
                    if smallest_p(n, n) > alpha {
                        assert_eq!(judged.verdict, Verdict::Inconclusive, "{at}");
                        assert_eq!((judged.interval, judged.finds), (None, None), "{at}");
                        let Some(Needed::ToFindAnything(enough)) = judged.needed else {
                            panic!("{at}")
                        };
                        let p = |n: u32| smallest_p(n as usize, n as usize);
                        assert!(p(enough) <= alpha && p(enough - 1) > alpha, "{at}");
                    }
                    if let Some((low, high)) = judged.interval {
                        assert!(low > 0.0 && high / low <= WIDEST * (1.0 + 1e-9), "{at}");
                    }
                    assert!(
                        judged.finds.is_none_or(|ratio| ratio <= WIDEST * (1.0 + 1e-9)),
                        "{at}"
                    );
                    let inconclusive = judged.verdict == Verdict::Inconclusive;
                    assert_eq!(judged.needed.is_some(), inconclusive, "{at}");
                    assert!(judged.needed.is_none_or(|needed| needed.rounds() > rounds), "{at}");
                }
            }
        }
    }
}
