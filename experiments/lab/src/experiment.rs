//! What an experiment declares: its question and its axes. No machinery.

use std::fmt;

use clap::ValueEnum;
use store::Arrival;
use wire::Transport;

/// How thoroughly to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Profile {
    /// Under a minute of measuring: whether everything works.
    Smoke,
    /// A few minutes: what a person waits for.
    Quick,
    /// About an hour per eight cells: what is published.
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
            Self::Smoke => 3,
            Self::Quick => 10,
            Self::Full => 30,
        }
    }

    /// Measured messages of a cell in one round.
    #[must_use]
    pub const fn messages(self) -> u32 {
        match self {
            Self::Smoke => 24,
            Self::Quick => 40,
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
    /// The axes of its sweep in a profile.
    pub axes: fn(Profile) -> Axes,
}

/// The axes of a sweep: its cells are their product. And how each cell is loaded.
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
    /// Shards of a Kinesis stream, each of which takes 1,000 records and 1 MiB a second.
    pub shards: u32,
    /// When messages are sent.
    pub arrival: Arrival,
    /// Messages per second over all senders of a cell; ignored by a closed loop.
    pub rate_per_s: f64,
    /// How often each cell is visited.
    pub rounds: u32,
    /// Measured messages of a cell in one round, over all its senders.
    pub messages: u32,
    /// Warm-up messages before them; raised to the highest concurrency, so that every sender is
    /// warm.
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
            shards: 1,
            arrival: Arrival::Poisson,
            rate_per_s: 20.0,
            rounds: profile.rounds(),
            messages: profile.messages(),
            warmup: 5,
        }
    }
}
