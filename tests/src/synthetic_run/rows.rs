//! The rows and the invocations of one part.

use std::collections::BTreeMap;

use store::{Arrival, CellPlan, Invocation, Outcome, Row, Side};
use wire::{BatchId, MessageId, Transport};

use super::Effects;
use super::random::Random;

const START_NS: i64 = 1_790_000_000_000_000_000;

/// What one message took, nanoseconds.
struct Times {
    due: i64,
    started: i64,
    operation: i64,
    handoff: i64,
    work: i64,
}

/// The messages of a cell in a round.
#[expect(clippy::cast_possible_truncation, reason = "made-up times are far from the limits")]
pub(super) fn rows(
    effects: &Effects,
    (experiment, part): (&str, u64),
    cell: &CellPlan,
    round: u32,
    random: &mut Random,
) -> Vec<Row> {
    let batch = BatchId::new((1 << 48) + part);
    // A round has something of its own, as a busy machine would give it.
    let drift = (1.0 + 0.05 * (random.uniform() - 0.5)) * (1.0 + effects.drift * f64::from(round));
    let begin = START_NS + i64::from(round) * 600_000_000_000;
    let mut schedule = Schedule::of(effects, cell, begin);
    let mut rows = Vec::new();
    for seq in 0..u64::from(cell.warmup + cell.messages) {
        let warmup = seq < u64::from(cell.warmup);
        let sender = seq % u64::from(cell.concurrency);
        let every = |n: u64| !warmup && n > 0 && (u64::from(round) * 1000 + seq) % n == 7 % n;
        let outcome = outcome(effects, cell, &every);
        let first = seq == 0 && round == 0;
        let fresh = |side| !warmup && cell.fresh_side == Some(side);
        let sender_cold = first || fresh(Side::Sender);
        let receiver_cold = first || fresh(Side::Receiver) || every(effects.cold_every);
        let (operation, handoff) =
            durations(effects, cell, drift, (sender_cold, receiver_cold), random);
        let handoff = if every(effects.negative_every) { -4000.0 } else { handoff };
        let work = f64::from(cell.receiver_ms) * 1e6;
        let Turn { due, started, operation, queued } = schedule.next(sender, operation, random);
        let clock_set = effects.clock_set && round >= effects.rounds / 2;
        let handoff = handoff + queued - if clock_set { 1e9 } else { 0.0 };
        let (operation, handoff, work) = (operation as i64, handoff as i64, work as i64);
        let times = Times { due, started, operation, handoff, work };
        let damaged = every(effects.damaged_every);
        let of = Of { experiment, cell, round, batch, seq, warmup, sender };
        rows.push(row(effects, &of, &times, outcome, (sender_cold, receiver_cold), damaged));
    }
    rows
}

fn outcome(effects: &Effects, cell: &CellPlan, every: &impl Fn(u64) -> bool) -> Outcome {
    if cell.probe && effects.limits_enforced || every(effects.rejected_every) {
        Outcome::Rejected
    } else if every(effects.lost_every) {
        Outcome::Lost
    } else if every(effects.failed_every) {
        Outcome::Failed
    } else if every(effects.duplicated_every) {
        Outcome::Duplicated
    } else {
        Outcome::Delivered
    }
}

/// A's call and the handoff, without what waiting in a queue adds.
fn durations(
    effects: &Effects,
    cell: &CellPlan,
    drift: f64,
    (sender_cold, receiver_cold): (bool, bool),
    random: &mut Random,
) -> (f64, f64) {
    let transport = cell.transport;
    let payload =
        f64::from(cell.payload_bytes) / 1024.0 * Effects::of(&effects.ns_per_kib, transport);
    let mut handoff = Effects::of(&effects.handoff_ns, transport) * drift * random.skewed();
    let mut call = effects.call_ns * drift * random.skewed() + payload * drift;
    let wait = random.uniform() * effects.poll_interval_ns;
    if let Some(mapping) = cell.mapping.as_ref().filter(|_| transport == Transport::Kinesis) {
        let pushed = mapping.enhanced_fan_out == Some(true) && effects.fan_out_pushes;
        handoff += if pushed { 0.0 } else { wait };
        // Of messages one by one there are more before it.
        let before = if mapping.batch_size == 1 { 20.0 } else { 1.0 };
        let side_by_side = f64::from(mapping.parallelization_factor.unwrap_or(1));
        let work = f64::from(cell.receiver_ms) * 1e6;
        handoff += effects.waits_behind * random.uniform() * work * before / side_by_side;
    }
    if let Some(mapping) = &cell.mapping {
        handoff += f64::from(mapping.batching_window_ms) * 1e6 * random.uniform();
    }
    handoff += payload * drift;
    if sender_cold {
        call += effects.sender_start_ns * random.skewed();
    }
    if receiver_cold {
        handoff += effects.receiver_start_ns * random.skewed();
    }
    let waits = Effects::of(&effects.waits, transport);
    let work = f64::from(cell.receiver_ms) * 1e6;
    // Who waits for B's answer waits for the message to arrive first.
    let operation = call + waits * (work + if waits > 0.0 { handoff } else { 0.0 });
    (operation, handoff)
}

/// When messages are due and when they are sent.
struct Schedule<'a> {
    cell: &'a CellPlan,
    late_ns: f64,
    /// The shortest time between two puts that the service keeps up with.
    least_gap: f64,
    queues_behind_put: bool,
    waits: f64,
    begin: i64,
    due: f64,
    service_free: f64,
    sender_free: Vec<f64>,
}

impl<'a> Schedule<'a> {
    fn of(effects: &Effects, cell: &'a CellPlan, begin: i64) -> Self {
        Self {
            cell,
            late_ns: effects.late_ns,
            least_gap: 1e9 / Effects::of(&effects.saturation_per_s, cell.transport),
            queues_behind_put: effects.queues_behind_put,
            waits: Effects::of(&effects.waits, cell.transport),
            begin,
            due: 0.0,
            service_free: 0.0,
            sender_free: vec![0.0; cell.concurrency as usize],
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "made-up times are far from the limits")]
    fn next(&mut self, sender: u64, operation: f64, random: &mut Random) -> Turn {
        let sender = usize::try_from(sender).unwrap_or(0);
        let gap = self.cell.rate_per_s.map(|rate| match self.cell.arrival {
            Arrival::Poisson => -random.uniform().ln() / rate * 1e9,
            Arrival::Constant | Arrival::Closed => 1e9 / rate,
        });
        self.due = match gap {
            Some(gap) => self.due + gap,
            None => self.sender_free[sender],
        };
        let started = self.due + self.late_ns;
        let queued = (self.service_free - started).max(0.0);
        // An open loop does not wait for the service; a closed one takes its pace.
        let (started, operation, queued) = match gap {
            // Who waits for B's answer waits for the queue, too.
            Some(_) if self.queues_behind_put => (started, operation + self.waits * queued, queued),
            Some(_) => (started + queued, operation, 0.0),
            None => (started, operation + queued, 0.0),
        };
        self.service_free = started.max(self.service_free) + self.least_gap;
        self.sender_free[sender] = started + operation;
        let (due, started) = (self.begin + self.due as i64, self.begin + started as i64);
        Turn { due, started, operation, queued }
    }
}

/// When a message is due and when it is sent; how long the call takes then, and how long the message
/// queues behind it.
struct Turn {
    due: i64,
    started: i64,
    operation: f64,
    queued: f64,
}

/// Which message.
struct Of<'a> {
    experiment: &'a str,
    cell: &'a CellPlan,
    round: u32,
    batch: BatchId,
    seq: u64,
    warmup: bool,
    sender: u64,
}

fn row(
    effects: &Effects,
    of: &Of<'_>,
    times: &Times,
    outcome: Outcome,
    (sender_cold, receiver_cold): (bool, bool),
    damaged: bool,
) -> Row {
    let cell = of.cell;
    let mapping = cell.mapping.as_ref();
    let arrived = !matches!(outcome, Outcome::Rejected | Outcome::Lost);
    let received = arrived.then_some(times.started + times.handoff);
    let code = match outcome {
        Outcome::Rejected if cell.probe => Some("RequestEntityTooLargeException"),
        Outcome::Rejected => Some("TooManyRequestsException"),
        Outcome::Failed => Some("ReceiverRaised"),
        _ => None,
    };
    // Services stamp in milliseconds, and before they deliver.
    let stamps = matches!(cell.transport, Transport::Sns | Transport::Kinesis | Transport::Sqs);
    let taken = times.operation * 6 / 10;
    let taken = if times.handoff > 0 { taken.min(times.handoff) } else { taken };
    let service_ms = (times.started + taken) / 1_000_000;
    let misread = effects.stamps_misread && cell.transport == Transport::Kinesis;
    let service_ms = if misread { misread_ms(service_ms) } else { service_ms };
    let service = service_ms * 1_000_000;
    let fresh_sender = cell.fresh_side == Some(Side::Sender);
    let sender = if fresh_sender { of.seq } else { of.sender };
    let (round, seq) = (of.round, of.seq);
    let turn = |seq: u64| seq / u64::from(cell.concurrency);
    let earlier_calls =
        u64::from(round) * (turn(u64::from(cell.warmup + cell.messages)) + 1) + turn(seq);
    Row {
        run_id: effects.run_id.clone(),
        experiment: of.experiment.to_owned(),
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
        message_id: MessageId { batch: of.batch, seq }.to_string(),
        seq,
        warmup: of.warmup,
        sender_env: Some(format!("sender/{sender}")),
        sender_cold: Some(sender_cold),
        sender_call: Some(if sender_cold { 0 } else { earlier_calls + 1 }),
        sender_request_id: Some(format!("a-{round}-{sender}")),
        intended_at_ns: Some(times.due),
        put_started_at_ns: Some(times.started),
        put_finished_at_ns: Some(times.started + times.operation),
        operation_ns: Some(times.operation.unsigned_abs()),
        service_at_ns: (stamps && arrived).then_some(service),
        receiver_env: arrived.then(|| "receiver/1".into()),
        receiver_cold: arrived.then_some(receiver_cold),
        receiver_request_id: arrived.then(|| format!("b-{round}-{seq}")),
        received_at_ns: received,
        done_at_ns: received.map(|received| received + times.work),
        handoff_ns: received.map(|received| received - times.started),
        deliveries: match outcome {
            Outcome::Duplicated => 2,
            _ => u32::from(arrived),
        },
        batch_size: arrived.then_some(1),
        batch_index: arrived.then_some(0),
        payload_ok: arrived.then_some(!damaged),
        outcome,
        error_code: code.map(str::to_owned),
        error_message: code.map(|_| "as the service says it".into()),
    }
}

/// Milliseconds since the epoch of which the fraction of a second was read without closing zeros.
fn misread_ms(at: i64) -> i64 {
    let digits = format!("{:03}", at % 1000);
    at / 1000 * 1000 + digits.trim_end_matches('0').parse::<i64>().unwrap_or(0)
}

/// The invocations of a part, as their REPORT lines would say: of A one for each sender, and of B
/// one for each message that arrived.
pub(super) fn invocations(effects: &Effects, rows: &[Row]) -> Vec<Invocation> {
    let mut sent: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        sent.entry(row.sender_request_id.as_deref().unwrap_or_default()).or_default().push(row);
    }
    let mut all: Vec<Invocation> = sent
        .into_iter()
        .filter_map(|(request_id, rows)| {
            let from = rows.iter().filter_map(|row| row.put_started_at_ns).min()?;
            let to = rows.iter().filter_map(|row| row.put_finished_at_ns).max()?;
            let of = Call {
                side: Side::Sender,
                request_id,
                messages: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                duration_ns: (to - from).unsigned_abs() + 200_000,
                warmup: rows.iter().all(|row| row.warmup),
                start_ns: effects.sender_start_ns,
                cold: rows.iter().any(|row| row.sender_cold == Some(true)),
            };
            Some(invocation(rows[0], &of))
        })
        .collect();
    all.extend(rows.iter().filter_map(|row| {
        let unreported = effects.unreported_every;
        if !row.warmup && unreported > 0 && row.seq % unreported == 7 % unreported {
            return None;
        }
        let worked = row.done_at_ns? - row.received_at_ns?;
        let of = Call {
            side: Side::Receiver,
            request_id: row.receiver_request_id.as_deref()?,
            messages: 1,
            duration_ns: worked.unsigned_abs() + 80_000,
            warmup: row.warmup,
            start_ns: effects.receiver_start_ns,
            cold: row.receiver_cold == Some(true),
        };
        Some(invocation(row, &of))
    }));
    all
}

/// One invocation.
struct Call<'a> {
    side: Side,
    request_id: &'a str,
    messages: u32,
    duration_ns: u64,
    warmup: bool,
    /// What a cold start costs.
    start_ns: f64,
    cold: bool,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "made-up times are far from the limits"
)]
fn invocation(row: &Row, of: &Call<'_>) -> Invocation {
    // Most of a cold start is the initialisation that is billed with it.
    let init_ns = of.cold.then_some((of.start_ns * 0.9) as u64);
    Invocation {
        run_id: row.run_id.clone(),
        experiment: row.experiment.clone(),
        cell: row.cell,
        round: row.round,
        transport: row.transport,
        side: of.side,
        request_id: of.request_id.to_owned(),
        env: format!("{}/1", of.side),
        warmup: of.warmup,
        messages: of.messages,
        duration_ns: of.duration_ns,
        billed_ms: (of.duration_ns + init_ns.unwrap_or(0)).div_ceil(1_000_000),
        init_ns,
        memory_mb: row.memory_mb,
        max_memory_mb: Some(20),
    }
}
