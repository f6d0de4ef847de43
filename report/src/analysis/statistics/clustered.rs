//! A sample whose values belong to rounds, ordered once, from which the quantiles of every
//! bootstrap replicate are read without going through the values again.
//!
//! The quantile of a replicate is that of the sample in which each value stands as often as its
//! round was drawn. The ordered values are cut into blocks, and for the beginning of each block it
//! is counted how many values of each round come before. How many values of a replicate come before
//! it is then a product of those counts with the draw; the block of a quantile is found by
//! searching among such products, and its value by counting through that one block. A replicate
//! costs the logarithm of the number of blocks instead of the number of values.

use super::radix::Ascending;
use super::{LEVELS, Resampling, RoundValues, carried};

/// Values in a block where there are few...
const BLOCK: usize = 64;
/// ... and blocks where there are many: the counts then stay in a cache.
const BLOCKS: usize = 4096;

/// Values in ascending order, each with its round; exact order statistics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusteredSample {
    ascending: Ascending,
    /// How many values each round has.
    counts: Vec<u64>,
    /// The sum of each round's values.
    sums: Vec<i128>,
    /// Values in each block but the last.
    block: usize,
    /// `before[b * counts.len() + r]`: values of round `r` in the blocks before block `b`.
    before: Vec<u64>,
}

/// One round of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundSample {
    /// The round, from 0.
    pub round: u32,
    /// Its median; none without values.
    pub median: Option<f64>,
    /// Its mean; none without values.
    pub mean: Option<f64>,
    /// Its percentiles at [`LEVELS`], where so many values carry them.
    pub levels: [Option<f64>; LEVELS.len()],
    /// How many values it has, and those that stand for them.
    pub values: RoundValues,
}

impl ClusteredSample {
    /// Orders the values of each round, the first round's first.
    #[must_use]
    pub fn new(by_round: &[Vec<i64>]) -> Self {
        let ascending = Ascending::of(by_round);
        let counts = by_round.iter().map(|values| values.len() as u64).collect();
        let sum = |values: &Vec<i64>| values.iter().map(|value| i128::from(*value)).sum();
        let sums = by_round.iter().map(sum).collect();
        let block = ascending.len().div_ceil(BLOCKS).max(BLOCK);
        let mut sample = Self { ascending, counts, sums, block, before: Vec::new() };
        sample.count_blocks();
        sample
    }

    fn count_blocks(&mut self) {
        let blocks = self.len().div_ceil(self.block);
        self.before.reserve_exact(blocks * self.counts.len());
        let mut passed = vec![0; self.counts.len()];
        let mut rounds = self.ascending.rounds_from(0);
        for _ in 0..blocks {
            self.before.extend_from_slice(&passed);
            for round in rounds.by_ref().take(self.block) {
                passed[round] += 1;
            }
        }
    }

    /// The value of that rank, from 0, in ascending order.
    ///
    /// # Panics
    /// Where there are not so many values.
    #[must_use]
    pub fn value(&self, rank: usize) -> i64 {
        self.ascending.value(rank)
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ascending.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The arithmetic mean, where there are values.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
    pub fn mean(&self) -> Option<f64> {
        let sum: i128 = self.sums.iter().sum();
        (!self.is_empty()).then(|| sum as f64 / self.len() as f64)
    }

    /// The mean of each replicate; not a number where it is empty.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sums of nanoseconds; 53 bits are enough")]
    pub fn mean_replicates(&self, resampling: &Resampling) -> Vec<f64> {
        let sums: Vec<f64> = self.sums.iter().map(|sum| *sum as f64).collect();
        let counts: Vec<f64> = self.counts.iter().map(|count| *count as f64).collect();
        let total = |drawn: &[u32], of: &[f64]| -> f64 {
            drawn.iter().zip(of).map(|(weight, value)| f64::from(*weight) * value).sum()
        };
        resampling.replicate(|drawn| total(drawn, &sums) / total(drawn, &counts))
    }

    /// The quantile `p`, as in [`percentile()`](super::percentile()).
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let place = Place::of(self.len() as u64, p)?;
        let below = usize::try_from(place.below).ok()?;
        let above = (below + 1).min(self.len() - 1);
        Some(place.between(self.value(below), self.value(above)))
    }

    /// The quantiles at `levels` of each replicate, a list for each level; not a number where a
    /// replicate is empty.
    #[must_use]
    pub fn quantile_replicates(&self, resampling: &Resampling, levels: &[f64]) -> Vec<Vec<f64>> {
        let mut replicates = vec![Vec::with_capacity(resampling.replicates()); levels.len()];
        for drawn in resampling.draws() {
            let total = weigh(drawn, &self.counts);
            for (p, replicates) in levels.iter().zip(&mut replicates) {
                replicates.push(self.weighted_quantile(drawn, total, *p));
            }
        }
        replicates
    }

    /// The quantile of the sample in which each value stands as often as its round was drawn.
    fn weighted_quantile(&self, drawn: &[u32], total: u64, p: f64) -> f64 {
        let Some(place) = Place::of(total, p) else { return f64::NAN };
        let (block, mut passed) = self.block_of(drawn, total, place.below);
        let start = block * self.block;
        let mut low = None;
        for (rank, round) in (start..).zip(self.ascending.rounds_from(start)) {
            passed += u64::from(drawn[round]);
            if passed <= place.below {
                continue;
            }
            let low = *low.get_or_insert(rank);
            if place.share == 0.0 || passed > (place.below + 1).min(total - 1) {
                return place.between(self.value(low), self.value(rank));
            }
        }
        f64::NAN
    }

    /// The last block before which no more than `rank` values of a replicate come, and how many.
    fn block_of(&self, drawn: &[u32], total: u64, rank: u64) -> (usize, u64) {
        let rounds = self.counts.len();
        let passed = |block: usize| weigh(drawn, &self.before[block * rounds..][..rounds]);
        let (mut low, mut high) = (0, self.before.len() / rounds);
        let mut passed_low = 0;
        // Blocks weigh much the same: a guess by proportion is near, and a second one from there is
        // nearer; halving sees to the rest.
        let blocks = high as u64;
        let by_proportion = |values: u64| usize::try_from(values * blocks / total).unwrap_or(0);
        let mut guess = by_proportion(rank);
        let mut tries = 0;
        while high - low > 1 {
            let middle = if tries < 4 { guess } else { usize::midpoint(low, high) };
            let middle = middle.clamp(low + 1, high - 1);
            tries += 1;
            let found = passed(middle);
            if found <= rank {
                (low, passed_low) = (middle, found);
                guess = middle + by_proportion(rank - found).max(1);
            } else {
                high = middle;
                guess = middle.saturating_sub(by_proportion(found - rank).max(1));
            }
        }
        (low, passed_low)
    }

    /// Every round, also those without values.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    pub fn rounds(&self) -> Vec<RoundSample> {
        let kept = RoundValues::kept(self.counts.len()) as u64;
        let mut picks: Vec<Picks> = self.counts.iter().map(|n| Picks::of(*n, kept)).collect();
        for (value, round) in self.ascending.iter() {
            picks[round].pass(value);
        }
        let sizes = self.counts.iter().zip(&self.sums);
        (0..)
            .zip(picks)
            .zip(sizes)
            .map(|((round, picks), (n, sum))| {
                let mean = (*n > 0).then(|| *sum as f64 / *n as f64);
                let size = usize::try_from(*n).unwrap_or(usize::MAX);
                let levels = LEVELS.map(|p| picks.quantile(p).filter(|_| carried(size, p)));
                let median = picks.quantile(0.5);
                let values = picks.kept.into_iter().map(|value| value as f64).collect();
                RoundSample { round, median, mean, levels, values: RoundValues { n: *n, values } }
            })
            .collect()
    }
}

/// How many values of a replicate there are among so many of each round.
fn weigh(drawn: &[u32], counts: &[u64]) -> u64 {
    drawn.iter().zip(counts).map(|(times, count)| u64::from(*times) * count).sum()
}

/// Between which order statistics a quantile lies: definition 7 of Hyndman and Fan (1996).
struct Place {
    below: u64,
    share: f64,
}

impl Place {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "p is in [0, 1] and no resample has 2^53 values"
    )]
    fn of(n: u64, p: f64) -> Option<Self> {
        let place = n.checked_sub(1)? as f64 * p.clamp(0.0, 1.0);
        Some(Self { below: place.floor() as u64, share: place.fract() })
    }

    /// The rank above, in a sample of so many.
    fn above(&self, n: u64) -> u64 {
        (self.below + 1).min(n.saturating_sub(1))
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    fn between(&self, low: i64, high: i64) -> f64 {
        let (low, high) = (low as f64, high as f64);
        low + (high - low) * self.share
    }
}

/// The order statistics of one round that are picked while the ordered sample passes.
struct Picks {
    n: u64,
    all: u64,
    passed: u64,
    /// The rank of the next value to keep.
    next: u64,
    kept: Vec<i64>,
    /// The ranks that quantiles lie between, in ascending order, and the values of the first of
    /// them.
    ranks: Vec<u64>,
    values: Vec<i64>,
    /// The rank of the next of those.
    next_rank: u64,
}

impl Picks {
    fn of(n: u64, kept: u64) -> Self {
        let all = n.min(kept);
        let places = LEVELS.iter().filter_map(|p| Place::of(n, *p));
        let mut ranks: Vec<u64> = places.flat_map(|place| [place.below, place.above(n)]).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let next_rank = ranks.first().copied().unwrap_or(u64::MAX);
        let (kept, values) = (Vec::new(), Vec::new());
        let mut picks = Self { n, all, passed: 0, next: 0, kept, ranks, values, next_rank };
        picks.next = picks.rank(0);
        picks
    }

    /// The rank of the `i`th value to keep: the middle of its share of the values.
    fn rank(&self, i: u64) -> u64 {
        if self.all == 0 { u64::MAX } else { (2 * i + 1) * self.n / (2 * self.all) }
    }

    fn pass(&mut self, value: i64) {
        if self.passed == self.next {
            self.kept.push(value);
            let kept = self.kept.len() as u64;
            self.next = if kept < self.all { self.rank(kept) } else { u64::MAX };
        }
        if self.passed == self.next_rank {
            self.values.push(value);
            self.next_rank = self.ranks.get(self.values.len()).copied().unwrap_or(u64::MAX);
        }
        self.passed += 1;
    }

    /// One of the quantiles at [`LEVELS`]; none without values.
    fn quantile(&self, p: f64) -> Option<f64> {
        let place = Place::of(self.n, p)?;
        let value = |rank| Some(self.values[self.ranks.binary_search(&rank).ok()?]);
        Some(place.between(value(place.below)?, value(place.above(self.n))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::random::SplitMix64;
    use crate::analysis::statistics::{REPLICATES, SEED, percentile};

    fn rounds_of(sizes: &[usize]) -> Vec<Vec<i64>> {
        let mut random = SplitMix64::new(3);
        let mut value = || i64::try_from(random.below(5_000)).unwrap() - 100;
        sizes.iter().map(|n| (0..*n).map(|_| value()).collect()).collect()
    }

    /// The definition: each value as often as its round was drawn.
    fn repeated(by_round: &[Vec<i64>], drawn: &[u32]) -> Vec<f64> {
        let mut values: Vec<f64> = by_round
            .iter()
            .zip(drawn)
            .flat_map(|(values, times)| {
                values.iter().flat_map(|v| std::iter::repeat_n(*v as f64, *times as usize))
            })
            .collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn a_replicates_quantile_is_that_of_the_repeated_values() {
        let levels = [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0];
        for sizes in [&[1, 0, 2][..], &[40; 7], &[3, 900, 0, 11], &[700; 10], &[1, 5000]] {
            let by_round = rounds_of(sizes);
            let sample = ClusteredSample::new(&by_round);
            let resampling = Resampling::new(sizes.len(), 60, 5);
            let found = sample.quantile_replicates(&resampling, &levels);
            for (b, drawn) in resampling.draws().enumerate() {
                let values = repeated(&by_round, drawn);
                for (p, found) in levels.iter().zip(&found) {
                    match percentile(&values, *p) {
                        Some(expected) => assert_eq!(found[b], expected, "{sizes:?} p{p}"),
                        None => assert!(found[b].is_nan()),
                    }
                }
            }
        }
    }

    #[test]
    fn quantiles_means_and_rounds_are_those_of_the_values() {
        let by_round = rounds_of(&[7, 0, 600, 2]);
        let sample = ClusteredSample::new(&by_round);
        let all = repeated(&by_round, &[1; 4]);
        for p in [0.0, 0.123, 0.5, 0.9, 1.0] {
            assert_eq!(sample.quantile(p), percentile(&all, p));
        }
        let sum: f64 = all.iter().sum();
        assert_eq!(sample.mean(), Some(sum / 609.0));
        for (round, values) in sample.rounds().iter().zip(&by_round) {
            let alone = repeated(std::slice::from_ref(values), &[1]);
            assert_eq!(round.median, percentile(&alone, 0.5));
            for (p, found) in LEVELS.into_iter().zip(round.levels) {
                let carried = carried(alone.len(), p);
                assert_eq!(found, percentile(&alone, p).filter(|_| carried), "p{p}");
            }
            assert_eq!(round.values.n, values.len() as u64);
            let kept = &round.values.values;
            if alone.len() <= RoundValues::kept(4) {
                assert_eq!(*kept, alone);
            } else {
                assert_eq!(kept.len(), RoundValues::kept(4));
                assert!(kept.is_sorted() && kept.iter().all(|value| alone.contains(value)));
            }
        }
    }

    /// A round effect must widen the interval: that is why rounds are drawn and not messages.
    #[test]
    fn rounds_that_differ_widen_the_interval() {
        let width = |shift: i64| {
            let round = |r: i64| (0..40).map(|i| i + shift * r).collect();
            let by_round: Vec<Vec<i64>> = (0..10).map(round).collect();
            let sample = ClusteredSample::new(&by_round);
            let resampling = Resampling::new(10, REPLICATES, SEED);
            let medians = sample.quantile_replicates(&resampling, &[0.5]);
            let (low, high) = resampling.estimate(0.0, &medians[0], 400).interval.unwrap();
            high - low
        };
        assert!(width(20) > 3.0 * width(0), "{} {}", width(20), width(0));
    }
}
