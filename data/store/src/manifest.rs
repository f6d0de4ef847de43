//! What a run was: its plan, its program and its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wire::Transport;

use crate::{Architecture, Arrival, RunId, Side};

/// What a run was. It holds no account number, no key and no host name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`crate::FORMAT_VERSION`] of the program that wrote it.
    pub format_version: u32,
    /// The run.
    pub run_id: RunId,
    /// From it follow the order of cells in each round and the arrivals.
    pub seed: u64,
    /// The profile: how many rounds and messages.
    pub profile: String,
    /// The source's state, where it was built from a git checkout.
    pub git: Option<GitState>,
    /// SHA-256 of `Cargo.lock`, hexadecimal.
    pub cargo_lock_sha256: Option<String>,
    /// The function binaries.
    pub functions: Functions,
    /// Where it ran.
    pub backend: BackendFacts,
    /// The AWS region, or what stands for it.
    pub region: String,
    /// Instruction set of both functions, unless a cell says otherwise.
    pub architecture: Architecture,
    /// Memory of both functions in MiB, unless a cell says otherwise.
    pub memory_mb: u32,
    /// Limits of the account and the services, as read or assumed.
    pub limits: BTreeMap<String, u64>,
    /// The machine that ran the lab.
    pub host: HostFacts,
    /// When it started, RFC 3339 in UTC.
    pub started_at: String,
    /// When it finished, RFC 3339 in UTC; none while it runs or after it was stopped.
    pub finished_at: Option<String>,
    /// The command that repeats it, word by word.
    pub command: Vec<String>,
    /// What was asked, by the experiment's name.
    pub experiments: BTreeMap<String, ExperimentPlan>,
}

/// The source's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitState {
    /// The commit, hexadecimal.
    pub commit: String,
    /// Whether the tree had no changes.
    pub clean: bool,
}

/// The function binaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Functions {
    /// SHA-256 of Lambda A's binary, hexadecimal.
    pub sender_sha256: String,
    /// SHA-256 of Lambda B's binary, hexadecimal.
    pub receiver_sha256: String,
}

/// The place a run measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendFacts {
    /// `local`, `container` or `aws`.
    pub name: String,
    /// The product behind it, such as `local-cloud`.
    pub product: String,
    /// The product's version.
    pub version: String,
    /// What kind of address it was reached at.
    pub endpoint: EndpointKind,
    /// Settings that shape latency, such as `shard_poll_interval`, by name.
    pub settings: BTreeMap<String, String>,
}

/// What kind of address a backend was reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointKind {
    /// This machine.
    Loopback,
    /// A container.
    Container,
    /// Another address that the user named (`AWS_ENDPOINT_URL`).
    Custom,
    /// AWS's own endpoints.
    Aws,
}

impl BackendFacts {
    /// Whether what was measured is AWS itself: an account's backend may have been pointed at
    /// something that stands for it.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.name == "aws" && self.endpoint == EndpointKind::Aws
    }
}

/// The machine that ran the lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostFacts {
    /// Operating system.
    pub os: String,
    /// Kernel version.
    pub kernel: String,
    /// Processor model.
    pub cpu_model: String,
    /// Logical processors.
    pub cores: u32,
    /// Main memory, bytes.
    pub memory_bytes: u64,
}

/// What one experiment asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentPlan {
    /// How often every cell is visited.
    pub rounds: u32,
    /// The cells.
    pub cells: Vec<CellPlan>,
    /// Whether every part was written.
    pub finished: bool,
    /// Time spent deploying, collecting and writing, beside the messages; nanoseconds.
    pub overhead_ns: Option<u64>,
}

/// One cell: a point of the sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellPlan {
    /// Its number.
    pub cell: u32,
    /// The transport.
    pub transport: Transport,
    /// Bytes of the payload handed to the service.
    pub payload_bytes: u32,
    /// Sender invocations that run at a time.
    pub concurrency: u32,
    /// How long B is asked to work, in milliseconds.
    pub receiver_ms: u32,
    /// Memory of both functions, in MiB.
    pub memory_mb: u32,
    /// Instruction set of both functions.
    pub architecture: Architecture,
    /// When messages are sent.
    pub arrival: Arrival,
    /// Messages per second of the cell; none for a closed loop.
    pub rate_per_s: Option<f64>,
    /// Measured messages in each round.
    pub messages: u32,
    /// Warm-up messages before them.
    pub warmup: u32,
    /// How B's event source mapping reads; none for a transport without one.
    pub mapping: Option<MappingPlan>,
    /// Whether the service's payload limit was raised as far as it can be (opt-in of SNS and
    /// Kinesis).
    pub limit_raised: bool,
    /// The side that is given a fresh execution environment before each measured message.
    pub fresh_side: Option<Side>,
    /// The service limit that the cell is over; such a cell is not run, unless it is a probe.
    pub limit: Option<LimitHit>,
    /// Whether the cell is one message over a limit, sent once to see it refused.
    pub probe: bool,
}

impl CellPlan {
    /// Whether the cell is visited in a round: one over a limit is not, and a probe is once.
    #[must_use]
    pub const fn visited_in(&self, round: u32) -> bool {
        if self.probe { round == 0 } else { self.limit.is_none() }
    }
}

/// How an event source mapping reads its stream or queue, in the words of Lambda's
/// `CreateEventSourceMapping`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingPlan {
    /// Shards of the stream; none for a queue, and for an on-demand stream.
    pub shards: Option<u32>,
    /// The most messages of one invocation.
    pub batch_size: u32,
    /// How long a batch may wait for more messages, in milliseconds (Lambda takes whole seconds).
    pub batching_window_ms: u32,
    /// Batches of a shard that may be processed at the same time; none for a queue.
    pub parallelization_factor: Option<u32>,
    /// Whether records are pushed to a consumer of its own; none for a queue.
    pub enhanced_fan_out: Option<bool>,
}

impl MappingPlan {
    /// Whether the stream has as many shards as Kinesis thinks fit. A queue has none, and no consumer
    /// of its own.
    #[must_use]
    pub const fn is_on_demand(&self) -> bool {
        self.shards.is_none() && self.enhanced_fan_out.is_some()
    }

    /// Whether the shards of a stream are polled, so that a message waits for a poll.
    #[must_use]
    pub fn is_polled_stream(&self) -> bool {
        self.enhanced_fan_out == Some(false)
    }

    /// Whether a stream pushes its records to a consumer of B's own.
    #[must_use]
    pub fn is_pushed(&self) -> bool {
        self.enhanced_fan_out == Some(true)
    }
}

/// A service limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitHit {
    /// Its name.
    pub name: String,
    /// The most that the service takes, bytes.
    pub bytes: u64,
    /// Where that is written.
    pub source: String,
}
