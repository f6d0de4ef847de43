//! What a fresh execution environment adds, on A's side and on B's.

use std::process::ExitCode;

use lab::{Axes, Experiment, Load, Profile, Side};

const COLD_START: Experiment = Experiment {
    name: env!("CARGO_PKG_NAME"),
    question: "How much longer is a handoff when B's execution environment is fresh, and how much \
               longer is A's call when A's own is?",
    hypothesis: "A fresh B adds its start to the handoff over every transport; a fresh A adds the \
                 making of its connection to its call.",
    sweeps,
};

/// Warm environments, a fresh sender and a fresh receiver, over every transport. Kinesis records
/// are pushed to B, because the wait for a poll would hide a start.
fn sweeps(profile: Profile) -> Vec<Axes> {
    vec![Axes {
        fresh_side: vec![None, Some(Side::Sender), Some(Side::Receiver)],
        load: vec![Load::Closed],
        enhanced_fan_out: vec![true],
        messages: match profile {
            Profile::Smoke => 1,
            Profile::Quick => 4,
            Profile::Full => 10,
        },
        warmup: 1,
        ..Axes::of(profile)
    }]
}

fn main() -> ExitCode {
    lab::main(&COLD_START)
}
