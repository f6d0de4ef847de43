//! Instants and durations in integer nanoseconds, each with its clock in its type.
//!
//! A wall-clock instant ([`WallNs`]) can be compared between machines and can jump; a duration on
//! the monotonic clock ([`DurationNs`]) cannot be made from two wall-clock instants by accident:
//! their difference is a signed [`i64`], because two machines' clocks may disagree.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A wall-clock instant: nanoseconds since 1970-01-01T00:00:00Z on the clock of whoever took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallNs(pub i64);

impl WallNs {
    /// Reads this machine's wall clock.
    #[must_use]
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// An instant given in milliseconds since the epoch, as AWS services stamp it.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Milliseconds since the epoch, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// `self - earlier` in nanoseconds: negative when the two clocks disagree by more than what
    /// lies between the events.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant `duration` later on the same clock.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(DurationNs::from(duration).0.cast_signed()))
    }
}

impl From<SystemTime> for WallNs {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)),
            Err(before) => {
                Self(i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns))
            }
        }
    }
}

/// A length of time in nanoseconds, taken on one machine's monotonic clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct DurationNs(pub u64);

impl From<Duration> for DurationNs {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<DurationNs> for Duration {
    fn from(ns: DurationNs) -> Self {
        Self::from_nanos(ns.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_keeps_its_sign() {
        assert_eq!(WallNs(5).since(WallNs(9)), -4);
        assert_eq!(WallNs::from_millis(2).since(WallNs(1)), 1_999_999);
    }

    #[test]
    fn the_clock_is_after_this_line_was_written() {
        assert!(WallNs::now() > WallNs::from_millis(1_700_000_000_000));
    }

    #[test]
    fn instants_before_the_epoch_are_negative() {
        let before = UNIX_EPOCH - Duration::from_nanos(7);
        assert_eq!(WallNs::from(before), WallNs(-7));
        assert_eq!(WallNs(-7).millis(), -1);
    }
}
