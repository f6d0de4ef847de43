//! A standard queue: messages, which of them can be received, and who waits for them.
//!
//! A message is visible, or hidden until a time: because it was sent with a delay, or because it
//! was received and not deleted yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::attributes::{Attributes, MOST_WAIT_S};
use super::message::Message;
use super::receipt::Receipt;
use crate::timer::Timer;

/// So many messages may be received and not deleted yet (developer guide, "Amazon SQS standard
/// queue quotas").
const MOST_IN_FLIGHT: usize = 120_000;

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) created_ms: u64,
    settings: Mutex<Settings>,
    state: Mutex<State>,
    /// Told when something can be received, or when there is another time to wait for. One who
    /// waits is told at a time, and tells the next if there is more.
    changed: Notify,
    is_deleted: AtomicBool,
}

/// What can be changed of a queue.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) attributes: Attributes,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) modified_ms: u64,
    pub(crate) purged_ms: Option<u64>,
}

#[derive(Debug, Default)]
struct State {
    messages: BTreeMap<u64, Stored>,
    next: u64,
    /// May name messages that are gone.
    visible: VecDeque<u64>,
    hidden: BTreeSet<(Instant, u64)>,
    in_flight: usize,
}

#[derive(Debug)]
struct Stored {
    message: Arc<Message>,
    place: Place,
    receives: u32,
    first_received_ms: u64,
    /// The queue that buried it here.
    source_arn: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Visible,
    /// Sent with a delay.
    Delayed(Instant),
    /// Received, and not deleted yet.
    InFlight(Instant),
}

/// How many messages there are, as `GetQueueAttributes` shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) visible: usize,
    pub(crate) delayed: usize,
    pub(crate) in_flight: usize,
}

/// What is asked of a receive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receive {
    /// So many messages at most.
    pub(crate) most: usize,
    /// Bodies and attributes of so many bytes at most, but at least one message.
    pub(crate) most_bytes: usize,
    /// How long what is received stays hidden; the queue's own timeout if it is not given.
    pub(crate) visibility: Option<Duration>,
    /// Until when to wait for a first message; not at all if that is over.
    pub(crate) until: Instant,
}

/// A message as it is received.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) message: Arc<Message>,
    pub(crate) receipt: Receipt,
    /// How often it was received, this time included.
    pub(crate) receives: u32,
    pub(crate) first_received_ms: u64,
    pub(crate) source_arn: Option<String>,
}

/// A message that was received too often.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) message: Arc<Message>,
    pub(crate) target_arn: String,
}

/// Why a receipt handle is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongReceipt {
    /// It is of another queue.
    OtherQueue,
    /// The message is gone, or was received again since.
    NoMessage,
    /// The message is visible.
    NotInFlight,
}

impl Queue {
    pub(crate) fn new(
        name: String,
        arn: String,
        attributes: Attributes,
        tags: BTreeMap<String, String>,
        now_ms: u64,
    ) -> Self {
        let settings = Settings { attributes, tags, modified_ms: now_ms, purged_ms: None };
        Self {
            name,
            arn,
            created_ms: now_ms,
            settings: Mutex::new(settings),
            state: Mutex::default(),
            changed: Notify::new(),
            is_deleted: AtomicBool::new(false),
        }
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the queue was deleted; whoever reads it can end.
    pub(crate) fn is_deleted(&self) -> bool {
        self.is_deleted.load(Relaxed)
    }

    /// Forgets all messages and lets those go who wait for some.
    pub(super) fn delete(&self) {
        self.is_deleted.store(true, Relaxed);
        self.purge();
        self.changed.notify_waiters();
    }

    /// Forgets all messages.
    pub(super) fn purge(&self) {
        let mut state = self.state();
        let next = state.next;
        *state = State { next, ..State::default() };
    }

    /// Takes a message; it can be received after the delay.
    pub(super) fn put(&self, message: Message, delay: Duration, now: Instant) {
        self.insert(Arc::new(message), None, delay, now);
    }

    /// Takes a message that was received too often from another queue.
    pub(super) fn bury(&self, message: Arc<Message>, source_arn: &str, now: Instant) {
        self.insert(message, Some(source_arn.to_owned()), Duration::ZERO, now);
    }

    fn insert(
        &self,
        message: Arc<Message>,
        source_arn: Option<String>,
        delay: Duration,
        now: Instant,
    ) {
        let mut state = self.state();
        let id = state.next;
        state.next += 1;
        let place = if delay.is_zero() {
            state.visible.push_back(id);
            Place::Visible
        } else {
            let until = now + delay;
            state.hidden.insert((until, id));
            Place::Delayed(until)
        };
        let stored = Stored { message, place, receives: 0, first_received_ms: 0, source_arn };
        state.messages.insert(id, stored);
        drop(state);
        self.changed.notify_one();
    }

    /// Receives messages, waiting for the first until the request's time is over, and takes out
    /// those that were received too often.
    pub(super) async fn receive(
        &self,
        receive: &Receive,
        timer: &Timer,
    ) -> (Vec<Delivery>, Vec<DeadLetter>) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before the look, so that a message between the two is not missed.
            changed.as_mut().enable();
            let now = Instant::now();
            let taken = self.take(receive, now, crate::clock::now_ms());
            let is_taken = !(taken.0.is_empty() && taken.1.is_empty());
            let next = self.state().next_change(now);
            if is_taken || now >= receive.until || self.is_deleted() {
                // Who waits on does not know of times that only this one waited for.
                if next.is_some_and(|at| at < now + Duration::from_secs(MOST_WAIT_S.into())) {
                    self.changed.notify_one();
                }
                return taken;
            }
            let until = next.map_or(receive.until, |at| at.min(receive.until));
            tokio::select! {
                () = &mut changed => {}
                () = timer.sleep_until(until) => {}
            }
        }
    }

    fn take(
        &self,
        receive: &Receive,
        now: Instant,
        now_ms: u64,
    ) -> (Vec<Delivery>, Vec<DeadLetter>) {
        let (visibility, retention_ms, redrive) = {
            let settings = self.settings();
            let attributes = &settings.attributes;
            let own = Duration::from_secs(attributes.visibility_timeout_s.into());
            let retention_ms = u64::from(attributes.retention_s) * 1_000;
            (receive.visibility.unwrap_or(own), retention_ms, attributes.redrive.clone())
        };
        let mut state = self.state();
        state.expire(now_ms.saturating_sub(retention_ms));
        state.surface(now);
        let (mut deliveries, mut dead, mut bytes) = (Vec::new(), Vec::new(), 0);
        while deliveries.len() < receive.most && state.in_flight < MOST_IN_FLIGHT {
            let Some(&id) = state.visible.front() else { break };
            let Some(stored) = state.messages.get_mut(&id) else {
                state.visible.pop_front();
                continue;
            };
            if let Some(redrive) = &redrive
                && stored.receives >= redrive.maximum_receives
            {
                let (message, target_arn) =
                    (Arc::clone(&stored.message), redrive.target_arn.clone());
                dead.push(DeadLetter { message, target_arn });
                state.messages.remove(&id);
                state.visible.pop_front();
                continue;
            }
            bytes += stored.message.event_bytes;
            if bytes > receive.most_bytes && !deliveries.is_empty() {
                break;
            }
            stored.receives += 1;
            if stored.receives == 1 {
                stored.first_received_ms = now_ms;
            }
            let until = now + visibility;
            stored.place = Place::InFlight(until);
            deliveries.push(Delivery {
                message: Arc::clone(&stored.message),
                receipt: Receipt {
                    queue_created_ms: self.created_ms,
                    message: id,
                    receive: stored.receives,
                },
                receives: stored.receives,
                first_received_ms: stored.first_received_ms,
                source_arn: stored.source_arn.clone(),
            });
            state.visible.pop_front();
            state.hidden.insert((until, id));
            state.in_flight += 1;
        }
        (deliveries, dead)
    }

    /// Whether no more messages can be received before others are deleted.
    pub(super) fn is_full_of_received(&self) -> bool {
        self.state().in_flight >= MOST_IN_FLIGHT
    }

    /// Whether a message can be received now.
    pub(crate) fn has_visible(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.surface(now);
        state.next_change(now).is_some_and(|at| at <= now)
    }

    /// Deletes the message of a receipt. That of an earlier receive than the last deletes nothing,
    /// and that is no error (API reference, `DeleteMessage`).
    ///
    /// # Errors
    /// [`WrongReceipt::OtherQueue`].
    pub(crate) fn delete_message(&self, receipt: Receipt) -> Result<(), WrongReceipt> {
        self.check(receipt)?;
        let mut state = self.state();
        let is_last = |stored: &Stored| stored.receives == receipt.receive;
        if state.messages.get(&receipt.message).is_some_and(is_last)
            && let Some(stored) = state.messages.remove(&receipt.message)
        {
            state.forget_place(receipt.message, stored.place);
        }
        Ok(())
    }

    /// Hides a received message for so long from now on.
    ///
    /// # Errors
    /// [`WrongReceipt`].
    pub(crate) fn change_visibility(
        &self,
        receipt: Receipt,
        visibility: Duration,
        now: Instant,
    ) -> Result<(), WrongReceipt> {
        self.check(receipt)?;
        let mut state = self.state();
        state.surface(now);
        let stored = state.messages.get_mut(&receipt.message);
        let stored = stored
            .filter(|stored| stored.receives == receipt.receive)
            .ok_or(WrongReceipt::NoMessage)?;
        let before = stored.place;
        if !matches!(before, Place::InFlight(_)) {
            return Err(WrongReceipt::NotInFlight);
        }
        let until = now + visibility;
        stored.place = Place::InFlight(until);
        state.forget_place(receipt.message, before);
        state.hidden.insert((until, receipt.message));
        state.in_flight += 1;
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    fn check(&self, receipt: Receipt) -> Result<(), WrongReceipt> {
        let is_own = receipt.queue_created_ms == self.created_ms;
        is_own.then_some(()).ok_or(WrongReceipt::OtherQueue)
    }

    /// How many messages there are.
    pub(crate) fn counts(&self, now: Instant, now_ms: u64) -> Counts {
        let retention_ms = u64::from(self.settings().attributes.retention_s) * 1_000;
        let mut state = self.state();
        state.expire(now_ms.saturating_sub(retention_ms));
        state.surface(now);
        let in_flight = state.in_flight;
        let delayed = state.hidden.len() - in_flight;
        Counts { visible: state.messages.len() - state.hidden.len(), delayed, in_flight }
    }
}

impl State {
    /// Makes those visible whose time has come.
    fn surface(&mut self, now: Instant) {
        while let Some(&(until, id)) = self.hidden.first()
            && until <= now
        {
            self.hidden.pop_first();
            if let Some(stored) = self.messages.get_mut(&id) {
                self.in_flight -= usize::from(matches!(stored.place, Place::InFlight(_)));
                stored.place = Place::Visible;
                self.visible.push_back(id);
            }
        }
    }

    /// Forgets what was sent before a time. Messages stand in the order in which they came, so
    /// one that was buried here may keep those before it a little longer.
    fn expire(&mut self, before_ms: u64) {
        while let Some(entry) = self.messages.first_entry()
            && entry.get().message.sent_ms < before_ms
        {
            let (id, stored) = entry.remove_entry();
            self.forget_place(id, stored.place);
        }
    }

    fn forget_place(&mut self, id: u64, place: Place) {
        match place {
            // Skipped when it is its turn.
            Place::Visible => {}
            Place::Delayed(until) => {
                self.hidden.remove(&(until, id));
            }
            Place::InFlight(until) => {
                self.hidden.remove(&(until, id));
                self.in_flight -= 1;
            }
        }
    }

    /// When there is something to look for again; now, if there is something visible.
    fn next_change(&mut self, now: Instant) -> Option<Instant> {
        while let Some(id) = self.visible.front()
            && !self.messages.contains_key(id)
        {
            self.visible.pop_front();
        }
        if !self.visible.is_empty() && self.in_flight < MOST_IN_FLIGHT {
            return Some(now);
        }
        self.hidden.first().map(|(until, _)| *until)
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
