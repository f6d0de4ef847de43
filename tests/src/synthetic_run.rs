//! A complete run made up from a seed, with known effects: for tests of what reads runs.

use std::collections::BTreeMap;
use std::path::Path;

use store::{
    Architecture, Arrival, BackendFacts, CellPlan, EndpointKind, ExperimentPlan, FORMAT_VERSION,
    Functions, GitState, HostFacts, Invocation, Manifest, MappingPlan, Outcome, PartKey, Row,
    RunDir, RunId, Side, StoreError,
};
use wire::{BatchId, MessageId, Transport};

/// What the run is to show.
#[derive(Clone, Debug)]
pub struct Effects {
    /// Its name.
    pub run_id: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// Rounds.
    pub rounds: u32,
    /// Measured messages of each cell in each round.
    pub messages: u32,
    /// Median handoff of each transport in nanoseconds, in the order of [`Transport::ALL`]; that of
    /// Kinesis comes on top of a uniform wait of up to `poll_interval_ns`.
    pub handoff_ns: [f64; 5],
    /// The poll interval, nanoseconds.
    pub poll_interval_ns: f64,
    /// Which transports wait for B, in the order of [`Transport::ALL`].
    pub waits: [bool; 5],
    /// One message in so many is lost; 0 for none. So with the others.
    pub lost_every: u64,
    /// Delivered twice.
    pub duplicated_every: u64,
    /// Refused by the service.
    pub rejected_every: u64,
    /// Arrived before it was sent.
    pub negative_every: u64,
    /// Parts that are left out, as of a run that was stopped.
    pub missing_parts: usize,
    /// `local` or another place.
    pub backend: String,
}

impl Default for Effects {
    /// The post's findings hold, and nothing goes wrong.
    fn default() -> Self {
        Self {
            run_id: "synthetic".into(),
            seed: 1,
            rounds: 10,
            messages: 40,
            handoff_ns: [130e3, 170e3, 260e3, 2e6, 210e3],
            poll_interval_ns: 1e9,
            waits: [true, false, false, false, false],
            lost_every: 0,
            duplicated_every: 0,
            rejected_every: 0,
            negative_every: 0,
            missing_parts: 0,
            backend: "local".into(),
        }
    }
}

const WARMUP: u32 = 5;
const RECEIVER_MS: [u32; 2] = [0, 100];
const START_NS: i64 = 1_790_000_000_000_000_000;

/// `SplitMix64`, so that no library's version changes the data.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1).
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Around 1, with a longer tail above: the product of two uniform powers of two.
    fn skewed(&mut self) -> f64 {
        (0.5 * (self.uniform() - 0.5)).exp2() * (self.uniform().powi(12) * 2.0).exp2()
    }
}

/// Writes the run below `runs`.
///
/// # Errors
/// Whatever the store refuses.
pub fn write(runs: &Path, effects: &Effects) -> Result<RunDir, StoreError> {
    let manifest = manifest(effects);
    let run = RunDir::create(runs, &manifest.run_id)?;
    run.write_manifest(&manifest)?;
    let mut random = Random(effects.seed);
    let plan = &manifest.experiments["baseline"];
    let parts = plan.cells.len() * plan.rounds as usize;
    let mut written = 0;
    for round in 0..plan.rounds {
        for cell in &plan.cells {
            let rows = part(effects, cell, round, &mut random);
            if written + effects.missing_parts < parts {
                let key = PartKey {
                    experiment: "baseline".into(),
                    transport: cell.transport,
                    cell: cell.cell,
                    round,
                };
                run.write_invocations(&key, &invocations(&rows))?;
                run.write_part(&key, &rows)?;
            }
            written += 1;
        }
    }
    Ok(run)
}

fn place(transport: Transport) -> usize {
    Transport::ALL.iter().position(|one| *one == transport).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, reason = "made-up times are far from the limits")]
fn part(effects: &Effects, cell: &CellPlan, round: u32, random: &mut Random) -> Vec<Row> {
    let batch = BatchId::new((u64::from(round) << 16 | u64::from(cell.cell)) + (1 << 48));
    // A round has something of its own, as a busy machine would give it.
    let drift = 1.0 + 0.05 * (random.uniform() - 0.5);
    let mut due = START_NS + i64::from(round) * 60_000_000_000;
    let mapping = cell.mapping.as_ref();
    let mut rows = Vec::new();
    for seq in 0..u64::from(WARMUP + effects.messages) {
        let warmup = seq < u64::from(WARMUP);
        due += (-random.uniform().ln() * 50e6) as i64;
        let handoff = effects.handoff_ns[place(cell.transport)] * drift * random.skewed();
        let wait = random.uniform() * effects.poll_interval_ns;
        let handoff = if cell.transport == Transport::Kinesis { handoff + wait } else { handoff };
        let call = 120e3 * drift * random.skewed();
        let work = f64::from(cell.receiver_ms) * 1e6;
        let waits = effects.waits[place(cell.transport)];
        let operation = if waits { handoff + work + call } else { call };
        let every = |n: u64| !warmup && n > 0 && (u64::from(round) * 1000 + seq) % n == 7 % n;
        let outcome = if every(effects.rejected_every) {
            Outcome::Rejected
        } else if every(effects.lost_every) {
            Outcome::Lost
        } else if every(effects.duplicated_every) {
            Outcome::Duplicated
        } else {
            Outcome::Delivered
        };
        let handoff = if every(effects.negative_every) { -4000.0 } else { handoff };
        let arrived = !matches!(outcome, Outcome::Rejected | Outcome::Lost);
        let started = due + 20_000;
        let received = arrived.then_some(started + handoff as i64);
        let refused = outcome == Outcome::Rejected;
        let first = seq == 0 && round == 0;
        rows.push(Row {
            run_id: effects.run_id.clone(),
            experiment: "baseline".into(),
            cell: cell.cell,
            round,
            transport: cell.transport,
            payload_bytes: cell.payload_bytes,
            concurrency: cell.concurrency,
            receiver_ms: cell.receiver_ms,
            memory_mb: cell.memory_mb,
            architecture: cell.architecture,
            arrival: cell.arrival,
            rate_per_s: cell.rate_per_s,
            shards: mapping.and_then(|mapping| mapping.shards),
            mapping_batch_size: mapping.map(|mapping| mapping.batch_size),
            batching_window_ms: mapping.map(|mapping| mapping.batching_window_ms),
            parallelization_factor: mapping.and_then(|mapping| mapping.parallelization_factor),
            enhanced_fan_out: mapping.and_then(|mapping| mapping.enhanced_fan_out),
            limit_raised: cell.limit_raised,
            fresh_side: cell.fresh_side,
            message_id: MessageId { batch, seq }.to_string(),
            seq,
            warmup,
            sender_env: Some("sender/1".into()),
            sender_cold: Some(first),
            sender_request_id: Some(format!("a-{round}")),
            intended_at_ns: Some(due),
            put_started_at_ns: Some(started),
            put_finished_at_ns: Some(started + operation as i64),
            operation_ns: Some((operation as i64).cast_unsigned()),
            service_at_ns: None,
            receiver_env: arrived.then(|| "receiver/1".into()),
            receiver_cold: arrived.then_some(first),
            receiver_request_id: arrived.then(|| format!("b-{round}-{seq}")),
            received_at_ns: received,
            done_at_ns: received.map(|received| received + work as i64),
            handoff_ns: received.map(|received| received - started),
            deliveries: match outcome {
                Outcome::Duplicated => 2,
                _ => u32::from(arrived),
            },
            batch_size: arrived.then_some(1),
            batch_index: arrived.then_some(0),
            payload_ok: arrived.then_some(true),
            outcome,
            error_code: refused.then(|| "TooManyRequestsException".into()),
            error_message: refused.then(|| "Rate Exceeded.".into()),
        });
    }
    rows
}

/// The mapping that the lab would make.
fn mapping(transport: Transport) -> Option<MappingPlan> {
    let kinesis = transport == Transport::Kinesis;
    (kinesis || transport == Transport::Sqs).then(|| MappingPlan {
        shards: kinesis.then_some(1),
        batch_size: if kinesis { 100 } else { 10 },
        batching_window_ms: 0,
        parallelization_factor: kinesis.then_some(1),
        enhanced_fan_out: kinesis.then_some(false),
    })
}

/// The invocations of a part, as their REPORT lines would say: one of A, and one of B for each
/// message that arrived.
fn invocations(rows: &[Row]) -> Vec<Invocation> {
    let Some(first) = rows.first() else { return Vec::new() };
    let of =
        |side, request_id: &str, messages, duration_ns: u64, row: &Row, cold: bool| Invocation {
            run_id: row.run_id.clone(),
            experiment: row.experiment.clone(),
            cell: row.cell,
            round: row.round,
            transport: row.transport,
            side,
            request_id: request_id.to_owned(),
            env: format!("{side}/1"),
            warmup: side == Side::Receiver && row.warmup,
            messages,
            duration_ns,
            billed_ms: duration_ns.div_ceil(1_000_000) + if cold { 12 } else { 0 },
            init_ns: cold.then_some(11_500_000),
            memory_mb: row.memory_mb,
            max_memory_mb: Some(20),
        };
    let sent_for: u64 = rows.iter().filter_map(|row| row.operation_ns).sum();
    let messages = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let sender = first.sender_request_id.as_deref().unwrap_or_default();
    let cold = first.sender_cold == Some(true);
    let mut all = vec![of(Side::Sender, sender, messages, sent_for, first, cold)];
    all.extend(rows.iter().filter_map(|row| {
        let worked = row.done_at_ns? - row.received_at_ns?;
        let request_id = row.receiver_request_id.as_deref()?;
        let duration_ns = worked.unsigned_abs() + 80_000;
        let cold = row.receiver_cold == Some(true);
        Some(of(Side::Receiver, request_id, 1, duration_ns, row, cold))
    }));
    all
}

fn manifest(effects: &Effects) -> Manifest {
    let mut cells = Vec::new();
    for receiver_ms in RECEIVER_MS {
        for transport in Transport::ALL {
            cells.push(CellPlan {
                cell: u32::try_from(cells.len()).unwrap_or(u32::MAX),
                transport,
                payload_bytes: 1024,
                concurrency: 1,
                receiver_ms,
                memory_mb: 512,
                architecture: Architecture::X86_64,
                arrival: Arrival::Poisson,
                rate_per_s: Some(20.0),
                messages: effects.messages,
                warmup: WARMUP,
                mapping: mapping(transport),
                limit_raised: false,
                fresh_side: None,
                limit: None,
                probe: false,
            });
        }
    }
    let finished = effects.missing_parts == 0;
    let plan = ExperimentPlan {
        rounds: effects.rounds,
        cells,
        finished,
        overhead_ns: finished.then_some(1_234_567_890),
    };
    let interval = format!("{}ms", effects.poll_interval_ns / 1e6);
    let local = effects.backend == "local";
    Manifest {
        format_version: FORMAT_VERSION,
        #[expect(clippy::expect_used, reason = "the test names its run")]
        run_id: RunId::new(&effects.run_id).expect("a valid name"),
        seed: effects.seed,
        profile: "quick".into(),
        git: Some(GitState { commit: "0123456789abcdef".repeat(2), clean: true }),
        cargo_lock_sha256: Some("c".repeat(64)),
        functions: Functions { sender_sha256: "a".repeat(64), receiver_sha256: "b".repeat(64) },
        backend: BackendFacts {
            name: effects.backend.clone(),
            product: if local { "local-cloud" } else { "AWS" }.into(),
            version: "0.1.0".into(),
            endpoint: if local { EndpointKind::Loopback } else { EndpointKind::Aws },
            settings: if local {
                BTreeMap::from([("shard_poll_interval".into(), interval)])
            } else {
                BTreeMap::new()
            },
        },
        region: "us-east-1".into(),
        architecture: Architecture::X86_64,
        memory_mb: 512,
        limits: BTreeMap::new(),
        host: HostFacts {
            os: "linux".into(),
            kernel: "6.1".into(),
            cpu_model: "made-up processor".into(),
            cores: 2,
            memory_bytes: 8 << 30,
        },
        started_at: "2026-11-23T20:00:00Z".into(),
        finished_at: finished.then(|| "2026-11-23T20:05:00Z".into()),
        command: ["just", "run-sweep", "local", "quick"].map(String::from).into(),
        experiments: BTreeMap::from([("baseline".into(), plan)]),
    }
}
