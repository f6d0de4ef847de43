//! This machine, which all execution environments share.
//!
//! In AWS an execution environment brings its own CPU, so an event that finds none idle gets a new
//! one. Here a new one takes its CPU from those there are: while more threads want to run than the
//! machine has room for, further environments for queued events only make each slower. So an event
//! waits then for an environment to come free, unless the function has fewer than the machine has
//! cores. Synchronous invocations always get theirs, since their caller waits.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a reading of the run queue is used.
const READING_LASTS: Duration = Duration::from_millis(5);

/// The machine's room for execution environments.
#[derive(Debug)]
pub(crate) struct Host {
    cores: usize,
    max_environments: usize,
    environments: AtomicUsize,
    started: Instant,
    /// Nanoseconds after `started` until which the reading is used.
    read_until: AtomicU64,
    runnable: AtomicUsize,
}

impl Host {
    pub(crate) fn new(max_environments: usize) -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            max_environments,
            environments: AtomicUsize::new(0),
            started: Instant::now(),
            read_until: AtomicU64::new(0),
            runnable: AtomicUsize::new(0),
        }
    }

    /// Takes the room of one environment; `false` when there is none.
    pub(crate) fn take_room(&self) -> bool {
        self.read_until.store(0, Ordering::Relaxed);
        self.environments
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < self.max_environments).then_some(count + 1)
            })
            .is_ok()
    }

    /// Gives the room of one environment back.
    pub(crate) fn give_room(&self) {
        self.environments.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether another environment would make queued events go faster, for a function that has
    /// `environments` already.
    pub(crate) fn has_cpu_for_another(&self, environments: usize) -> bool {
        environments < self.cores || self.runnable() <= 2 * self.cores
    }

    /// How many threads run or want to.
    fn runnable(&self) -> usize {
        let now = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if now >= self.read_until.load(Ordering::Relaxed) {
            let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
            self.runnable.store(parse_runnable(&text).unwrap_or(0), Ordering::Relaxed);
            let lasts = u64::try_from(READING_LASTS.as_nanos()).unwrap_or(u64::MAX);
            self.read_until.store(now.saturating_add(lasts), Ordering::Relaxed);
        }
        self.runnable.load(Ordering::Relaxed)
    }
}

/// The first half of the fourth field of `/proc/loadavg` (proc_loadavg(5)).
fn parse_runnable(loadavg: &str) -> Option<usize> {
    loadavg.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_queue_is_the_fourth_field() {
        assert_eq!(parse_runnable("0.20 0.18 0.12 13/80 11206\n"), Some(13));
        assert_eq!(parse_runnable(""), None);
    }

    #[test]
    fn room_is_bounded_and_comes_back() {
        let host = Host::new(1);
        assert!(host.take_room());
        assert!(!host.take_room());
        host.give_room();
        assert!(host.take_room());
    }

    #[test]
    fn a_function_may_always_use_every_core() {
        assert!(Host::new(1).has_cpu_for_another(0));
    }
}
