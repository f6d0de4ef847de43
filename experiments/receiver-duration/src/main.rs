//! Who waits while B works.

use std::process::ExitCode;

use lab::{Axes, Experiment, Load, Profile};

const RECEIVER_DURATION: Experiment = Experiment {
    name: env!("CARGO_PKG_NAME"),
    question: "How much longer does A's call take for each millisecond that B works, and does the \
               handoff of the messages behind it grow too?",
    hypothesis: "A synchronous caller waits as long as B works; no other caller waits at all. A \
                 Kinesis message waits for the batch before it.",
    sweeps,
};

/// Receivers that do nothing to receivers that work for seconds. Messages arrive whatever became of
/// the ones before, so that receivers overlap. A Kinesis shard takes one batch after the other, of
/// at most 100 messages: with a receiver of 3 s 33 messages a second, more than arrive, so that its
/// queue does not grow without bound.
fn sweeps(profile: Profile) -> Vec<Axes> {
    // A visit lasts for as long as its messages arrive and for as long as B works on the last of
    // them; it has to last for longer than B works, or all but the first message over Kinesis wait
    // for the same batch.
    let (receiver_ms, messages) = match profile {
        Profile::Smoke => (vec![0, 100], 4),
        Profile::Quick => (vec![0, 100, 500], 12),
        Profile::Full => (vec![0, 100, 300, 1_000, 3_000], 40),
    };
    vec![Axes {
        receiver_ms,
        load: vec![Load::Poisson(25.0)],
        enhanced_fan_out: vec![true],
        messages,
        warmup: 2,
        ..Axes::of(profile)
    }]
}

fn main() -> ExitCode {
    lab::main(&RECEIVER_DURATION)
}
