//! The cells of each experiment, as the lab would plan them.

use store::{Architecture, Arrival, CellPlan, LimitHit, MappingPlan, Side};
use wire::Transport;

use super::Effects;

const KIB: u32 = 1024;
const WARMUP: u32 = 5;

/// The most that each transport takes, bytes: by default, and raised.
const LIMITS: [(u32, u32); 5] = [
    (6 * KIB * KIB, 6 * KIB * KIB),
    (KIB * KIB, KIB * KIB),
    (256 * KIB, KIB * KIB),
    (KIB * KIB, 10 * KIB * KIB),
    (KIB * KIB, KIB * KIB),
];

/// An experiment's cells, numbered.
pub(super) fn cells(experiment: &str, effects: &Effects) -> Vec<CellPlan> {
    let mut cells = Vec::new();
    for transport in &effects.transports {
        cells.extend(of_transport(experiment, *transport, effects));
    }
    for (number, cell) in (0..).zip(&mut cells) {
        cell.cell = number;
    }
    cells
}

fn of_transport(experiment: &str, transport: Transport, effects: &Effects) -> Vec<CellPlan> {
    let plain = cell(transport, effects);
    let closed = CellPlan { arrival: Arrival::Closed, rate_per_s: None, ..plain.clone() };
    match experiment {
        "baseline" => [0, 100].map(|receiver_ms| CellPlan { receiver_ms, ..plain.clone() }).into(),
        "receiver-duration" => [0, 30, 100, 300, 1000, 3000]
            .map(|receiver_ms| CellPlan { receiver_ms, ..closed.clone() })
            .into(),
        "payload-size" => payloads(&closed),
        "concurrency" => concurrency(&closed),
        "cold-start" => [None, Some(Side::Sender), Some(Side::Receiver)]
            .map(|fresh_side| CellPlan { fresh_side, ..closed.clone() })
            .into(),
        "kinesis-tuning" if transport == Transport::Kinesis => tuning(&plain),
        _ => vec![],
    }
}

fn cell(transport: Transport, effects: &Effects) -> CellPlan {
    let kinesis = transport == Transport::Kinesis;
    CellPlan {
        cell: 0,
        transport,
        payload_bytes: KIB,
        concurrency: 1,
        receiver_ms: 0,
        memory_mb: 512,
        architecture: Architecture::X86_64,
        arrival: Arrival::Poisson,
        rate_per_s: Some(20.0),
        messages: effects.messages,
        warmup: WARMUP,
        mapping: (kinesis || transport == Transport::Sqs).then(|| MappingPlan {
            shards: kinesis.then_some(1),
            batch_size: if kinesis { 100 } else { 10 },
            batching_window_ms: 0,
            parallelization_factor: kinesis.then_some(1),
            enhanced_fan_out: kinesis.then_some(false),
        }),
        limit_raised: false,
        fresh_side: None,
        limit: None,
        probe: false,
    }
}

/// From the smallest envelope to each limit and beyond, and a message one byte over each limit.
fn payloads(closed: &CellPlan) -> Vec<CellPlan> {
    let (default, raised) = Effects::of(&LIMITS, closed.transport);
    let sizes = [256, KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB * KIB, 6 * KIB * KIB];
    let mut cells = Vec::new();
    for (limit, limit_raised) in [(default, false), (raised, true)] {
        if limit_raised && raised == default {
            continue;
        }
        let hit = || LimitHit {
            name: format!("{} payload_bytes", closed.transport),
            bytes: u64::from(limit),
            source: "as documented".into(),
        };
        cells.extend(sizes.into_iter().map(|payload_bytes| CellPlan {
            payload_bytes,
            limit_raised,
            limit: (payload_bytes > limit).then(hit),
            ..closed.clone()
        }));
        cells.push(CellPlan {
            payload_bytes: limit + 1,
            limit_raised,
            limit: Some(hit()),
            probe: true,
            messages: 1,
            warmup: 0,
            ..closed.clone()
        });
    }
    cells
}

fn concurrency(closed: &CellPlan) -> Vec<CellPlan> {
    let mut cells = Vec::new();
    for payload_bytes in [KIB, 64 * KIB] {
        for concurrency in [1, 4, 16, 64] {
            let messages = closed.messages.max(concurrency);
            let warmup = closed.warmup.max(concurrency);
            cells.push(CellPlan { payload_bytes, concurrency, messages, warmup, ..closed.clone() });
        }
    }
    for (arrival, rates) in
        [(Arrival::Poisson, &[50.0, 500.0, 5000.0][..]), (Arrival::Constant, &[500.0][..])]
    {
        cells.extend(rates.iter().map(|rate| CellPlan {
            concurrency: 16,
            arrival,
            rate_per_s: Some(*rate),
            warmup: 16,
            ..closed.clone()
        }));
    }
    cells
}

/// One setting at a time away from Lambda's defaults.
fn tuning(plain: &CellPlan) -> Vec<CellPlan> {
    let Some(default) = plain.mapping.clone() else { return vec![] };
    let mut mappings = vec![default.clone()];
    mappings.extend([2, 4].map(|n| MappingPlan { shards: Some(n), ..default.clone() }));
    mappings.extend([1, 10].map(|n| MappingPlan { batch_size: n, ..default.clone() }));
    mappings.push(MappingPlan { batching_window_ms: 1000, ..default.clone() });
    mappings.push(MappingPlan { parallelization_factor: Some(10), ..default.clone() });
    mappings.push(MappingPlan { enhanced_fan_out: Some(true), ..default });
    let with = |mapping| CellPlan { mapping: Some(mapping), ..plain.clone() };
    mappings.into_iter().map(with).collect()
}
