//! The queue of asynchronous invokes: what is kept of an event, and when it is tried again
//! ("How Lambda handles errors and retries with asynchronous invocation", AWS Lambda Developer
//! Guide).

use std::time::Duration;

use super::event_invoke_config::EventInvokeConfig;
use crate::queue_memory::QueueShare;

/// An event's way so far.
#[derive(Debug)]
pub(crate) struct EventState {
    /// When it was queued, in milliseconds since the epoch.
    pub(crate) accepted_ms: u64,
    /// How often the function was run with it and failed.
    pub(crate) failures: u32,
    /// Its share of the memory for queued events, given back when it is forgotten.
    #[expect(dead_code, reason = "held for what its drop gives back")]
    pub(crate) share: QueueShare,
}

/// What becomes of an event whose invocation failed in the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// It is invoked again after this time.
    RetryAfter(Duration),
    /// It is given up.
    GiveUp,
}

impl EventState {
    /// Whether the event is too old to be tried.
    pub(crate) fn is_expired(&self, config: &EventInvokeConfig, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.accepted_ms) > config.maximum_event_age_ms()
    }

    /// Counts a failure in the function and says what follows.
    pub(crate) fn after_failure(
        &mut self,
        config: &EventInvokeConfig,
        delays: &[Duration],
        now_ms: u64,
    ) -> AfterFailure {
        self.failures += 1;
        if self.failures > config.maximum_retry_attempts() {
            return AfterFailure::GiveUp;
        }
        let index = (self.failures as usize - 1).min(delays.len().saturating_sub(1));
        let delay = delays.get(index).copied().unwrap_or(Duration::ZERO);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        if self.is_expired(config, now_ms.saturating_add(delay_ms)) {
            return AfterFailure::GiveUp;
        }
        AfterFailure::RetryAfter(delay)
    }
}

/// How long the queue waits after having been throttled `attempts` times in a row: from a second,
/// doubling, to five minutes.
pub(crate) fn throttle_backoff(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.min(9)).min(Duration::from_secs(300))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue_memory::QueueMemory;

    const DELAYS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

    fn event() -> EventState {
        let share = QueueMemory::new(1000).take(1).unwrap();
        EventState { accepted_ms: 1_000, failures: 0, share }
    }

    #[test]
    fn an_event_is_tried_three_times_by_default() {
        let (mut event, config) = (event(), EventInvokeConfig::default());
        let mut next = || event.after_failure(&config, &DELAYS, 2_000);
        assert_eq!(next(), AfterFailure::RetryAfter(DELAYS[0]));
        assert_eq!(next(), AfterFailure::RetryAfter(DELAYS[1]));
        assert_eq!(next(), AfterFailure::GiveUp);
    }

    #[test]
    fn no_retries_means_none() {
        let config = EventInvokeConfig { retries: Some(0), ..EventInvokeConfig::default() };
        assert_eq!(event().after_failure(&config, &DELAYS, 2_000), AfterFailure::GiveUp);
    }

    #[test]
    fn an_event_that_would_be_too_old_is_given_up() {
        let config = EventInvokeConfig { age_s: Some(60), ..EventInvokeConfig::default() };
        let mut event = event();
        assert!(!event.is_expired(&config, 61_000));
        assert!(event.is_expired(&config, 61_001));
        assert_eq!(event.after_failure(&config, &DELAYS, 1_001), AfterFailure::GiveUp);
    }

    #[test]
    fn backoff_doubles_from_a_second_to_five_minutes() {
        let seconds: Vec<u64> = (0..11).map(|n| throttle_backoff(n).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }
}
