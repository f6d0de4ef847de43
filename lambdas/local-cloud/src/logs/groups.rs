//! Log groups and their streams.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::stream::{Ledger, LogStream};

/// All log groups, by name.
#[derive(Debug)]
pub(crate) struct Groups {
    ledger: Arc<Ledger>,
    groups: RwLock<BTreeMap<String, Arc<LogGroup>>>,
}

/// A log group.
#[derive(Debug)]
pub(crate) struct LogGroup {
    name: String,
    created_ms: u64,
    ledger: Arc<Ledger>,
    settings: Mutex<Settings>,
    streams: RwLock<BTreeMap<String, Arc<LogStream>>>,
}

/// What can be changed of a log group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) retention_days: Option<u32>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Groups {
    /// No groups; their lines may take `limit_bytes` of memory together.
    pub(crate) fn new(limit_bytes: u64) -> Arc<Self> {
        Arc::new_cyclic(|groups| Self {
            ledger: Arc::new(Ledger::new(limit_bytes, groups.clone())),
            groups: RwLock::default(),
        })
    }

    /// The stream, made together with its group where it is missing.
    pub(crate) fn stream(&self, group: &str, stream: &str, now_ms: u64) -> Arc<LogStream> {
        let group = self.get(group).unwrap_or_else(|| {
            self.create(group, now_ms, Settings::default()).unwrap_or_else(|g| g)
        });
        group.get(stream).unwrap_or_else(|| group.create(stream, now_ms).unwrap_or_else(|s| s))
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<LogGroup>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Makes a group; `Err` is the one that is there already.
    pub(crate) fn create(
        &self,
        name: &str,
        now_ms: u64,
        settings: Settings,
    ) -> Result<Arc<LogGroup>, Arc<LogGroup>> {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(name) {
            return Err(Arc::clone(group));
        }
        let group = Arc::new(LogGroup {
            name: name.to_owned(),
            created_ms: now_ms,
            ledger: Arc::clone(&self.ledger),
            settings: Mutex::new(settings),
            streams: RwLock::default(),
        });
        groups.insert(name.to_owned(), Arc::clone(&group));
        Ok(group)
    }

    /// Removes a group with its lines; whether there was one.
    pub(crate) fn delete(&self, name: &str) -> bool {
        let group = self.groups.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(group) = &group {
            for stream in group.streams() {
                stream.delete();
            }
        }
        group.is_some()
    }

    /// All groups, in order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<LogGroup>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// All streams of all groups.
    pub(crate) fn streams(&self) -> Vec<Arc<LogStream>> {
        self.all().iter().flat_map(|group| group.streams()).collect()
    }
}

impl LogGroup {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn created_ms(&self) -> u64 {
        self.created_ms
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, stream: &str) -> Option<Arc<LogStream>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).get(stream).cloned()
    }

    /// Makes a stream; `Err` is the one that is there already.
    pub(crate) fn create(&self, name: &str, now_ms: u64) -> Result<Arc<LogStream>, Arc<LogStream>> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(stream) = streams.get(name) {
            return Err(Arc::clone(stream));
        }
        let stream = Arc::new(LogStream::new(name, now_ms, Arc::clone(&self.ledger)));
        streams.insert(name.to_owned(), Arc::clone(&stream));
        Ok(stream)
    }

    /// Removes a stream with its lines; whether there was one.
    pub(crate) fn delete(&self, name: &str) -> bool {
        let stream = self.streams.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(stream) = &stream {
            stream.delete();
        }
        stream.is_some()
    }

    /// All streams, in order of their names.
    pub(crate) fn streams(&self) -> Vec<Arc<LogStream>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The size of all lines, in bytes.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.streams().iter().map(|stream| stream.events().stored_bytes()).sum()
    }

    /// Forgets what is older than the group's retention and `longest_ms`.
    pub(crate) fn expire(&self, now_ms: u64, longest_ms: u64) {
        const DAY_MS: u64 = 86_400_000;
        let own = self.settings().retention_days.map_or(u64::MAX, |days| u64::from(days) * DAY_MS);
        let before = now_ms.saturating_sub(own.min(longest_ms));
        if before > 0 {
            for stream in self.streams() {
                stream.expire(before);
            }
        }
    }
}
