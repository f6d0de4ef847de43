//! Streams and the state of the whole service.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::hash_key::{HashKeyRange, even_ranges, index_of};
use super::shard::{Shard, WriteThrottled};
use crate::config::Config;

/// An on-demand stream begins with so many shards (developer guide, "Choose the data stream
/// capacity mode"). It does not grow here.
pub(crate) const ON_DEMAND_SHARDS: u32 = 4;
/// How long a new stream keeps its records, in hours (API reference, `CreateStream`).
const RETENTION_HOURS: u32 = 24;

/// So many streams of an account may be in CREATING at a time (API reference, `CreateStream`).
pub(crate) const MOST_CREATING: usize = 5;
/// A stream takes records of so many KiB, if nobody asks for more (developer guide, "Handle large
/// records").
const RECORD_KIB: u32 = 1_024;

/// All streams, by name.
#[derive(Debug)]
pub(crate) struct Kinesis {
    streams: RwLock<BTreeMap<String, Arc<Stream>>>,
    used_bytes: Arc<AtomicU64>,
    limit_bytes: u64,
    creation_time: Duration,
}

/// Why a stream is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotCreated {
    /// There is one of that name.
    NameTaken,
    /// As many as there may be are being created.
    TooManyCreating,
}

/// How a stream's capacity is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamMode {
    Provisioned,
    OnDemand,
}

impl StreamMode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Provisioned => "PROVISIONED",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

/// A reader with its own share of throughput (enhanced fan-out).
#[derive(Clone, Debug)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    pub(crate) created_ms: u64,
}

/// What can be changed of a stream.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) retention_hours: u32,
    /// The largest record's data, in KiB.
    pub(crate) most_record_kib: u32,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) consumers: BTreeMap<String, Consumer>,
}

/// A stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) mode: StreamMode,
    pub(crate) created_ms: u64,
    ranges: Vec<HashKeyRange>,
    shards: Vec<Arc<Shard>>,
    is_deleted: AtomicBool,
    /// Until then it is in CREATING.
    active_at: Instant,
    settings: Mutex<Settings>,
}

impl Kinesis {
    pub(crate) fn new(config: &Config) -> Self {
        let creation_time = config.stream_creation_time;
        Self { creation_time, ..Self::with_limit(config.stream_retention_bytes) }
    }

    /// No streams; their records may take `limit_bytes` of memory together.
    pub(crate) fn with_limit(limit_bytes: u64) -> Self {
        let (streams, used_bytes) = (RwLock::default(), Arc::default());
        Self { streams, used_bytes, limit_bytes, creation_time: Duration::ZERO }
    }

    pub(crate) fn stream(&self, name: &str) -> Option<Arc<Stream>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All streams, in order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<Stream>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Makes a stream, which takes records once it is active.
    ///
    /// # Errors
    /// [`NotCreated`], and nothing is made.
    pub(crate) fn create(
        &self,
        name: &str,
        arn: String,
        mode: StreamMode,
        shards: u32,
        tags: BTreeMap<String, String>,
        now_ms: u64,
    ) -> Result<Arc<Stream>, NotCreated> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        if streams.contains_key(name) {
            return Err(NotCreated::NameTaken);
        }
        if streams.values().filter(|stream| !stream.is_active()).count() >= MOST_CREATING {
            return Err(NotCreated::TooManyCreating);
        }
        let ranges = even_ranges(shards);
        let shard = |(number, range): (u32, &HashKeyRange)| {
            Arc::new(Shard::new(number, *range, now_ms, Arc::clone(&self.used_bytes)))
        };
        let stream = Arc::new(Stream {
            name: name.to_owned(),
            arn,
            mode,
            created_ms: now_ms,
            shards: (0..).zip(&ranges).map(shard).collect(),
            ranges,
            is_deleted: AtomicBool::new(false),
            active_at: Instant::now() + self.creation_time,
            settings: Mutex::new(Settings {
                retention_hours: RETENTION_HOURS,
                most_record_kib: RECORD_KIB,
                tags,
                consumers: BTreeMap::new(),
            }),
        });
        streams.insert(name.to_owned(), Arc::clone(&stream));
        Ok(stream)
    }

    /// Removes a stream with its records.
    pub(crate) fn delete(&self, name: &str) -> Option<Arc<Stream>> {
        let stream = self.streams.write().unwrap_or_else(PoisonError::into_inner).remove(name)?;
        stream.is_deleted.store(true, Relaxed);
        for shard in &stream.shards {
            shard.drop_while(|_| true);
            shard.arrived.notify_waiters();
        }
        Some(stream)
    }

    /// Forgets the oldest records of all streams, if together they take too much memory.
    pub(crate) fn keep_within_limit(&self) {
        if self.used_bytes.load(Relaxed) <= self.limit_bytes {
            return;
        }
        // To fifteen sixteenths, so that not every record from now on has to look for room.
        let target = self.limit_bytes / 16 * 15;
        let shards: Vec<_> = self.all().iter().flat_map(|stream| stream.shards.clone()).collect();
        while self.used_bytes.load(Relaxed) > target {
            let oldest = shards
                .iter()
                .filter_map(|shard| shard.oldest_ms().map(|ms| (ms, shard)))
                .min_by_key(|(ms, _)| *ms);
            let Some((_, shard)) = oldest else { return };
            let mut left = 256;
            shard.drop_while(|_| {
                left -= 1;
                left >= 0
            });
        }
    }
}

impl Stream {
    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn shards(&self) -> &[Arc<Shard>] {
        &self.shards
    }

    /// The shard of that name.
    pub(crate) fn shard(&self, id: &str) -> Option<&Arc<Shard>> {
        let number: usize = id.strip_prefix("shardId-")?.parse().ok()?;
        self.shards.get(number).filter(|shard| shard.id() == id)
    }

    /// Lets records have so many KiB of data from now on.
    pub(crate) fn take_records_of(&self, kib: u32) {
        self.settings().most_record_kib = kib;
        for shard in &self.shards {
            shard.take_records_of(kib.saturating_mul(1_024));
        }
    }

    /// Whether it has been created: it takes and gives records.
    pub(crate) fn is_active(&self) -> bool {
        Instant::now() >= self.active_at
    }

    /// Its state, as the API has it.
    pub(crate) fn status(&self) -> &'static str {
        if self.is_active() { "ACTIVE" } else { "CREATING" }
    }

    /// Whether the stream was deleted; whoever reads it can end.
    pub(crate) fn is_deleted(&self) -> bool {
        self.is_deleted.load(Relaxed)
    }

    /// Puts a record into the shard of its hash key; gives the shard and the record's place. It is
    /// visible from a time on, if one is given.
    ///
    /// # Errors
    /// [`WriteThrottled`], with the shard, beyond the shard's throughput.
    pub(crate) fn put(
        &self,
        hash_key: u128,
        partition_key: &str,
        data_base64: &str,
        data_bytes: u32,
        now_ms: u64,
        visible_at: Option<Instant>,
    ) -> (&Shard, Result<u64, WriteThrottled>) {
        let shard = &self.shards[index_of(&self.ranges, hash_key)];
        (shard, shard.put(partition_key, data_base64, data_bytes, now_ms, visible_at))
    }

    /// Forgets what is older than the stream's retention.
    pub(crate) fn expire(&self, now_ms: u64) {
        let retention_ms = u64::from(self.settings().retention_hours) * 3_600_000;
        for shard in &self.shards {
            shard.expire(now_ms.saturating_sub(retention_ms));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinesis::hash_key::hash_key;

    fn stream(kinesis: &Kinesis, name: &str, shards: u32) -> Arc<Stream> {
        let mode = StreamMode::Provisioned;
        kinesis.create(name, String::new(), mode, shards, BTreeMap::new(), 0).unwrap()
    }

    #[test]
    fn a_record_goes_to_the_shard_whose_range_has_its_hash_key() {
        let kinesis = Kinesis::with_limit(1 << 20);
        let stream = stream(&kinesis, "s", 4);
        for key in ["a", "b", "c", "d", "e"] {
            let (shard, place) = stream.put(hash_key(key), key, "", 0, 0, None);
            assert!(place.is_ok());
            assert!((shard.range.start..=shard.range.end).contains(&hash_key(key)));
        }
        assert_eq!(stream.shard("shardId-000000000003").unwrap().number, 3);
        assert!(stream.shard("shardId-000000000004").is_none());
        assert!(stream.shard("shardId-3").is_none());
    }

    #[test]
    fn a_name_is_taken_until_its_stream_is_deleted() {
        let kinesis = Kinesis::with_limit(1 << 20);
        let first = stream(&kinesis, "s", 1);
        let mode = StreamMode::Provisioned;
        let again = kinesis.create("s", String::new(), mode, 1, BTreeMap::new(), 0);
        assert_eq!(again.unwrap_err(), NotCreated::NameTaken);
        assert!(kinesis.delete("s").is_some());
        assert!(first.is_deleted());
        assert!(kinesis.delete("s").is_none());
    }

    #[test]
    fn five_streams_are_created_at_a_time() {
        let creation_time = Duration::from_secs(60);
        let kinesis = Kinesis { creation_time, ..Kinesis::with_limit(1 << 20) };
        for name in ["a", "b", "c", "d", "e"] {
            assert!(!stream(&kinesis, name, 1).is_active());
        }
        let mode = StreamMode::Provisioned;
        let sixth = || kinesis.create("f", String::new(), mode, 1, BTreeMap::new(), 0);
        assert_eq!(sixth().unwrap_err(), NotCreated::TooManyCreating);
        kinesis.delete("a");
        assert!(sixth().is_ok());
    }

    #[test]
    fn old_records_go_when_memory_is_full() {
        let kinesis = Kinesis::with_limit(500_000);
        let (old, young) = (stream(&kinesis, "old", 1), stream(&kinesis, "young", 1));
        let data = "A".repeat(900);
        for i in 0..400 {
            old.put(0, "kkkk", &data, 675, i, None).1.unwrap();
            kinesis.keep_within_limit();
        }
        for i in 0..400 {
            young.put(0, "kkkk", &data, 675, 1_000 + i, None).1.unwrap();
            kinesis.keep_within_limit();
        }
        assert!(kinesis.used_bytes.load(Relaxed) <= 500_000);
        assert_eq!(young.shards()[0].read(0, 1_000, 0).records.len(), 400);
        assert!(old.shards()[0].read(0, 1_000, 0).records.len() < 100);
    }

    #[test]
    fn records_expire_after_the_retention() {
        let kinesis = Kinesis::with_limit(1 << 20);
        let stream = stream(&kinesis, "s", 1);
        stream.put(0, "k", "", 0, 1_000, None).1.unwrap();
        stream.expire(24 * 3_600_000 + 1_000);
        assert_eq!(stream.shards()[0].oldest(), 1);
        stream.expire(24 * 3_600_000 + 1_001);
        assert_eq!(stream.shards()[0].oldest(), 2);
    }
}
