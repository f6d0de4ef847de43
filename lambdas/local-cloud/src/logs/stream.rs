//! A log stream: lines in order of time, and what they may take in memory.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Groups;

/// What an event takes beside its text, in bytes: the entry, the text's header and what the
/// allocator adds.
const EVENT_OVERHEAD_BYTES: u64 = 72;

/// The place of an event in the order of all events: by time, then by arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The event's own time, in milliseconds since the epoch.
    pub(crate) timestamp_ms: u64,
    /// The number of the event in order of arrival, over all streams.
    pub(crate) sequence: u64,
}

impl Position {
    /// Before every event.
    pub(crate) const START: Self = Self { timestamp_ms: 0, sequence: 0 };
    /// After every event.
    pub(crate) const END: Self = Self { timestamp_ms: u64::MAX, sequence: u64::MAX };

    /// The position as a token or event id: 56 digits, as in the service.
    pub(crate) fn to_digits(self) -> String {
        format!("{:020}{:036}", self.timestamp_ms, self.sequence)
    }

    /// Reads what [`to_digits`](Self::to_digits) wrote.
    pub(crate) fn from_digits(text: &str) -> Option<Self> {
        if text.len() != 56 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (timestamp_ms, sequence) = text.split_at(20);
        Some(Self { timestamp_ms: timestamp_ms.parse().ok()?, sequence: sequence.parse().ok()? })
    }
}

/// A line in a stream.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: Position,
    pub(crate) ingested_ms: u64,
    pub(crate) message: Arc<str>,
}

impl Event {
    fn cost(&self) -> u64 {
        self.message.len() as u64 + EVENT_OVERHEAD_BYTES
    }
}

/// What all streams share: the order of arrival and the memory that they take together.
#[derive(Debug)]
pub(crate) struct Ledger {
    next_sequence: AtomicU64,
    used_bytes: AtomicU64,
    limit_bytes: u64,
    /// For the rare moment in which the oldest events of all streams have to go.
    groups: Weak<Groups>,
}

impl Ledger {
    pub(crate) fn new(limit_bytes: u64, groups: Weak<Groups>) -> Self {
        Self {
            next_sequence: AtomicU64::new(1),
            used_bytes: AtomicU64::new(0),
            limit_bytes,
            groups,
        }
    }
}

/// A stream of lines, kept in order of their [`Position`].
#[derive(Debug)]
pub(crate) struct LogStream {
    name: Box<str>,
    created_ms: u64,
    ledger: Arc<Ledger>,
    deleted: AtomicBool,
    events: Mutex<Events>,
}

/// The lines of a stream, under its lock.
#[derive(Debug, Default)]
pub(crate) struct Events {
    kept: VecDeque<Event>,
    stored_bytes: u64,
    first_ms: Option<u64>,
    last: Option<(u64, u64)>,
}

impl LogStream {
    pub(crate) fn new(name: &str, created_ms: u64, ledger: Arc<Ledger>) -> Self {
        Self {
            name: name.into(),
            created_ms,
            ledger,
            deleted: AtomicBool::new(false),
            events: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn created_ms(&self) -> u64 {
        self.created_ms
    }

    /// Adds a line that is taken in now.
    ///
    /// The way of every line of every function, so it does no more than to store it.
    pub(crate) fn append(&self, timestamp_ms: i64, line: impl Into<Arc<str>>) {
        let now = u64::try_from(timestamp_ms).unwrap_or(0);
        self.append_late(now, now, line);
    }

    /// Adds a line whose time is not that of its arrival.
    pub(crate) fn append_late(
        &self,
        timestamp_ms: u64,
        ingested_ms: u64,
        line: impl Into<Arc<str>>,
    ) {
        let message = line.into();
        let used = {
            let mut events = self.events();
            // A group may be deleted while a function still writes to it: nobody can read that.
            if self.deleted.load(Relaxed) {
                return;
            }
            let sequence = self.ledger.next_sequence.fetch_add(1, Relaxed);
            let at = Position { timestamp_ms, sequence };
            let event = Event { at, ingested_ms, message };
            let cost = event.cost();
            events.insert(event);
            self.ledger.used_bytes.fetch_add(cost, Relaxed) + cost
        };
        if used > self.ledger.limit_bytes
            && let Some(groups) = self.ledger.groups.upgrade()
        {
            // To fifteen sixteenths, so that not every line from now on has to look for room.
            drop_oldest(&groups.streams(), &self.ledger, self.ledger.limit_bytes / 16 * 15);
        }
    }

    /// The lines, locked.
    pub(crate) fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the lines and takes no more.
    pub(crate) fn delete(&self) {
        let mut events = self.events();
        self.deleted.store(true, Relaxed);
        self.drop_while(&mut events, |_| true);
    }

    /// Forgets the lines from before a time.
    pub(crate) fn expire(&self, before_ms: u64) {
        let mut events = self.events();
        self.drop_while(&mut events, |event| event.at.timestamp_ms < before_ms);
    }

    fn drop_while(&self, events: &mut Events, mut old: impl FnMut(&Event) -> bool) {
        let mut freed = 0;
        while events.kept.front().is_some_and(&mut old) {
            if let Some(event) = events.kept.pop_front() {
                freed += event.cost();
                events.stored_bytes -= event.message.len() as u64;
            }
        }
        self.ledger.used_bytes.fetch_sub(freed, Relaxed);
    }
}

impl Events {
    fn insert(&mut self, event: Event) {
        self.stored_bytes += event.message.len() as u64;
        let time = event.at.timestamp_ms;
        self.first_ms = Some(self.first_ms.map_or(time, |first| first.min(time)));
        let last = self.last.map_or(time, |(last, _)| last.max(time));
        self.last = Some((last, event.ingested_ms));
        if self.kept.back().is_none_or(|last| last.at < event.at) {
            self.kept.push_back(event);
        } else {
            let place = self.kept.partition_point(|other| other.at < event.at);
            self.kept.insert(place, event);
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Event> {
        self.kept.get(index)
    }

    /// The index of the first event after a position.
    pub(crate) fn after(&self, position: Position) -> usize {
        self.kept.partition_point(|event| event.at <= position)
    }

    /// The index of the first event at a position or later.
    pub(crate) fn first_at(&self, position: Position) -> usize {
        self.kept.partition_point(|event| event.at < position)
    }

    /// The index of the first event at a time or later.
    pub(crate) fn first_since(&self, timestamp_ms: u64) -> usize {
        self.kept.partition_point(|event| event.at.timestamp_ms < timestamp_ms)
    }

    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// The earliest time of an event ever taken, in milliseconds since the epoch.
    pub(crate) fn first_ms(&self) -> Option<u64> {
        self.first_ms
    }

    /// The latest time of an event, and when the last one was taken in.
    pub(crate) fn last_ms(&self) -> Option<(u64, u64)> {
        self.last
    }
}

/// Drops the oldest events of all streams until no more than `target_bytes` are in use.
fn drop_oldest(streams: &[Arc<LogStream>], ledger: &Ledger, target_bytes: u64) {
    /// So many events go before the next oldest stream is looked for.
    const CHUNK: usize = 256;
    while ledger.used_bytes.load(Relaxed) > target_bytes {
        let oldest = streams
            .iter()
            .filter_map(|stream| stream.events().kept.front().map(|event| (event.at, stream)))
            .min_by_key(|(at, _)| *at);
        let Some((_, stream)) = oldest else { return };
        let mut events = stream.events();
        let mut left = CHUNK;
        stream.drop_while(&mut events, |_| {
            let go = left > 0 && ledger.used_bytes.load(Relaxed) > target_bytes;
            left = left.saturating_sub(1);
            go
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(limit: u64) -> (Arc<Groups>, Arc<LogStream>) {
        let groups = Groups::new(limit);
        let stream = groups.stream("g", "s", 0);
        (groups, stream)
    }

    fn lines(stream: &LogStream) -> Vec<String> {
        stream.events().kept.iter().map(|event| event.message.to_string()).collect()
    }

    #[test]
    fn a_late_line_takes_its_place_by_time_and_equal_times_keep_their_order() {
        let (_groups, stream) = stream(1 << 20);
        for (time, line) in [(10, "b"), (20, "d"), (5, "a"), (10, "c")] {
            stream.append(time, line);
        }
        assert_eq!(lines(&stream), ["a", "b", "c", "d"]);
    }

    #[test]
    fn positions_read_back_and_anything_else_is_refused() {
        let at = Position { timestamp_ms: 1_790_000_000_000, sequence: 42 };
        assert_eq!(Position::from_digits(&at.to_digits()), Some(at));
        assert_eq!(Position::from_digits("12"), None);
        assert_eq!(Position::from_digits(&"x".repeat(56)), None);
    }

    #[test]
    fn the_oldest_lines_of_all_streams_go_first_when_memory_is_full() {
        let line = "x".repeat(928);
        let groups = Groups::new(100_000);
        let old = groups.stream("g", "old", 0);
        let young = groups.stream("g", "young", 0);
        for i in 0..60 {
            old.append(i, line.as_str());
            young.append(1_000 + i, line.as_str());
        }
        assert!(lines(&old).len() < 60, "{}", lines(&old).len());
        assert_eq!(lines(&young).len(), 60);
        let used = old.ledger.used_bytes.load(Relaxed);
        assert!(used <= 100_000, "{used}");
        assert_eq!(used, (lines(&old).len() + lines(&young).len()) as u64 * 1_000);
    }

    #[test]
    fn expired_and_deleted_lines_give_their_memory_back() {
        let (_groups, stream) = stream(1 << 20);
        for time in 0..10 {
            stream.append(time, "line");
        }
        stream.expire(7);
        assert_eq!(lines(&stream).len(), 3);
        stream.delete();
        stream.append(20, "after");
        assert_eq!(lines(&stream).len(), 0);
        assert_eq!(stream.ledger.used_bytes.load(Relaxed), 0);
    }
}
