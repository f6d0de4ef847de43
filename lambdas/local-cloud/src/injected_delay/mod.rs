//! A delay that is injected into deliveries: a test facility, off unless it is asked for.
//!
//! It is a pure delay line: each message is delayed by a draw of its own, from the service's
//! acceptance on, and messages do not queue for it. Where it stands:
//!
//! - synchronous and asynchronous invokes, and the deliveries of SNS, of a function whose name ends
//!   as asked: before the event is given to the function's environments, at the first attempt;
//! - records of Kinesis and messages of SQS: before they become visible to whoever reads. A record
//!   of a shard becomes visible no earlier than the one before it.

mod distribution;
mod normal;

use std::io;
use std::time::{Duration, Instant};

pub use distribution::{DelayDistribution, DelayError};

use crate::random_ids::RandomIds;
use crate::timer::Timer;

/// A delay to be injected.
#[derive(Clone, Debug)]
pub struct InjectedDelay {
    /// What each delay is drawn from.
    pub distribution: DelayDistribution,
    /// The seed of the draws.
    pub seed: u64,
    /// How the names of the functions end whose invokes are delayed.
    pub into: String,
}

/// The delay line of a cloud.
#[derive(Debug)]
pub(crate) struct DelayLine {
    delay: InjectedDelay,
    draws: RandomIds,
    /// Exact to a fraction of a tenth of a millisecond.
    pub(crate) timer: Timer,
}

impl DelayLine {
    /// A delay line.
    ///
    /// # Errors
    /// When the thread of its timer cannot be started.
    pub(crate) fn new(delay: InjectedDelay) -> io::Result<Self> {
        let draws = RandomIds::new(delay.seed, 0x6465_6c61);
        Ok(Self { delay, draws, timer: Timer::exact()? })
    }

    /// The delay of the next message.
    pub(crate) fn draw(&self) -> Duration {
        self.delay.distribution.quantile(self.draws.fraction())
    }

    /// When an invoke of this function goes on that was accepted at a time; none if such invokes
    /// are not delayed.
    pub(crate) fn end_for(&self, function: &str, accepted: Instant) -> Option<Instant> {
        function.ends_with(&self.delay.into).then(|| accepted + self.draw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_functions_of_that_name_are_delayed_each_by_a_draw_of_its_own() {
        let distribution = "uniform:1ms..5ms".parse().unwrap();
        let delay = InjectedDelay { distribution, seed: 1, into: "-receiver".into() };
        let line = DelayLine::new(delay.clone()).unwrap();
        let now = Instant::now();
        assert_eq!(line.end_for("a-sender", now), None);
        let first = line.end_for("a-receiver", now).unwrap() - now;
        let second = line.end_for("a-receiver", now).unwrap() - now;
        assert!(first != second && (1..5).contains(&first.as_millis()));
        // The draws follow from the seed.
        assert_eq!(DelayLine::new(delay).unwrap().draw(), first);
    }
}
