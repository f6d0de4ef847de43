//! Values with their rounds in ascending order, in time linear in their number.

/// Bits that one pass orders by: its 4,096 counters stay in the fastest cache.
const DIGIT_BITS: u32 = 12;
const DIGITS: usize = 1 << DIGIT_BITS;

/// Below this many values comparing them is quicker.
const FEW: usize = 2048;

/// Values in ascending order, equal ones in the order of rounds, each in one number with its round.
///
/// Nanoseconds over months leave room for the round. Where a clock that is off by years leaves
/// none, the lowest bits of all values are dropped: an error of one part in 2^50 of their range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ascending {
    keys: Vec<u64>,
    smallest: i64,
    round_bits: u32,
    dropped_bits: u32,
}

impl Ascending {
    /// Orders the values of each round by the digits of their distance from the smallest, the
    /// lowest digit first (Knuth, "The Art of Computer Programming", volume 3, section 5.2.5).
    pub(crate) fn of(by_round: &[Vec<i64>]) -> Self {
        let all = || by_round.iter().flatten().copied();
        let (Some(smallest), Some(largest)) = (all().min(), all().max()) else {
            return Self::default();
        };
        let span_bits = u64::BITS - largest.abs_diff(smallest).leading_zeros();
        let round_bits = usize::BITS - by_round.len().saturating_sub(1).leading_zeros();
        let dropped_bits = (span_bits + round_bits).saturating_sub(u64::BITS);
        let mut keys = Vec::with_capacity(by_round.iter().map(Vec::len).sum());
        for (round, values) in (0_u64..).zip(by_round) {
            let key = |value: &i64| value.abs_diff(smallest) >> dropped_bits << round_bits | round;
            keys.extend(values.iter().map(key));
        }
        if keys.len() <= FEW || u32::try_from(keys.len()).is_err() {
            keys.sort_unstable();
        } else {
            // The rounds are in order already, and each pass keeps the order of what is equal.
            keys = by_digits(keys, round_bits, span_bits - dropped_bits);
        }
        Self { keys, smallest, round_bits, dropped_bits }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The value of that rank, from 0.
    pub(crate) fn value(&self, rank: usize) -> i64 {
        self.value_of(self.keys[rank])
    }

    fn value_of(&self, key: u64) -> i64 {
        self.smallest.wrapping_add_unsigned(key >> self.round_bits << self.dropped_bits)
    }

    /// The round of every value from a rank on.
    pub(crate) fn rounds_from(&self, rank: usize) -> impl Iterator<Item = usize> {
        let mask = (1_u64 << self.round_bits) - 1;
        #[expect(clippy::cast_possible_truncation, reason = "a place in a list")]
        self.keys[rank..].iter().map(move |key| (key & mask) as usize)
    }

    /// Every value with its round.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, usize)> {
        let values = self.keys.iter().map(|key| self.value_of(*key));
        values.zip(self.rounds_from(0))
    }
}

/// Orders fewer than 2^32 keys by the `bits` above the lowest `skipped`.
fn by_digits(mut keys: Vec<u64>, skipped: u32, bits: u32) -> Vec<u64> {
    let passes = bits.div_ceil(DIGIT_BITS);
    #[expect(clippy::cast_possible_truncation, reason = "masked to a few bits")]
    let digit = |key: u64, shift: u32| (key >> shift) as usize & (DIGITS - 1);
    let shift = |pass: u32| skipped + pass * DIGIT_BITS;
    let mut counts = vec![[0_u32; DIGITS]; passes as usize];
    for key in &keys {
        for (pass, counts) in (0..).zip(&mut counts) {
            counts[digit(*key, shift(pass))] += 1;
        }
    }
    let mut other = vec![0; keys.len()];
    for (pass, counts) in (0..).zip(&mut counts) {
        let mut place = 0;
        for count in counts.iter_mut() {
            place += std::mem::replace(count, place);
        }
        let shift = shift(pass);
        for key in &keys {
            let place = &mut counts[digit(*key, shift)];
            other[*place as usize] = *key;
            *place += 1;
        }
        std::mem::swap(&mut keys, &mut other);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::random::SplitMix64;

    fn by_comparison(by_round: &[Vec<i64>]) -> Vec<(i64, usize)> {
        let rounds = (0..).zip(by_round);
        let with_round = |(round, values): (usize, &Vec<i64>)| -> Vec<(i64, usize)> {
            values.iter().map(|value| (*value, round)).collect()
        };
        let mut pairs: Vec<(i64, usize)> = rounds.flat_map(with_round).collect();
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn digits_order_as_comparing_does() {
        let mut random = SplitMix64::new(1);
        for (n, bits) in [(0, 1), (1, 1), (10, 60), (900, 1), (900, 12), (900, 40), (900, 60)] {
            let mut draw = || {
                let magnitude = (random.next() >> (64 - bits)).cast_signed();
                if random.below(2) == 0 { magnitude } else { -magnitude }
            };
            let by_round: Vec<Vec<i64>> =
                (0..7).map(|_| (0..n).map(|_| draw()).collect()).collect();
            let found: Vec<_> = Ascending::of(&by_round).iter().collect();
            assert_eq!(found, by_comparison(&by_round), "{n} of {bits} bits");
        }
        let equal = Ascending::of(&[vec![3; 5000], vec![3]]);
        assert_eq!((equal.value(5000), equal.rounds_from(5000).next()), (3, Some(1)));
    }

    #[test]
    fn a_clock_that_is_off_by_centuries_costs_the_lowest_bits() {
        let far = Ascending::of(&[vec![i64::MIN, 5, i64::MAX], vec![0]]);
        for (found, expected) in far.iter().zip([i64::MIN, 0, 5, i64::MAX]) {
            assert!(found.0.abs_diff(expected) < 1 << 2, "{found:?}, expected {expected}");
        }
    }
}
