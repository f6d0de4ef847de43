//! The ways of the original post and a queue, side by side.

use std::process::ExitCode;

use lab::{Axes, Experiment, Load, Profile};

const BASELINE: Experiment = Experiment {
    name: env!("CARGO_PKG_NAME"),
    question: "How long does Lambda A take to hand one small message to Lambda B, over each \
               transport, and does A wait for B?",
    hypothesis: "Synchronous invoke arrives first, but its operation duration grows with B's work; \
                 asynchronous invoke arrives soon and does not wait; SNS takes longer than \
                 asynchronous invoke; Kinesis puts fast and delivers after half a second.",
    sweeps,
};

/// One small payload and one sender; a receiver that does nothing, and one that works for 100 ms,
/// which tells whether A waits for it.
fn sweeps(profile: Profile) -> Vec<Axes> {
    vec![Axes {
        payload_bytes: vec![1024],
        concurrency: vec![1],
        receiver_ms: vec![0, 100],
        // Random arrivals see time averages; fixed spacing would alias with the 1 Hz poll of a
        // Kinesis shard, and back-to-back puts would all fall into one poll.
        load: vec![Load::Poisson(50.0)],
        messages: match profile {
            Profile::Smoke => 10,
            // With 8 rounds enough for p99, which needs 368.
            Profile::Quick => 50,
            Profile::Full => 200,
        },
        ..Axes::of(profile)
    }]
}

fn main() -> ExitCode {
    lab::main(&BASELINE)
}
