//! An AWS of the size that this workspace uses, in one process: Lambda, SNS, SQS, Kinesis,
//! CloudWatch Logs, IAM, STS and the tagging API, over their real wire protocols, for any unmodified client.
//!
//! Functions are real processes that speak the Lambda Runtime API. The mechanisms that shape
//! latency are modelled (the poll of a shard and of a queue, the queue of asynchronous invokes, cold starts,
//! concurrency); no delay is added that a mechanism does not cause.
//!
//! Signatures are read for the service that they name and whose they are, and are not verified.

mod arn;
mod clock;
mod cloud;
mod config;
mod error;
mod event_source_mapping;
mod iam;
mod injected_delay;
mod kinesis;
mod lambda;
mod logs;
mod protocol;
mod queue_memory;
mod random_ids;
mod server;
mod service;
mod sns;
mod sqs;
mod sts;
mod tagging;
mod timer;

pub use config::Config;
pub use iam::{Policy, PolicyError};
pub use injected_delay::{DelayDistribution, DelayError, InjectedDelay};
pub use server::{Server, ServerError};
