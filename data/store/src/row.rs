//! The columns of the timings: one row per message that A was asked to send.

use wire::Transport;

use crate::record::columns;
use crate::{Architecture, Arrival, Outcome, Side};

columns! {
    /// One message that A was asked to send, whatever became of it.
    ///
    /// Instants are nanoseconds since 1970-01-01T00:00:00Z on the wall clock of the side that
    /// took them.
    Row in "timings" {
        /// The run.
        run_id: String,
        /// The experiment.
        experiment: String,
        /// The cell's number in the experiment's plan.
        cell: u32,
        /// The round, from 0.
        round: u32,
        /// The transport.
        transport: Transport,
        /// Bytes of the payload handed to the service.
        payload_bytes: u32,
        /// Sender invocations that ran at a time.
        concurrency: u32,
        /// How long B was asked to work, in milliseconds.
        receiver_ms: u32,
        /// Memory of both functions, in MiB.
        memory_mb: u32,
        /// Instruction set of both functions.
        architecture: Architecture,
        /// When messages were sent.
        arrival: Arrival,
        /// Messages per second of the cell; none for a closed loop.
        rate_per_s: Option<f64>,
        /// Shards of the stream; none for another transport than Kinesis.
        shards: Option<u32>,
        /// The most messages of one invocation; none for a transport without a mapping.
        mapping_batch_size: Option<u32>,
        /// How long a batch might wait for more messages, in milliseconds.
        batching_window_ms: Option<u32>,
        /// Batches of a shard that might be processed at the same time.
        parallelization_factor: Option<u32>,
        /// Whether records were pushed to a consumer of its own.
        enhanced_fan_out: Option<bool>,
        /// Whether the service's payload limit was raised by its opt-in.
        limit_raised: bool,
        /// The side that was given a fresh execution environment before the message.
        fresh_side: Option<Side>,
        /// The message.
        message_id: String,
        /// Its number within its cell and round, warm-up messages first.
        seq: u64,
        /// Whether it was a warm-up message.
        warmup: bool,
        /// A's execution environment.
        sender_env: Option<String>,
        /// Whether A's call was the first of its environment's client.
        sender_cold: Option<bool>,
        /// The number of A's call within its environment, from 0, in the order in which calls were
        /// started.
        sender_call: Option<u64>,
        /// The invocation of A.
        sender_request_id: Option<String>,
        /// When the schedule wanted it sent; A's clock.
        intended_at_ns: Option<i64>,
        /// Directly before the service call; A's clock.
        put_started_at_ns: Option<i64>,
        /// Directly after the service call; A's clock.
        put_finished_at_ns: Option<i64>,
        /// How long the service call took, in nanoseconds of A's monotonic clock.
        operation_ns: Option<u64>,
        /// The service's own stamp; the service's clock.
        service_at_ns: Option<i64>,
        /// B's execution environment at the first delivery.
        receiver_env: Option<String>,
        /// Whether the invocation of B was its environment's first.
        receiver_cold: Option<bool>,
        /// The invocation of B at the first delivery.
        receiver_request_id: Option<String>,
        /// When B's handler was entered; B's clock.
        received_at_ns: Option<i64>,
        /// When B's work ended; B's clock.
        done_at_ns: Option<i64>,
        /// `received_at_ns - put_started_at_ns`; two clocks, so it may be negative.
        handoff_ns: Option<i64>,
        /// How often it arrived.
        deliveries: u32,
        /// Messages in the invocation that brought it.
        batch_size: Option<u32>,
        /// Its place in that invocation, from 0.
        batch_index: Option<u32>,
        /// Whether length and checksum of the payload were as A made them.
        payload_ok: Option<bool>,
        /// What became of it.
        outcome: Outcome,
        /// The error's code, where there was one.
        error_code: Option<String>,
        /// The error's message, where there was one.
        error_message: Option<String>,
    }
}
