//! What tells the cells of an experiment apart, beside the transport.

use std::cmp::Ordering;

use store::{Arrival, CellPlan, MappingPlan, Side};

/// A property of a cell that an experiment may vary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellAxis {
    /// Bytes of the payload.
    Payload,
    /// Sender invocations that run at a time.
    Senders,
    /// When messages are sent, and how many a second.
    Load,
    /// How long B works.
    Receiver,
    /// The side with a fresh execution environment.
    FreshSide,
    /// Whether records are pushed to a consumer of its own.
    Consumer,
    /// Shards of the stream.
    Shards,
    /// The most messages of one invocation of B.
    BatchSize,
    /// How long a batch may wait for more messages.
    BatchingWindow,
    /// Batches of a shard that may be processed at the same time.
    ParallelizationFactor,
    /// Whether the service's payload limit was raised.
    LimitRaised,
    /// Memory of both functions.
    Memory,
    /// Instruction set of both functions.
    Architecture,
}

impl CellAxis {
    /// Every axis, in the order in which tables list them.
    pub const ALL: [Self; 13] = [
        Self::Payload,
        Self::Senders,
        Self::Load,
        Self::Receiver,
        Self::FreshSide,
        Self::Consumer,
        Self::Shards,
        Self::BatchSize,
        Self::BatchingWindow,
        Self::ParallelizationFactor,
        Self::LimitRaised,
        Self::Memory,
        Self::Architecture,
    ];

    /// Its name above a column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Senders => "senders",
            Self::Load => "arrivals",
            Self::Receiver => "receiver",
            Self::FreshSide => "fresh side",
            Self::Consumer => "consumer",
            Self::Shards => "shards",
            Self::BatchSize => "batch size",
            Self::BatchingWindow => "batching window",
            Self::ParallelizationFactor => "parallelization factor",
            Self::LimitRaised => "payload limit",
            Self::Memory => "memory",
            Self::Architecture => "architecture",
        }
    }

    /// Its value in a cell, as people read it.
    #[must_use]
    pub fn value(self, plan: &CellPlan) -> String {
        let number = |of: fn(&MappingPlan) -> Option<u32>| {
            plan.mapping.as_ref().and_then(of).map_or("–".to_owned(), |value| value.to_string())
        };
        match self {
            Self::Payload => bytes(u64::from(plan.payload_bytes)),
            Self::Senders => plan.concurrency.to_string(),
            Self::Load => load(plan),
            Self::Receiver => milliseconds(plan.receiver_ms),
            Self::FreshSide => match plan.fresh_side {
                None => "none",
                Some(Side::Sender) => "A",
                Some(Side::Receiver) => "B",
            }
            .to_owned(),
            Self::Consumer => match plan.mapping.as_ref().and_then(|m| m.enhanced_fan_out) {
                None => "–",
                Some(false) => "polled",
                Some(true) => "pushed",
            }
            .to_owned(),
            Self::Shards if is_on_demand(plan) => "on demand".to_owned(),
            Self::Shards => number(|mapping| mapping.shards),
            Self::BatchSize => number(|mapping| Some(mapping.batch_size)),
            Self::BatchingWindow => plan
                .mapping
                .as_ref()
                .map_or("–".to_owned(), |mapping| milliseconds(mapping.batching_window_ms)),
            Self::ParallelizationFactor => number(|mapping| mapping.parallelization_factor),
            Self::LimitRaised => if plan.limit_raised { "raised" } else { "default" }.to_owned(),
            Self::Memory => format!("{} MiB", plan.memory_mb),
            Self::Architecture => plan.architecture.to_string(),
        }
    }

    /// Its value in a cell with its name, where the value alone would not say what it is.
    #[must_use]
    pub fn words(self, plan: &CellPlan) -> String {
        let value = self.value(plan);
        match self {
            Self::Payload | Self::Load | Self::Memory | Self::Architecture | Self::Consumer => {
                value
            }
            Self::Senders if plan.concurrency == 1 => "1 sender".to_owned(),
            Self::Senders => format!("{value} senders"),
            Self::Shards if value == "1" => "1 shard".to_owned(),
            Self::Shards if is_on_demand(plan) => value,
            Self::Shards => format!("{value} shards"),
            Self::FreshSide => match plan.fresh_side {
                None => "both warm".to_owned(),
                Some(_) => format!("fresh {value}"),
            },
            Self::LimitRaised => format!("{value} limit"),
            Self::Receiver
            | Self::BatchSize
            | Self::BatchingWindow
            | Self::ParallelizationFactor => format!("{} {value}", self.name()),
        }
    }

    /// How two cells follow each other along it.
    #[must_use]
    pub fn compare(self, one: &CellPlan, other: &CellPlan) -> Ordering {
        let mapping = |of: fn(&MappingPlan) -> u32| {
            let of = |plan: &CellPlan| plan.mapping.as_ref().map(of);
            of(one).cmp(&of(other))
        };
        match self {
            Self::Payload => one.payload_bytes.cmp(&other.payload_bytes),
            Self::Senders => one.concurrency.cmp(&other.concurrency),
            Self::Load => {
                let place = |plan: &CellPlan| match plan.arrival {
                    Arrival::Closed => 0,
                    Arrival::Poisson => 1,
                    Arrival::Constant => 2,
                };
                let rate = |plan: &CellPlan| plan.rate_per_s.unwrap_or(0.0);
                place(one).cmp(&place(other)).then(rate(one).total_cmp(&rate(other)))
            }
            Self::Receiver => one.receiver_ms.cmp(&other.receiver_ms),
            Self::FreshSide => one.fresh_side.cmp(&other.fresh_side),
            Self::Consumer => mapping(|m| u32::from(m.enhanced_fan_out == Some(true))),
            // What has no number comes last.
            Self::Shards => mapping(|m| m.shards.unwrap_or(u32::MAX)),
            Self::BatchSize => mapping(|m| m.batch_size),
            Self::BatchingWindow => mapping(|m| m.batching_window_ms),
            Self::ParallelizationFactor => mapping(|m| m.parallelization_factor.unwrap_or(0)),
            Self::LimitRaised => one.limit_raised.cmp(&other.limit_raised),
            Self::Memory => one.memory_mb.cmp(&other.memory_mb),
            Self::Architecture => one.architecture.name().cmp(other.architecture.name()),
        }
    }
}

/// Whether a cell's stream has as many shards as Kinesis thinks fit.
fn is_on_demand(plan: &CellPlan) -> bool {
    plan.mapping.as_ref().is_some_and(MappingPlan::is_on_demand)
}

fn load(plan: &CellPlan) -> String {
    match (plan.arrival, plan.rate_per_s) {
        (Arrival::Closed, _) => "closed loop".to_owned(),
        (Arrival::Constant, Some(rate)) => format!("constant {rate}/s"),
        (Arrival::Poisson, Some(rate)) => format!("Poisson {rate}/s"),
        (arrival, None) => arrival.to_string(),
    }
}

/// Bytes in binary units where they come out whole, and in bytes where they do not.
#[must_use]
pub fn bytes(count: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match count {
        0 => "0 B".to_owned(),
        count if count % MIB == 0 => format!("{} MiB", count / MIB),
        count if count % KIB == 0 => format!("{} KiB", count / KIB),
        count => format!("{count} B"),
    }
}

fn milliseconds(ms: u32) -> String {
    if ms >= 1000 && ms.is_multiple_of(1000) {
        format!("{} s", ms / 1000)
    } else {
        format!("{ms} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_written_whole() {
        assert_eq!(
            [256, 65_536, 6_291_456, 262_145].map(bytes),
            ["256 B", "64 KiB", "6 MiB", "262145 B"]
        );
        assert_eq!([0, 100, 1000, 1500].map(milliseconds), ["0 ms", "100 ms", "1 s", "1500 ms"]);
    }
}
