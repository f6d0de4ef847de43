//! How much of a Kinesis handoff is the poll, and what each setting of the mapping does about it.

use std::process::ExitCode;

use lab::{Axes, Experiment, Load, Profile, Shards, Transport};

const KINESIS_TUNING: Experiment = Experiment {
    name: env!("CARGO_PKG_NAME"),
    question: "How much of a Kinesis handoff is the wait for the poll, and which setting of the \
               stream or the event source mapping shortens it?",
    hypothesis: "Nearly all of it is the poll: enhanced fan-out takes it away, shards do not. A \
                 batching window adds to it. Behind a B that works, small batches wait for each \
                 other, and a parallelization factor takes that wait away.",
    sweeps,
};

/// One axis at a time around a centre: one shard, polled, batches of up to 100 without a window,
/// one at a time. Batch size and parallelization factor matter where B works.
fn sweeps(profile: Profile) -> Vec<Axes> {
    let centre = || Axes {
        transports: vec![Transport::Kinesis],
        load: vec![Load::Poisson(50.0)],
        batch_size: vec![100],
        messages: match profile {
            Profile::Smoke => 12,
            Profile::Quick => 25,
            // A visit of two polls.
            Profile::Full => 100,
        },
        warmup: 1,
        ..Axes::of(profile)
    };
    let working = || Axes { receiver_ms: vec![50], ..centre() };
    let of = |quick: &[u32], full: &[u32]| match profile {
        Profile::Full => full.to_vec(),
        Profile::Smoke | Profile::Quick => quick.to_vec(),
    };
    let mut sweeps = vec![
        Axes { enhanced_fan_out: vec![false, true], ..centre() },
        Axes { batch_size: of(&[1, 100], &[1, 10, 100, 1_000]), ..working() },
    ];
    if profile != Profile::Smoke {
        let shards = of(&[4], &[2, 4, 8]).into_iter().map(Shards::Provisioned);
        sweeps.push(Axes { shards: shards.collect(), ..centre() });
        let parallelization_factor = of(&[10], &[2, 10]);
        sweeps.push(Axes { batch_size: vec![1], parallelization_factor, ..working() });
    }
    if profile == Profile::Full {
        // A visit waits for a window twice.
        sweeps.push(Axes { batching_window_ms: vec![1_000, 2_000], ..centre() });
        sweeps.push(Axes { enhanced_fan_out: vec![true], ..working() });
        sweeps.push(Axes { shards: vec![Shards::OnDemand], ..centre() });
    }
    sweeps
}

fn main() -> ExitCode {
    lab::main(&KINESIS_TUNING)
}
