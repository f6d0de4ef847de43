//! When a shard is polled.
//!
//! "For standard Kinesis data streams, Lambda polls shards in your stream for records at a rate
//! of once per second for each shard" (Lambda developer guide, "How Lambda processes records from
//! Amazon Kinesis Data Streams"). "When more records are available, Lambda keeps processing
//! batches until the function catches up with the stream" (the same guide, "Polling and batching
//! streams"): only then is a poll followed by the next one at once.

use std::time::Duration;

/// The polls of one shard: at `phase`, `phase + interval`, `phase + 2 * interval`, ... since the
/// mapping was enabled, whatever the load. A record therefore waits for anything between nothing
/// and an interval, evenly spread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PollSchedule {
    phase: Duration,
    interval: Duration,
}

impl PollSchedule {
    /// `fraction` of the interval, in 0..1, is the phase.
    pub(crate) fn new(interval: Duration, fraction: f64) -> Self {
        Self { phase: interval.mul_f64(fraction.clamp(0.0, 1.0)), interval }
    }

    /// The first poll at `since_start` or later, as a time since the start.
    ///
    /// A poll whose time passed while the function was still working is left out.
    pub(crate) fn next(&self, since_start: Duration) -> Duration {
        if since_start <= self.phase {
            return self.phase;
        }
        let interval = self.interval.as_nanos().max(1);
        let polls = (since_start - self.phase).as_nanos().div_ceil(interval);
        self.phase + Duration::from_nanos(u64::try_from(polls * interval).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn polls_are_an_interval_apart_from_the_phase_on() {
        let schedule = PollSchedule::new(ms(1_000), 0.25);
        assert_eq!(schedule.next(ms(0)), ms(250));
        assert_eq!(schedule.next(ms(250)), ms(250));
        assert_eq!(schedule.next(ms(251)), ms(1_250));
        assert_eq!(schedule.next(ms(1_250)), ms(1_250));
    }

    #[test]
    fn a_long_invocation_skips_polls_but_keeps_their_beat() {
        let schedule = PollSchedule::new(ms(1_000), 0.25);
        assert_eq!(schedule.next(ms(3_700)), ms(4_250));
    }

    #[test]
    fn phases_spread_over_the_whole_interval() {
        assert_eq!(PollSchedule::new(ms(200), 0.0).next(ms(0)), ms(0));
        assert_eq!(PollSchedule::new(ms(200), 0.5).next(ms(0)), ms(100));
        assert_eq!(PollSchedule::new(ms(200), 1.0).next(ms(0)), ms(200));
    }
}
