//! The columns of the invocations: one row per invocation of A or B, from its REPORT line.

use wire::Transport;

use crate::Side;
use crate::record::columns;

columns! {
    /// One invocation of A or B, as Lambda reports it.
    Invocation in "invocations" {
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
        /// Which function.
        side: Side,
        /// The invocation. An asynchronous invoke that is retried keeps its request id.
        request_id: String,
        /// The execution environment (its log stream).
        env: String,
        /// Whether it sent or received warm-up messages only.
        warmup: bool,
        /// Messages of the part that it sent or received.
        messages: u32,
        /// How long the handler ran, in nanoseconds (reported in hundredths of a millisecond).
        duration_ns: u64,
        /// What is billed, in milliseconds.
        billed_ms: u64,
        /// How long the environment took to initialise, in nanoseconds; none where it was warm.
        init_ns: Option<u64>,
        /// Memory of the function, in MiB.
        memory_mb: u32,
        /// The most memory that the environment has used, in MiB.
        max_memory_mb: Option<u32>,
    }
}
