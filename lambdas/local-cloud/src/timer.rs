//! Waiting until a time: with the runtime's timer, which rounds up to a whole millisecond, or with
//! a thread that waits as exactly as the kernel can.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// The thread is awake for so long before an end: a processor that has slept takes a tenth of a
/// millisecond and more to wake, the longer it slept.
const AWAKE: Duration = Duration::from_micros(300);
/// So long it waits without a look at who has come meanwhile.
const SHORT: Duration = Duration::from_micros(10);

/// Who waits, by the time of the end and, for equal times, by order.
type Waiting = BTreeMap<(Instant, u64), oneshot::Sender<()>>;

/// A way to wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timer {
    /// The runtime's, if there is none.
    exact: Option<Arc<Exact>>,
}

/// The end of a thread that wakes others.
#[derive(Debug)]
struct Exact {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Told of an earlier end than the earliest so far, and of the thread's own end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Waiting,
    next: u64,
    has_ended: bool,
}

impl Timer {
    /// One that is as exact as the kernel: the thread's timer slack, 50 microseconds if nobody
    /// changes it (prctl(2), `PR_SET_TIMERSLACK`), is set to the least.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub(crate) fn exact() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new().name("timer".to_owned()).spawn(move || {
            set_least_slack();
            of_thread.wake();
        })?;
        Ok(Self { exact: Some(Arc::new(Exact { shared })) })
    }

    /// Waits until a time.
    pub(crate) async fn sleep_until(&self, end: Instant) {
        let Some(exact) = &self.exact else {
            return tokio::time::sleep_until(end.into()).await;
        };
        let (waker, woken) = oneshot::channel();
        let entry = exact.shared.add(end, waker);
        // Done, or the thread has ended; taken back if this is dropped before.
        let _ = woken.await;
        drop(entry);
    }
}

impl Drop for Exact {
    fn drop(&mut self) {
        self.shared.state().has_ended = true;
        self.shared.changed.notify_one();
    }
}

/// A place among those who wait, given up when it is dropped.
struct Entry<'a> {
    shared: &'a Shared,
    key: (Instant, u64),
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.shared.state().waiting.remove(&self.key);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, end: Instant, waker: oneshot::Sender<()>) -> Entry<'_> {
        let mut state = self.state();
        let key = (end, state.next);
        state.next += 1;
        state.waiting.insert(key, waker);
        let is_earliest = state.waiting.first_key_value().is_some_and(|(first, _)| *first == key);
        drop(state);
        if is_earliest {
            self.changed.notify_one();
        }
        Entry { shared: self, key }
    }

    /// Wakes each when its time has come, until it is told to end.
    fn wake(&self) {
        let mut state = self.state();
        while !state.has_ended {
            let now = Instant::now();
            let next = state.waiting.first_key_value().map(|((end, _), _)| *end);
            state = match next {
                Some(end) if end <= now => {
                    if let Some((_, waker)) = state.waiting.pop_first() {
                        // One who has gone needs no waking.
                        let _ = waker.send(());
                    }
                    state
                }
                // The lock is free meanwhile, and an earlier end is seen at the next turn.
                Some(end) if end - now <= AWAKE => {
                    drop(state);
                    while Instant::now() < end.min(now + SHORT) {
                        std::hint::spin_loop();
                    }
                    self.state()
                }
                Some(end) => {
                    let (state, _) = self
                        .changed
                        .wait_timeout(state, end - now - AWAKE)
                        .unwrap_or_else(PoisonError::into_inner);
                    state
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        // Who still waits learns that nobody wakes him any more.
        state.waiting.clear();
    }
}

/// Sets the slack of the thread that calls this to a nanosecond, the least, where the system has
/// such a thing (proc(5), `/proc/<tid>/timerslack_ns`); waits end a little later otherwise.
fn set_least_slack() {
    let thread = std::fs::read_link("/proc/thread-self").ok();
    if let Some(id) = thread.as_deref().and_then(std::path::Path::file_name) {
        let file = std::path::Path::new("/proc").join(id).join("timerslack_ns");
        let _ = std::fs::write(file, "1");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_waits_for_its_own_time_whatever_the_order() {
        let timer = Timer::exact().unwrap();
        let start = Instant::now();
        let waits: Vec<_> = [9, 1, 5, 5, 3]
            .into_iter()
            .map(|ms| {
                let timer = timer.clone();
                tokio::spawn(async move {
                    let end = start + Duration::from_millis(ms);
                    timer.sleep_until(end).await;
                    (Instant::now(), end)
                })
            })
            .collect();
        for wait in waits {
            let (woken, end) = wait.await.unwrap();
            assert!(woken >= end);
        }
        let past = Instant::now() - Duration::from_millis(1);
        timer.sleep_until(past).await;
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_leaves_nothing_behind() {
        let timer = Timer::exact().unwrap();
        let far = Instant::now() + Duration::from_secs(3_600);
        tokio::select! {
            () = timer.sleep_until(far) => {}
            () = tokio::task::yield_now() => {}
        }
        assert!(timer.exact.as_ref().unwrap().shared.state().waiting.is_empty());
    }

    /// What is rounded to whole milliseconds waits for half a millisecond too long on average.
    #[tokio::test]
    async fn waits_are_not_rounded_to_milliseconds() {
        let timer = Timer::exact().unwrap();
        let mut late_us = Vec::new();
        for i in 0..200 {
            let end = Instant::now() + Duration::from_micros(1_000 + i * 7);
            timer.sleep_until(end).await;
            late_us.push(end.elapsed().as_micros());
        }
        late_us.sort_unstable();
        println!(
            "late by {} (10 %), {} (median), {} us (90 %)",
            late_us[20], late_us[100], late_us[180]
        );
        assert!(late_us[20] < 500, "{late_us:?}");
    }
}
