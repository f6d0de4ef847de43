//! A mapping: what it connects, how it stands, and the control of its pollers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::settings::{Settings, SourceKind, StartingPosition};
use crate::config::Config;
use crate::kinesis::Stream;
use crate::lambda::FunctionRef;
use crate::random_ids::RandomIds;
use crate::sqs::Queue;

/// All mappings, by UUID.
#[derive(Debug)]
pub(crate) struct Mappings {
    mappings: Mutex<BTreeMap<String, Arc<Mapping>>>,
    pub(super) ids: RandomIds,
    /// Where in their interval the shards are polled.
    pub(super) phases: RandomIds,
}

/// What the pollers of a mapping are told.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) settings: Arc<Settings>,
    pub(super) function: FunctionRef,
    pub(super) is_deleted: bool,
}

/// What a mapping reads.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Stream {
        stream: Arc<Stream>,
        /// Whether records are pushed (enhanced fan-out) rather than polled for.
        is_pushed: bool,
        starting_position: StartingPosition,
    },
    Queue(Arc<Queue>),
}

impl Source {
    pub(super) fn kind(&self) -> SourceKind {
        match self {
            Self::Stream { .. } => SourceKind::Stream,
            Self::Queue(_) => SourceKind::Queue,
        }
    }
}

/// A mapping from a stream or a queue to a function.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) uuid: String,
    /// Of the queue, of the stream or, with enhanced fan-out, of its consumer.
    pub(crate) source_arn: String,
    pub(super) source: Source,
    orders: watch::Sender<Orders>,
    status: Mutex<Status>,
}

/// How a mapping stands.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(super) is_created: bool,
    pub(super) modified_ms: u64,
    pub(super) last_result: &'static str,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Mappings {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            mappings: Mutex::default(),
            ids: RandomIds::new(config.seed, 0x0065_736d),
            phases: RandomIds::new(config.seed, 0x706f_6c6c),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Mapping>>> {
        self.mappings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, uuid: &str) -> Option<Arc<Mapping>> {
        self.lock().get(uuid).cloned()
    }

    /// All mappings, in order of their UUIDs.
    pub(crate) fn all(&self) -> Vec<Arc<Mapping>> {
        self.lock().values().cloned().collect()
    }

    /// Adds a mapping.
    ///
    /// # Errors
    /// The UUID of the one that connects the same source and function already.
    pub(super) fn add(&self, mapping: Mapping) -> Result<Arc<Mapping>, String> {
        let mut mappings = self.lock();
        let same = mappings.values().find(|other| {
            other.source_arn == mapping.source_arn
                && other.orders().function.arn == mapping.orders().function.arn
        });
        if let Some(same) = same {
            return Err(same.uuid.clone());
        }
        let mapping = Arc::new(mapping);
        mappings.insert(mapping.uuid.clone(), Arc::clone(&mapping));
        Ok(mapping)
    }

    pub(super) fn remove(&self, uuid: &str) {
        self.lock().remove(uuid);
    }
}

impl Mapping {
    pub(super) fn new(
        uuid: String,
        source_arn: String,
        source: Source,
        orders: Orders,
        tags: BTreeMap<String, String>,
        now_ms: u64,
    ) -> Self {
        Self {
            uuid,
            source_arn,
            source,
            orders: watch::Sender::new(orders),
            status: Mutex::new(Status {
                is_created: false,
                modified_ms: now_ms,
                last_result: "No records processed",
                tags,
            }),
        }
    }

    pub(super) fn orders(&self) -> Orders {
        self.orders.borrow().clone()
    }

    /// For a poller: what it is told, now and later.
    pub(super) fn follow(&self) -> watch::Receiver<Orders> {
        self.orders.subscribe()
    }

    pub(super) fn order(&self, change: impl FnOnce(&mut Orders)) {
        self.orders.send_modify(change);
    }

    pub(crate) fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> &'static str {
        let orders = self.orders.borrow();
        if orders.is_deleted {
            "Deleting"
        } else if !self.status().is_created {
            "Creating"
        } else if orders.settings.is_enabled {
            "Enabled"
        } else {
            "Disabled"
        }
    }
}
