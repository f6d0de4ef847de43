//! What can be chosen about a local cloud.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::iam::Policy;
use crate::injected_delay::InjectedDelay;

/// The settings of a local cloud.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The region that resources are in.
    pub region: String,
    /// The account that resources belong to, 12 digits.
    pub account: String,
    /// How long an event source mapping waits between two polls of a shard.
    pub shard_poll_interval: Duration,
    /// How long a new stream is in CREATING.
    pub stream_creation_time: Duration,
    /// How many invocations the account may run at a time (AWS: 1,000).
    pub account_concurrency: u32,
    /// How long the queue of asynchronous invokes waits before each retry after a function error;
    /// the last one also stands for those after it (AWS: 1 and 2 minutes).
    pub async_retry_delays: Vec<Duration>,
    /// How many execution environments this host may run at a time, over all functions.
    pub max_environments: usize,
    /// How much memory log lines may take together, in bytes; the oldest go first.
    pub log_retention_bytes: u64,
    /// How much memory stream records may take together, in bytes; the oldest go first.
    pub stream_retention_bytes: u64,
    /// How much memory the messages of SQS queues may take together, in bytes; beyond that, sending
    /// is throttled.
    pub queue_retention_bytes: u64,
    /// How much memory the payloads of queued asynchronous invokes may take together, in bytes;
    /// beyond that, asynchronous invokes are throttled.
    pub async_queue_bytes: u64,
    /// The seed of all that is drawn at random, such as the phases of shard polls.
    pub seed: u64,
    /// A delay that is injected into deliveries, for tests of what measures them.
    pub injected_delay: Option<InjectedDelay>,
    /// Whether policies decide what may be called.
    pub enforce_iam: bool,
    /// With enforcement, what whoever is not a function may call; everything, if there is none.
    pub operator_policy: Option<Policy>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4566)),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            shard_poll_interval: Duration::from_secs(1),
            stream_creation_time: Duration::ZERO,
            account_concurrency: 1000,
            async_retry_delays: vec![Duration::from_secs(60), Duration::from_secs(120)],
            max_environments: 256,
            log_retention_bytes: 512 << 20,
            stream_retention_bytes: 512 << 20,
            queue_retention_bytes: 512 << 20,
            async_queue_bytes: 512 << 20,
            seed: 0,
            injected_delay: None,
            enforce_iam: false,
            operator_policy: None,
        }
    }
}
