//! Many senders at a time, and more messages than the backend can take.

use std::process::ExitCode;

use lab::Transport::{AsyncInvoke, Kinesis, Sns, Sqs, SyncInvoke};
use lab::{Axes, Experiment, Load, Profile, Shards};

const CONCURRENCY: Experiment = Experiment {
    name: env!("CARGO_PKG_NAME"),
    question: "How do operation duration, handoff and throughput change with the number of \
               senders, and which rate can each transport sustain?",
    hypothesis: "More senders hand over more messages a second until something is saturated; \
                 beyond the rate that is sustained, the response grows and the call's own duration \
                 hides it.",
    sweeps,
};

const KIB: u32 = 1 << 10;

/// Of a closed loop's senders each sends so many messages, so that for most of a visit all send.
const PER_SENDER: u32 = 12;
/// A shard takes 1,000 messages a second: these take all that a machine of a few processors can put,
/// so that it is not a full stream that is measured.
const SHARDS: u32 = 8;

/// A closed loop over the number of senders; a grid of senders and payloads for the heat map; and
/// an open loop at a low and a high rate, or at several. Kinesis records are pushed to B, because the
/// wait for a poll would hide what the senders add; a shard, which takes 1 MiB a second, has no part
/// in the grid.
fn sweeps(profile: Profile) -> Vec<Axes> {
    let of = |smoke: &[u32], quick: &[u32], full: &[u32]| match profile {
        Profile::Smoke => smoke.to_vec(),
        Profile::Quick => quick.to_vec(),
        Profile::Full => full.to_vec(),
    };
    let base = || Axes {
        enhanced_fan_out: vec![true],
        shards: vec![Shards::Provisioned(SHARDS)],
        ..Axes::of(profile)
    };
    let closed = || Axes {
        load: vec![Load::Closed],
        messages_per_sender: if profile == Profile::Smoke { 1 } else { PER_SENDER },
        messages: if profile == Profile::Full { 256 } else { 48 },
        ..base()
    };
    let some = |quick: &[_], full: &[_]| {
        if profile == Profile::Full { full.to_vec() } else { quick.to_vec() }
    };
    let mut sweeps = vec![
        Axes { concurrency: of(&[1, 8], &[1, 4, 16, 64], &[1, 4, 16, 64, 256, 1_000]), ..closed() },
        Axes {
            transports: some(&[SyncInvoke], &[SyncInvoke, AsyncInvoke, Sns, Sqs]),
            payload_bytes: of(
                &[256 * KIB],
                &[64 * KIB, 256 * KIB],
                &[16 * KIB, 64 * KIB, 256 * KIB],
            ),
            concurrency: of(&[8], &[1, 4, 16, 64], &[1, 4, 16, 64]),
            ..closed()
        },
    ];
    // As many messages as make the same time at each rate: far longer than a message takes at a rate
    // that is sustained.
    let seconds = if profile == Profile::Full { 4.0 } else { 0.4 };
    for rate in of(&[200], &[500, 3_000], &[50, 200, 1_000, 2_000, 4_000]) {
        let open = |load: fn(f64) -> Load, transports| Axes {
            transports,
            concurrency: vec![4],
            load: vec![load(rate.into())],
            messages: (f64::from(rate) * seconds) as u32,
            ..base()
        };
        sweeps.push(open(Load::Poisson, vec![SyncInvoke, AsyncInvoke, Sns, Kinesis, Sqs]));
        sweeps.push(open(Load::Constant, some(&[SyncInvoke], &lab::Transport::ALL)));
    }
    sweeps
}

fn main() -> ExitCode {
    lab::main(&CONCURRENCY)
}
