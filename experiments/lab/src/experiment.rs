//! What an experiment declares: its question and its axes. No machinery.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use clap::ValueEnum;
use store::{Arrival, Side};
use wire::Transport;

/// How thoroughly to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Profile {
    /// About a minute for all experiments: whether everything works.
    Smoke,
    /// Nine minutes for all experiments: what a person waits for.
    Quick,
    /// Hours for all experiments: what is published.
    Full,
}

impl Profile {
    /// The name used in options, run names and manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }

    /// How often each cell is visited.
    #[must_use]
    pub const fn rounds(self) -> u32 {
        match self {
            Self::Smoke => 2,
            Self::Quick => 8,
            Self::Full => 30,
        }
    }

    /// Measured messages of a cell in one round.
    #[must_use]
    pub const fn messages(self) -> u32 {
        match self {
            Self::Smoke => 24,
            Self::Quick => 50,
            Self::Full => 200,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One question, asked by one binary.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// The name of its folder, its binary and its section in a manifest.
    pub name: &'static str,
    /// What is asked, in one sentence.
    pub question: &'static str,
    /// What is expected before anything is measured, so that the data can refute it.
    pub hypothesis: &'static str,
    /// Its sweeps in a profile: their cells, one sweep's after another's, are visited together.
    pub sweeps: fn(Profile) -> Vec<Axes>,
}

/// How a cell is loaded: what sends the next message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// The end of the call before it.
    Closed,
    /// A clock, evenly, so many times a second over all senders of the cell.
    Constant(f64),
    /// A clock, at random, so many times a second on average over all senders of the cell.
    Poisson(f64),
}

impl Load {
    /// The kind of arrival, as the data name it.
    #[must_use]
    pub const fn arrival(self) -> Arrival {
        match self {
            Self::Closed => Arrival::Closed,
            Self::Constant(_) => Arrival::Constant,
            Self::Poisson(_) => Arrival::Poisson,
        }
    }

    /// Messages per second; none for a closed loop.
    #[must_use]
    pub const fn rate_per_s(self) -> Option<f64> {
        match self {
            Self::Closed => None,
            Self::Constant(rate) | Self::Poisson(rate) => Some(rate),
        }
    }
}

/// The capacity of a Kinesis stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shards {
    /// So many shards, each of which takes 1,000 records and 1 MiB a second.
    Provisioned(u32),
    /// As many as Kinesis thinks fit.
    OnDemand,
}

impl Shards {
    /// How many shards an on-demand stream begins with
    /// (<https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html>).
    pub const ON_DEMAND: u32 = 4;

    /// How many are asked for.
    #[must_use]
    pub const fn provisioned(self) -> Option<u32> {
        match self {
            Self::Provisioned(count) => Some(count),
            Self::OnDemand => None,
        }
    }
}

impl fmt::Display for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provisioned(count) => write!(f, "{count}"),
            Self::OnDemand => f.write_str("on-demand"),
        }
    }
}

impl FromStr for Shards {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text {
            "on-demand" => Ok(Self::OnDemand),
            count => count.parse().map(Self::Provisioned),
        }
    }
}

/// The axes of a sweep: its cells are their product. And how often and how long each is visited.
///
/// An axis that means nothing to a transport (the shards of a topic) has one value there.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// How A reaches B.
    pub transports: Vec<Transport>,
    /// Bytes of the payload handed to the service.
    pub payload_bytes: Vec<u32>,
    /// Invocations of A that run in parallel; a cell's messages are split among them.
    pub concurrency: Vec<u32>,
    /// How long B works on a message, in milliseconds.
    pub receiver_ms: Vec<u32>,
    /// Memory of both functions, in MiB.
    pub memory_mb: Vec<u32>,
    /// What sends the next message.
    pub load: Vec<Load>,
    /// The capacity of a Kinesis stream.
    pub shards: Vec<Shards>,
    /// The most messages of one invocation of B by an event source mapping; Lambda's default for
    /// the source where there is no value.
    pub batch_size: Vec<u32>,
    /// How long a batch may wait for more messages, in milliseconds; whole seconds.
    pub batching_window_ms: Vec<u32>,
    /// Batches of a Kinesis shard that may be processed at the same time.
    pub parallelization_factor: Vec<u32>,
    /// Whether Kinesis pushes records to a consumer of B's own.
    pub enhanced_fan_out: Vec<bool>,
    /// Whether the payload limits of SNS and Kinesis are raised by their opt-in.
    pub limit_raised: Vec<bool>,
    /// The side that gets a fresh execution environment before each message.
    pub fresh_side: Vec<Option<Side>>,
    /// Whether one message a byte over each transport's limit is sent, once, to see it refused.
    pub probe_limits: bool,
    /// How often each cell is visited.
    pub rounds: u32,
    /// Measured messages of a cell in one round, over all its senders; raised to the concurrency.
    pub messages: u32,
    /// Raises the messages of a closed loop to so many of each sender: of fewer, most are sent while
    /// the other senders begin or have ended.
    pub messages_per_sender: u32,
    /// Warm-up messages before them; raised to the concurrency, so that every sender is warm.
    pub warmup: u32,
}

impl Axes {
    /// One small payload, one sender, a receiver that does nothing, over every transport, with
    /// Poisson arrivals at 20 messages per second; an experiment replaces the axes it asks about.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        Self {
            transports: Transport::ALL.to_vec(),
            payload_bytes: vec![1024],
            concurrency: vec![1],
            receiver_ms: vec![0],
            memory_mb: vec![1024],
            load: vec![Load::Poisson(20.0)],
            shards: vec![Shards::Provisioned(1)],
            batch_size: Vec::new(),
            batching_window_ms: vec![0],
            parallelization_factor: vec![1],
            enhanced_fan_out: vec![false],
            limit_raised: vec![false],
            fresh_side: vec![None],
            probe_limits: false,
            rounds: profile.rounds(),
            messages: profile.messages(),
            messages_per_sender: 1,
            warmup: 5,
        }
    }
}
