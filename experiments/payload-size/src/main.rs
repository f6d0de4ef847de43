//! What a message's size costs, up to the limit of each transport and one byte further.

use std::process::ExitCode;

use lab::Transport::{AsyncInvoke, Kinesis, Sns, Sqs, SyncInvoke};
use lab::{Axes, Experiment, Load, Profile, Shards};

const PAYLOAD_SIZE: Experiment = Experiment {
    name: env!("CARGO_PKG_NAME"),
    question: "How do operation duration and handoff grow with the payload, up to each \
               transport's limit, and is one byte more refused?",
    hypothesis: "From 256 B to 16 KiB the size hardly matters; a mebibyte takes several times as \
                 long; one byte over a limit is refused.",
    sweeps,
};

const KIB: u32 = 1 << 10;
const MIB: u32 = 1 << 20;

/// Sizes in steps on a logarithmic scale. The larger a payload, the fewer its messages and the
/// lower their rate: a Kinesis shard takes 1 MiB a second, so large records keep more than a second
/// between them, on streams of their own. Records are pushed to B, because the wait for a poll, up
/// to a second, would hide what the size adds.
fn sweeps(profile: Profile) -> Vec<Axes> {
    let thorough = profile == Profile::Full;
    let sizes = |some: &[u32], more: &[u32]| [some, if thorough { more } else { &[] }].concat();
    let axes = |payload_bytes, load, messages: u32| Axes {
        payload_bytes,
        load: vec![load],
        messages: if thorough { messages * 10 } else { messages },
        warmup: 1,
        enhanced_fan_out: vec![true],
        ..Axes::of(profile)
    };
    let unpaced = |payload_bytes, load, messages| Axes {
        transports: vec![SyncInvoke, AsyncInvoke, Sns, Sqs],
        ..axes(payload_bytes, load, messages)
    };
    let kinesis = |payload_bytes, shards, load, messages| Axes {
        transports: vec![Kinesis],
        shards: vec![Shards::Provisioned(shards)],
        ..axes(payload_bytes, load, messages)
    };
    let small = match profile {
        Profile::Smoke => vec![256, 16 * KIB],
        Profile::Quick => vec![256, KIB, 16 * KIB],
        Profile::Full => vec![256, KIB, 4 * KIB, 16 * KIB, 64 * KIB],
    };
    vec![
        Axes { probe_limits: true, ..axes(small, Load::Poisson(60.0), 8) },
        unpaced(sizes(&[256 * KIB, MIB], &[512 * KIB]), Load::Poisson(10.0), 3),
        unpaced(sizes(&[6 * MIB], &[2 * MIB, 4 * MIB]), Load::Poisson(4.0), 2),
        Axes {
            transports: vec![Sns],
            limit_raised: vec![true],
            probe_limits: true,
            ..axes(sizes(&[MIB], &[512 * KIB]), Load::Poisson(10.0), 3)
        },
        kinesis(vec![256 * KIB], 1, Load::Constant(3.5), 3),
        kinesis(sizes(&[MIB, 6 * MIB], &[512 * KIB]), 2, Load::Constant(0.9), 1),
        Axes {
            limit_raised: vec![true],
            probe_limits: true,
            ..kinesis(sizes(&[4 * MIB, 6 * MIB], &[2 * MIB]), 4, Load::Constant(0.9), 1)
        },
    ]
}

fn main() -> ExitCode {
    lab::main(&PAYLOAD_SIZE)
}
