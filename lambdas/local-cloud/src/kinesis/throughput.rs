//! How much a shard takes and gives per second: a bucket that fills at the rate of the limit and
//! holds one second's worth, or a burst.

/// A limit per second.
#[derive(Debug)]
pub(crate) struct Throughput {
    per_second: i64,
    /// What the bucket holds.
    capacity: i64,
    /// What is left, in thousandths of a unit, so that a millisecond's share is a whole number;
    /// below zero when more was taken than there was.
    left_milli: i64,
    filled_at_ms: u64,
}

impl Throughput {
    /// A full bucket.
    pub(crate) fn per_second(per_second: u32, now_ms: u64) -> Self {
        let per_second = i64::from(per_second);
        Self {
            per_second,
            capacity: per_second,
            left_milli: per_second * 1_000,
            filled_at_ms: now_ms,
        }
    }

    /// Whether so many units can be taken now.
    pub(crate) fn has(&mut self, units: u32, now_ms: u64) -> bool {
        // A clock that went back gives nothing, and takes nothing. No debt takes an hour to pay.
        let elapsed_ms = now_ms.saturating_sub(self.filled_at_ms).min(3_600_000);
        let elapsed_ms = i64::try_from(elapsed_ms).unwrap_or(i64::MAX);
        let full = self.capacity * 1_000;
        self.left_milli = (self.left_milli + elapsed_ms * self.per_second).min(full);
        self.filled_at_ms = now_ms.max(self.filled_at_ms);
        self.left_milli >= i64::from(units) * 1_000
    }

    /// Lets the bucket hold so much, if that is more than a second's worth; what it holds more is
    /// there at once.
    pub(crate) fn hold(&mut self, units: u32) {
        let capacity = self.per_second.max(i64::from(units));
        self.left_milli += (capacity - self.capacity) * 1_000;
        self.capacity = capacity;
    }

    /// Takes units, even more than there are: then nothing can be taken until that is made up.
    pub(crate) fn take(&mut self, units: u32) {
        self.left_milli -= i64::from(units) * 1_000;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(limit: &mut Throughput, now_ms: u64) -> u64 {
        let mut taken = 0;
        while limit.has(1, now_ms) {
            limit.take(1);
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_second_gives_what_the_limit_says() {
        let mut limit = Throughput::per_second(1_000, 0);
        assert_eq!(taken(&mut limit, 0), 1_000);
        assert_eq!(taken(&mut limit, 0), 0);
        assert_eq!(taken(&mut limit, 250), 250);
        assert_eq!(taken(&mut limit, 1_250), 1_000);
    }

    #[test]
    fn a_long_pause_saves_no_more_than_a_second() {
        let mut limit = Throughput::per_second(5, 0);
        assert_eq!(taken(&mut limit, 3_600_000), 5);
    }

    #[test]
    fn a_larger_bucket_bursts_and_fills_at_the_same_rate() {
        let mut limit = Throughput::per_second(10, 0);
        limit.hold(100);
        assert_eq!(taken(&mut limit, 0), 100);
        assert_eq!(taken(&mut limit, 1_000), 10);
        assert_eq!(taken(&mut limit, 60_000), 100);
        limit.hold(1);
        assert_eq!(taken(&mut limit, 60_000), 0);
        assert_eq!(taken(&mut limit, 1_060_000), 10);
    }

    #[test]
    fn fractions_of_a_unit_are_not_lost() {
        let mut limit = Throughput::per_second(5, 0);
        assert_eq!(taken(&mut limit, 0), 5);
        let later: u64 = (1..=1_000).map(|ms| taken(&mut limit, ms)).sum();
        assert_eq!(later, 5);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_for_free() {
        let mut limit = Throughput::per_second(5, 1_000);
        assert_eq!(taken(&mut limit, 1_000), 5);
        assert_eq!(taken(&mut limit, 0), 0);
        assert_eq!(taken(&mut limit, 1_000), 0);
    }
}
