//! What a made-up run is to show.

use wire::Transport;

/// Every experiment that can be made up, in the order of their names.
pub const EXPERIMENTS: [&str; 6] = [
    "baseline",
    "cold-start",
    "concurrency",
    "kinesis-tuning",
    "payload-size",
    "receiver-duration",
];

/// What the run is to show. Arrays are in the order of [`Transport::ALL`].
#[derive(Clone, Debug)]
pub struct Effects {
    /// Its name.
    pub run_id: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// `smoke`, `quick` or `full`.
    pub profile: String,
    /// The experiments in it.
    pub experiments: Vec<&'static str>,
    /// The transports in it.
    pub transports: Vec<Transport>,
    /// Rounds.
    pub rounds: u32,
    /// Measured messages of each cell in each round.
    pub messages: u32,
    /// Median handoff of each transport in nanoseconds; that of Kinesis comes on top of a uniform
    /// wait of up to `poll_interval_ns`.
    pub handoff_ns: [f64; 5],
    /// How long A's call takes by itself, nanoseconds.
    pub call_ns: f64,
    /// The poll interval, nanoseconds.
    pub poll_interval_ns: f64,
    /// Whether enhanced fan-out spares a record the poll.
    pub fan_out_pushes: bool,
    /// How much of B's work a record waits behind, at most: a shard's batches follow each other.
    pub waits_behind: f64,
    /// Which share of B's work A waits for.
    pub waits: [f64; 5],
    /// What each KiB of payload adds to the handoff and to A's call, nanoseconds.
    pub ns_per_kib: [f64; 5],
    /// Messages per second beyond which each transport's messages queue, closed loop and open.
    pub saturation_per_s: [f64; 5],
    /// Whether an open loop's messages queue behind their put; else A itself is late.
    pub queues_behind_put: bool,
    /// What a fresh environment of A adds to A's call, nanoseconds.
    pub sender_start_ns: f64,
    /// What a fresh environment of B adds to the handoff, nanoseconds.
    pub receiver_start_ns: f64,
    /// How late A is, nanoseconds.
    pub late_ns: f64,
    /// By which share each round is slower than the one before.
    pub drift: f64,
    /// One message in so many is lost; 0 for none. So with the others.
    pub lost_every: u64,
    /// Delivered twice.
    pub duplicated_every: u64,
    /// Refused by the service.
    pub rejected_every: u64,
    /// B raised an error.
    pub failed_every: u64,
    /// Arrived before it was sent.
    pub negative_every: u64,
    /// Arrived changed.
    pub damaged_every: u64,
    /// Met a cold start of B.
    pub cold_every: u64,
    /// Invocations of B without a REPORT line.
    pub unreported_every: u64,
    /// Whether a message over a limit is refused.
    pub limits_enforced: bool,
    /// Whether the second half of the run had its clock set back by a second.
    pub clock_set: bool,
    /// Whether the milliseconds of Kinesis' stamps are read without their closing zeros: `.47` s as
    /// 47 ms, as receivers did up to format 2.
    pub stamps_misread: bool,
    /// Whether the source was committed.
    pub clean: bool,
    /// Parts that are left out, as of a run that was stopped.
    pub missing_parts: usize,
    /// `local` or another place.
    pub backend: String,
    /// More of the backend's settings, such as an injected delay.
    pub settings: Vec<(&'static str, &'static str)>,
}

impl Default for Effects {
    /// The post's findings hold, and nothing goes wrong.
    fn default() -> Self {
        Self {
            run_id: "synthetic".into(),
            seed: 1,
            profile: "quick".into(),
            experiments: vec!["baseline"],
            transports: Transport::ALL.to_vec(),
            rounds: 10,
            messages: 40,
            handoff_ns: [130e3, 170e3, 260e3, 2e6, 210e3],
            call_ns: 120e3,
            poll_interval_ns: 1e9,
            fan_out_pushes: true,
            waits_behind: 1.0,
            waits: [1.0, 0.0, 0.0, 0.0, 0.0],
            ns_per_kib: [2e3, 6e3, 9e3, 12e3, 5e3],
            saturation_per_s: [4e3, 3e3, 2e3, 1e3, 2.5e3],
            queues_behind_put: false,
            sender_start_ns: 5e6,
            receiver_start_ns: 12e6,
            late_ns: 20e3,
            drift: 0.0,
            lost_every: 0,
            duplicated_every: 0,
            rejected_every: 0,
            failed_every: 0,
            negative_every: 0,
            damaged_every: 0,
            cold_every: 0,
            unreported_every: 0,
            limits_enforced: true,
            clock_set: false,
            stamps_misread: false,
            clean: true,
            missing_parts: 0,
            backend: "local".into(),
            settings: vec![],
        }
    }
}

impl Effects {
    /// All experiments, with the same effects.
    #[must_use]
    pub fn everything() -> Self {
        Self { experiments: EXPERIMENTS.to_vec(), ..Self::default() }
    }

    /// One experiment.
    #[must_use]
    pub fn only(experiment: &'static str) -> Self {
        Self { experiments: vec![experiment], ..Self::default() }
    }

    pub(super) fn of<T: Copy>(values: &[T; 5], transport: Transport) -> T {
        values[Transport::ALL.iter().position(|one| *one == transport).unwrap_or(0)]
    }
}
