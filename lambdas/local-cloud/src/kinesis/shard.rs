//! A shard: records in order, what it takes per second, and how long it keeps them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::hash_key::HashKeyRange;
use super::sequence::SequenceNumber;
use super::throughput::Throughput;

/// What a record takes beside its text, in bytes.
const RECORD_OVERHEAD_BYTES: u64 = 96;
/// `GetRecords` gives at most so many records (API reference).
pub(crate) const READ_RECORDS: usize = 10_000;
/// `GetRecords` gives at most so many bytes of data (API reference).
pub(crate) const READ_BYTES: usize = 10 << 20;

/// A record as it is kept; its data stays the base64 text in which it came, because that is also
/// the text in which it leaves, in `GetRecords` and in the events of Lambda.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) index: u64,
    pub(crate) arrived_ms: u64,
    pub(crate) partition_key: Box<str>,
    pub(crate) data_base64: Box<str>,
    /// Length of the data, in bytes.
    pub(crate) data_bytes: u32,
}

impl Record {
    fn cost(&self) -> u64 {
        (self.partition_key.len() + self.data_base64.len()) as u64 + RECORD_OVERHEAD_BYTES
    }
}

/// Why a shard does not take a record now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WriteThrottled;

/// Why a shard does not give records now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadThrottled;

/// A shard of a stream.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) number: u32,
    pub(crate) range: HashKeyRange,
    pub(crate) stream_created_ms: u64,
    /// Told of every record, for the consumers that are pushed to.
    pub(crate) arrived: Notify,
    used_bytes: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    records: VecDeque<Arc<Record>>,
    next_index: u64,
    /// When the newest records become visible to who reads, in their order: those whose delivery is
    /// delayed.
    hidden: VecDeque<Instant>,
    most_record_bytes: u32,
    write_records: Throughput,
    write_bytes: Throughput,
    reads: Throughput,
    read_bytes: Throughput,
}

/// Records from a shard, and where to go on.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Arc<Record>>,
    /// The place after the last record.
    pub(crate) next: u64,
    /// How far the reader is behind the newest record, in milliseconds; 0 when it has all.
    pub(crate) behind_ms: u64,
    /// Whether there are more records already.
    pub(crate) more: bool,
}

impl Shard {
    /// An empty shard that adds what it keeps to `used_bytes`.
    pub(crate) fn new(
        number: u32,
        range: HashKeyRange,
        created_ms: u64,
        used_bytes: Arc<AtomicU64>,
    ) -> Self {
        Self {
            number,
            range,
            stream_created_ms: created_ms,
            arrived: Notify::new(),
            used_bytes,
            state: Mutex::new(State {
                records: VecDeque::new(),
                next_index: 1,
                hidden: VecDeque::new(),
                most_record_bytes: 1 << 20,
                // A shard takes 1 MiB and 1,000 records a second, and gives 2 MiB in 5 reads
                // (developer guide, "Quotas and limits").
                write_records: Throughput::per_second(1_000, created_ms),
                write_bytes: Throughput::per_second(1 << 20, created_ms),
                reads: Throughput::per_second(5, created_ms),
                read_bytes: Throughput::per_second(2 << 20, created_ms),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shard's name.
    pub(crate) fn id(&self) -> String {
        format!("shardId-{:012}", self.number)
    }

    /// The sequence number of a place in this shard.
    pub(crate) fn sequence_number(&self, index: u64) -> SequenceNumber {
        SequenceNumber { stream_created_ms: self.stream_created_ms, shard: self.number, index }
    }

    /// Lets records of so many bytes come: the shard "bursts up to 10 MiB, while averaging out to 1
    /// MiB per second" (developer guide, "Handle large records").
    pub(crate) fn take_records_of(&self, bytes: u32) {
        let mut state = self.state();
        state.most_record_bytes = bytes;
        state.write_bytes.hold(bytes);
    }

    /// Takes a record; gives its place. It is visible to who reads from a time on, if one is given,
    /// and never before the record that was put before it.
    ///
    /// # Errors
    /// [`WriteThrottled`] beyond the shard's throughput.
    pub(crate) fn put(
        &self,
        partition_key: &str,
        data_base64: &str,
        data_bytes: u32,
        now_ms: u64,
        visible_at: Option<Instant>,
    ) -> Result<u64, WriteThrottled> {
        let index = {
            let mut state = self.state();
            // The largest record with its key is a little more than the bucket holds.
            let key_bytes = u32::try_from(partition_key.len()).unwrap_or(u32::MAX);
            let bytes = data_bytes.saturating_add(key_bytes).min(state.most_record_bytes);
            if !(state.write_records.has(1, now_ms) && state.write_bytes.has(bytes, now_ms)) {
                return Err(WriteThrottled);
            }
            state.write_records.take(1);
            state.write_bytes.take(bytes);
            let index = state.next_index;
            state.next_index += 1;
            let record = Record {
                index,
                arrived_ms: now_ms,
                partition_key: partition_key.into(),
                data_base64: data_base64.into(),
                data_bytes,
            };
            self.used_bytes.fetch_add(record.cost(), Relaxed);
            state.records.push_back(Arc::new(record));
            let after = state.hidden.back().copied();
            state.hidden.extend(visible_at.max(after));
            index
        };
        self.arrived.notify_waiters();
        Ok(index)
    }

    /// Reads on from a place, whatever was read before: for the event pollers.
    pub(crate) fn read(&self, from: u64, limit: usize, now_ms: u64) -> Batch {
        self.state().read(from, limit, now_ms)
    }

    /// Reads as `GetRecords` does: 5 times and 2 MiB a second.
    ///
    /// # Errors
    /// [`ReadThrottled`] beyond that.
    pub(crate) fn get_records(
        &self,
        from: u64,
        limit: usize,
        now_ms: u64,
    ) -> Result<Batch, ReadThrottled> {
        let mut state = self.state();
        // A read may give more than is left, up to 10 MiB; the next ones then wait for it
        // (API reference: "subsequent calls made within the next 5 seconds throw").
        if !(state.reads.has(1, now_ms) && state.read_bytes.has(1, now_ms)) {
            return Err(ReadThrottled);
        }
        let batch = state.read(from, limit, now_ms);
        state.reads.take(1);
        state.read_bytes.take(batch.records.iter().map(|record| record.data_bytes).sum());
        Ok(batch)
    }

    /// The place of the oldest record kept, or of the next one to come.
    #[cfg(test)]
    pub(crate) fn oldest(&self) -> u64 {
        let state = self.state();
        state.records.front().map_or(state.next_index, |record| record.index)
    }

    /// Makes those records visible whose time has come; gives the place after the last that is, and
    /// when the next will be.
    pub(crate) fn reveal(&self, now: Instant) -> (u64, Option<Instant>) {
        let mut state = self.state();
        while state.hidden.front().is_some_and(|at| *at <= now) {
            state.hidden.pop_front();
        }
        (state.visible_end(), state.hidden.front().copied())
    }

    /// The place of the next record to come.
    pub(crate) fn next(&self) -> u64 {
        self.state().next_index
    }

    /// The place of the first record that arrived at a time or later.
    pub(crate) fn at_time(&self, arrived_ms: u64) -> u64 {
        let state = self.state();
        let index = state.records.partition_point(|record| record.arrived_ms < arrived_ms);
        state.records.get(index).map_or(state.next_index, |record| record.index)
    }

    /// When the oldest record kept arrived.
    pub(crate) fn oldest_ms(&self) -> Option<u64> {
        self.state().records.front().map(|record| record.arrived_ms)
    }

    /// Forgets the records from before a time.
    pub(crate) fn expire(&self, before_ms: u64) {
        self.drop_while(|record| record.arrived_ms < before_ms);
    }

    /// Forgets records from the oldest on, as long as they are to be dropped.
    pub(crate) fn drop_while(&self, mut old: impl FnMut(&Record) -> bool) {
        let mut state = self.state();
        let mut freed = 0;
        while state.records.front().is_some_and(|record| old(record)) {
            freed += state.records.pop_front().map_or(0, |record| record.cost());
        }
        self.used_bytes.fetch_sub(freed, Relaxed);
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        self.drop_while(|_| true);
    }
}

impl State {
    /// The place after the last record that is visible.
    fn visible_end(&self) -> u64 {
        self.next_index - self.hidden.len() as u64
    }

    fn read(&self, from: u64, limit: usize, now_ms: u64) -> Batch {
        // Places rise by one, so the first record's tells where every other one is.
        let oldest = self.records.front().map_or(self.next_index, |record| record.index);
        let end = self.visible_end();
        let visible = usize::try_from(end.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let visible = visible.min(self.records.len());
        let first = usize::try_from(from.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let records: Vec<_> = self
            .records
            .range(first.min(visible)..visible)
            .take(limit.min(READ_RECORDS))
            .take_while(|record| {
                let is_first = bytes == 0;
                bytes += record.data_bytes as usize + record.partition_key.len();
                bytes <= READ_BYTES || is_first
            })
            .cloned()
            .collect();
        let next = records.last().map_or(from.max(oldest), |record| record.index + 1);
        let more = next < end;
        let behind_ms = if more {
            records.last().map_or(0, |record| now_ms.saturating_sub(record.arrived_ms))
        } else {
            0
        };
        Batch { records, next, behind_ms, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinesis::hash_key::even_ranges;

    fn shard() -> Shard {
        Shard::new(0, even_ranges(1)[0], 0, Arc::default())
    }

    fn indexes(batch: &Batch) -> Vec<u64> {
        batch.records.iter().map(|record| record.index).collect()
    }

    #[test]
    fn records_come_back_in_order_from_any_place() {
        let shard = shard();
        for now in [10, 20, 30] {
            shard.put("k", "eA==", 1, now, None).unwrap();
        }
        let all = shard.read(0, 100, 40);
        assert_eq!(
            (indexes(&all), all.next, all.more, all.behind_ms),
            (vec![1, 2, 3], 4, false, 0)
        );
        let part = shard.read(1, 2, 40);
        assert_eq!(
            (indexes(&part), part.next, part.more, part.behind_ms),
            (vec![1, 2], 3, true, 20)
        );
        let none = shard.read(4, 2, 40);
        assert_eq!((indexes(&none), none.next, none.more), (vec![], 4, false));
        assert_eq!((shard.at_time(20), shard.at_time(31), shard.oldest()), (2, 4, 1));
    }

    #[test]
    fn a_place_before_the_oldest_record_reads_from_the_oldest_on() {
        let shard = shard();
        for now in [10, 20, 30] {
            shard.put("k", "eA==", 1, now, None).unwrap();
        }
        shard.expire(20);
        assert_eq!(indexes(&shard.read(1, 9, 40)), [2, 3]);
        assert_eq!(shard.oldest(), 2);
        shard.expire(100);
        let none = shard.read(1, 9, 40);
        assert_eq!((none.next, shard.oldest()), (4, 4));
    }

    #[test]
    fn a_thousand_records_a_second_are_taken_and_no_more() {
        let shard = shard();
        let taken = (0..1_100).filter(|_| shard.put("k", "eA==", 1, 0, None).is_ok()).count();
        assert_eq!(taken, 1_000);
        assert!(shard.put("k", "eA==", 1, 5, None).is_ok());
    }

    #[test]
    fn a_mebibyte_a_second_is_taken_and_no_more() {
        let shard = shard();
        assert!(shard.put("key", "", 1 << 20, 0, None).is_ok());
        assert_eq!(shard.put("key", "", 1_000, 0, None), Err(WriteThrottled));
        assert!(shard.put("key", "", 1_000, 1, None).is_ok());
    }

    #[test]
    fn five_reads_a_second_are_given_and_a_large_one_is_paid_for_later() {
        let shard = shard();
        let given = (0..7).filter(|_| shard.get_records(0, 1, 0).is_ok()).count();
        assert_eq!(given, 5);
        for second in 0..4 {
            shard.put("k", "", 1 << 20, 1_000 + second * 1_000, None).unwrap();
        }
        assert_eq!(shard.get_records(0, 10, 6_000).unwrap().records.len(), 4);
        // 4 MiB at 2 MiB a second: one second's worth was there, the rest takes another.
        assert_eq!(shard.get_records(0, 10, 6_900).unwrap_err(), ReadThrottled);
        assert!(shard.get_records(0, 10, 7_100).is_ok());
    }

    #[test]
    fn a_read_gives_ten_mebibytes_at_most_but_at_least_a_record() {
        let shard = shard();
        for second in 0..12 {
            shard.put("k", "", 1 << 20, second * 1_001, None).unwrap();
        }
        assert_eq!(shard.read(0, 100, 20_000).records.len(), 9);
    }

    #[test]
    fn dropped_records_give_their_memory_back() {
        let used = Arc::<AtomicU64>::default();
        let shard = Shard::new(0, even_ranges(1)[0], 0, Arc::clone(&used));
        shard.put("k", "eA==", 1, 0, None).unwrap();
        assert!(used.load(Relaxed) > 96);
        drop(shard);
        assert_eq!(used.load(Relaxed), 0);
    }

    #[test]
    fn a_delayed_record_is_visible_from_its_time_on_and_after_those_before_it() {
        let shard = shard();
        let start = Instant::now();
        let after = |ms| start + std::time::Duration::from_millis(ms);
        for delay in [20, 10, 30] {
            shard.put("k", "eA==", 1, 0, Some(after(delay))).unwrap();
        }
        let visible = |now| {
            let (_, next) = shard.reveal(now);
            let batch = shard.read(0, 9, 0);
            assert!(!batch.more);
            (indexes(&batch), next)
        };
        assert_eq!(visible(start), (vec![], Some(after(20))));
        assert_eq!(visible(after(15)), (vec![], Some(after(20))));
        assert_eq!(visible(after(20)), (vec![1, 2], Some(after(30))));
        assert_eq!(visible(after(30)), (vec![1, 2, 3], None));
        shard.put("k", "eA==", 1, 0, None).unwrap();
        assert_eq!(visible(after(30)), (vec![1, 2, 3, 4], None));
        // One that is forgotten before its time is not missed.
        shard.put("k", "eA==", 1, 0, Some(after(40))).unwrap();
        shard.drop_while(|_| true);
        assert_eq!(visible(after(30)).0, [0_u64; 0]);
        assert_eq!(shard.read(0, 9, 0).next, 6);
    }
}
