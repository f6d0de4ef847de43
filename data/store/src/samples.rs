//! A small run for the tests of this crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use wire::{BatchId, MessageId, Transport};

use crate::{
    Architecture, Arrival, BackendFacts, CellPlan, EndpointKind, ExperimentPlan, FORMAT_VERSION,
    Functions, HostFacts, Invocation, Manifest, Outcome, PartKey, Row, RunDir, RunId, Side,
};

/// A folder that is removed when the test ends.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("handoff-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) const MESSAGES: u32 = 3;
pub(crate) const WARMUP: u32 = 1;

pub(crate) fn run_id() -> RunId {
    RunId::new("sample").unwrap()
}

pub(crate) fn key(transport: Transport, round: u32) -> PartKey {
    let cell = Transport::ALL.iter().position(|t| *t == transport).unwrap();
    let cell = u32::try_from(cell).unwrap();
    PartKey { experiment: "baseline".into(), transport, cell, round }
}

/// A row with every value, and with every value that may be missing missing.
pub(crate) fn rows(key: &PartKey) -> Vec<Row> {
    let batch = BatchId::new((u64::from(key.cell) << 32) | u64::from(key.round) | 1 << 60);
    (0..u64::from(MESSAGES + WARMUP))
        .map(|seq| {
            let there = seq != 2;
            Row {
                run_id: run_id().to_string(),
                experiment: key.experiment.clone(),
                cell: key.cell,
                round: key.round,
                transport: key.transport,
                payload_bytes: 1024,
                concurrency: 1,
                receiver_ms: 0,
                memory_mb: 128,
                architecture: Architecture::X86_64,
                arrival: Arrival::Poisson,
                rate_per_s: Some(20.5),
                shards: None,
                mapping_batch_size: None,
                batching_window_ms: None,
                parallelization_factor: None,
                enhanced_fan_out: None,
                limit_raised: false,
                fresh_side: None,
                message_id: MessageId { batch, seq }.to_string(),
                seq,
                warmup: seq < u64::from(WARMUP),
                sender_env: there.then(|| "sender/1".to_owned()),
                sender_cold: there.then_some(seq == 0),
                sender_call: there.then_some(seq),
                sender_request_id: there.then(|| "a".to_owned()),
                intended_at_ns: there.then_some(1_700_000_000_000_000_001),
                put_started_at_ns: there.then_some(1_700_000_000_000_000_002),
                put_finished_at_ns: there.then_some(1_700_000_000_000_000_009),
                operation_ns: there.then_some(7),
                service_at_ns: None,
                receiver_env: there.then(|| "receiver/1".to_owned()),
                receiver_cold: there.then_some(false),
                receiver_request_id: there.then(|| "b".to_owned()),
                received_at_ns: there.then_some(1_700_000_000_000_000_001),
                done_at_ns: there.then_some(1_700_000_000_000_000_003),
                handoff_ns: there.then_some(-1),
                deliveries: u32::from(there),
                batch_size: there.then_some(1),
                batch_index: there.then_some(0),
                payload_ok: there.then_some(true),
                outcome: if there { Outcome::Delivered } else { Outcome::Lost },
                error_code: match seq {
                    2 => Some("SenderLineMissing".to_owned()),
                    3 => Some("Throttled".to_owned()),
                    _ => None,
                },
                error_message: (seq > 1).then(|| "crc32: not a checksum, \"é\"".to_owned()),
            }
        })
        .collect()
}

/// The invocations that sent and received them.
pub(crate) fn invocations(key: &PartKey) -> Vec<Invocation> {
    Side::ALL
        .map(|side| Invocation {
            run_id: run_id().to_string(),
            experiment: key.experiment.clone(),
            cell: key.cell,
            round: key.round,
            transport: key.transport,
            side,
            request_id: if side == Side::Sender { "a" } else { "b" }.to_owned(),
            env: format!("{side}/1"),
            warmup: false,
            messages: MESSAGES,
            duration_ns: 1_230_000,
            billed_ms: 2,
            init_ns: (side == Side::Sender).then_some(5_000_000),
            memory_mb: 128,
            max_memory_mb: (side == Side::Receiver).then_some(20),
        })
        .into()
}

pub(crate) fn manifest() -> Manifest {
    let cell = |transport| CellPlan {
        cell: key(transport, 0).cell,
        transport,
        payload_bytes: 1024,
        concurrency: 1,
        receiver_ms: 0,
        memory_mb: 128,
        architecture: Architecture::X86_64,
        arrival: Arrival::Poisson,
        rate_per_s: Some(20.5),
        messages: MESSAGES,
        warmup: WARMUP,
        mapping: None,
        limit_raised: false,
        fresh_side: None,
        limit: None,
        probe: false,
    };
    let plan = ExperimentPlan {
        rounds: 2,
        cells: [Transport::SyncInvoke, Transport::AsyncInvoke].map(cell).into(),
        finished: false,
        overhead_ns: None,
    };
    Manifest {
        format_version: FORMAT_VERSION,
        run_id: run_id(),
        seed: 1,
        profile: "smoke".into(),
        git: None,
        cargo_lock_sha256: None,
        functions: Functions { sender_sha256: "a".into(), receiver_sha256: "b".into() },
        backend: BackendFacts {
            name: "local".into(),
            product: "local-cloud".into(),
            version: "0.1.0".into(),
            endpoint: EndpointKind::Loopback,
            settings: BTreeMap::from([("shard_poll_interval".into(), "1s".into())]),
        },
        region: "us-east-1".into(),
        architecture: Architecture::X86_64,
        memory_mb: 128,
        limits: BTreeMap::new(),
        host: HostFacts {
            os: "linux".into(),
            kernel: "6".into(),
            cpu_model: "cpu".into(),
            cores: 2,
            memory_bytes: 1 << 33,
        },
        started_at: "2026-11-23T20:00:00Z".into(),
        finished_at: None,
        command: vec!["lab".into()],
        experiments: BTreeMap::from([("baseline".into(), plan)]),
    }
}

/// A run of which one part is missing: round 1 of asynchronous invoke.
pub(crate) fn write_run(runs: &Path) -> RunDir {
    let run = RunDir::create(runs, &run_id()).unwrap();
    run.write_manifest(&manifest()).unwrap();
    for key in [
        key(Transport::SyncInvoke, 0),
        key(Transport::SyncInvoke, 1),
        key(Transport::AsyncInvoke, 0),
    ] {
        run.write_invocations(&key, &[]).unwrap();
        run.write_part(&key, &rows(&key)).unwrap();
    }
    run
}
