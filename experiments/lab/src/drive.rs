//! Asking A to send.

use std::time::Duration;

use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use rand::RngExt as _;
use store::{CellPlan, MappingPlan};
use tokio::task::JoinSet;
use tokio::time::Instant;
use wire::{BatchId, DurationNs, Schedule, SendRequest, SendSummary, Target};

use crate::arrival;
use crate::error::LabError;
use crate::seed::{self, Stream};

/// The longest that one invocation of A is planned to last. Lambda ends an invocation after 900 s
/// (its largest timeout); the rest is left for calls that take long and for B's work.
const LONGEST_INVOCATION: Duration = Duration::from_secs(600);

/// The most messages in one request: an open schedule takes up to 21 bytes per message of the
/// 6 MiB that a synchronous invoke may carry.
const MOST_MESSAGES: usize = 200_000;

/// The longest that B works on a warm-up message. As many environments as overlap later are warm
/// when the warm-up messages overlap, for which the start of one and this are enough; seconds of
/// work would tell nothing more.
const LONGEST_WARMUP_WORK_MS: u32 = 100;

/// How long B works on a warm-up message of a cell, in milliseconds.
pub(crate) fn warmup_work_ms(cell: &CellPlan) -> u32 {
    cell.receiver_ms.min(LONGEST_WARMUP_WORK_MS)
}

/// What A is asked in one visit of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Orders {
    /// One per sender, all at the same time, before the measured ones.
    pub warmup: Vec<SendRequest>,
    /// Per sender, one after the other. Where a side is to be fresh for each message, a request
    /// per message, of one sender.
    pub measured: Vec<Vec<SendRequest>>,
}

/// Splits a visit's messages among its senders: warm-up messages first, then the measured ones,
/// each sender a range of its own.
#[must_use]
pub fn orders(
    cell: &CellPlan,
    round: u32,
    seed: u64,
    batch: BatchId,
    target: &Target,
    shard_poll_interval: Duration,
) -> Orders {
    let work_ms = |warmup| if warmup { warmup_work_ms(cell) } else { cell.receiver_ms };
    let request = |first_seq, schedule, warmup| SendRequest {
        batch,
        first_seq,
        schedule,
        warmup,
        target: target.clone(),
        payload_bytes: cell.payload_bytes,
        work_ns: DurationNs(u64::from(work_ms(warmup)) * 1_000_000),
        fail: false,
    };
    let senders = cell.concurrency.max(1);
    let mut next_seq = 0;
    let mut take = |count: u64| {
        let first = next_seq;
        next_seq += count;
        first
    };
    let warmup = shares(cell.warmup, senders)
        .filter(|count| *count > 0)
        .map(|count| {
            let schedule = match cell.rate_per_s {
                // All at once, so that as many of B's environments are warm as may overlap later.
                Some(_) => Schedule::Open { offsets_ns: vec![DurationNs(0); count as usize] },
                None => Schedule::Closed { count },
            };
            request(take(count), schedule, true)
        })
        .collect();
    if cell.fresh_side.is_some() {
        let messages = one_by_one(cell, round, seed, shard_poll_interval)
            .map(|schedule| request(take(1), schedule, false))
            .collect();
        return Orders { warmup, measured: vec![messages] };
    }
    let mut rng = seed::generator(seed, Stream::Arrivals { round, cell: cell.cell });
    let rate = cell.rate_per_s.unwrap_or(1.0);
    let lead = lead(cell, round, seed, shard_poll_interval);
    let measured = match arrival::offsets(cell.arrival, rate, cell.messages, &mut rng) {
        Some(offsets) => arrival::deal(&later(&offsets, lead), senders)
            .into_iter()
            .map(|offsets| {
                let parts = split_open(offsets).into_iter();
                let part = |offsets_ns: Vec<DurationNs>| {
                    let first = take(offsets_ns.len() as u64);
                    request(first, Schedule::Open { offsets_ns }, false)
                };
                parts.map(part).collect()
            })
            .collect(),
        None => shares(cell.messages, senders)
            .map(|count| {
                let parts = split_closed(count, cell.receiver_ms).into_iter();
                parts.map(|count| request(take(count), Schedule::Closed { count }, false)).collect()
            })
            .collect(),
    };
    Orders { warmup, measured }
}

/// How long a schedule waits before it begins.
///
/// The warm-up of a polled stream ends when a poll has delivered it, so a schedule that began at
/// once would begin in the same phase of the poll every time, and its first interval would see
/// only long waits. A start at random within an interval makes every phase as likely.
fn lead(cell: &CellPlan, round: u32, seed: u64, shard_poll_interval: Duration) -> Duration {
    if !is_polled(cell) {
        return Duration::ZERO;
    }
    let mut rng = seed::generator(seed, Stream::Lead { round, cell: cell.cell });
    shard_poll_interval.mul_f64(rng.random())
}

fn is_polled(cell: &CellPlan) -> bool {
    cell.mapping.as_ref().is_some_and(MappingPlan::is_polled_stream)
}

/// A schedule of one message each, with a lead of its own: the message before has ended with a
/// poll, too.
fn one_by_one(
    cell: &CellPlan,
    round: u32,
    seed: u64,
    shard_poll_interval: Duration,
) -> impl Iterator<Item = Schedule> {
    let mut rng = seed::generator(seed, Stream::Lead { round, cell: cell.cell });
    let is_polled = is_polled(cell);
    (0..cell.messages).map(move |_| {
        if is_polled {
            let lead = shard_poll_interval.mul_f64(rng.random());
            Schedule::Open { offsets_ns: vec![DurationNs::from(lead)] }
        } else {
            Schedule::Closed { count: 1 }
        }
    })
}

fn later(offsets: &[DurationNs], lead: Duration) -> Vec<DurationNs> {
    let lead = DurationNs::from(lead).0;
    offsets.iter().map(|offset| DurationNs(offset.0 + lead)).collect()
}

/// `total` in `parts` nearly equal shares.
fn shares(total: u32, parts: u32) -> impl Iterator<Item = u64> {
    (0..parts).map(move |part| u64::from(total / parts + u32::from(part < total % parts)))
}

/// Cuts a schedule so that no invocation is planned to last longer than it may. A later part's
/// offsets count from the last arrival before it.
fn split_open(offsets: Vec<DurationNs>) -> Vec<Vec<DurationNs>> {
    let longest = DurationNs::from(LONGEST_INVOCATION).0;
    let mut parts: Vec<Vec<DurationNs>> = Vec::new();
    let (mut origin, mut last) = (0, 0);
    for at in offsets {
        match parts.last_mut() {
            Some(part) if at.0 - origin <= longest && part.len() < MOST_MESSAGES => {
                part.push(DurationNs(at.0 - origin));
            }
            _ => {
                origin = last;
                parts.push(vec![DurationNs(at.0 - origin)]);
            }
        }
        last = at.0;
    }
    parts
}

/// As [`split_open`], for a closed loop: a message takes B's work and, generously, 100 ms.
fn split_closed(count: u64, receiver_ms: u32) -> Vec<u64> {
    let per_message_ms = u64::from(receiver_ms) + 100;
    let longest_ms = u64::try_from(LONGEST_INVOCATION.as_millis()).unwrap_or(u64::MAX);
    let most = (longest_ms / per_message_ms).max(1);
    let mut left = count;
    let mut parts = Vec::new();
    while left > 0 {
        let part = left.min(most);
        parts.push(part);
        left -= part;
    }
    parts
}

/// What Lambda said of the invocations of A beside their answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// How often an invocation of A was throttled; it was made again each time.
    pub throttled: u64,
}

impl Sent {
    /// Adds what another sending saw.
    pub fn add(&mut self, other: Self) {
        self.throttled += other.throttled;
    }
}

/// Has every sender work through its requests, the senders in parallel.
///
/// `client` must neither retry nor time out: a retried invoke would send its messages twice. One
/// that is throttled has sent nothing, and is made again after a pause.
///
/// # Errors
/// [`LabError::Sender`] when A fails as a whole or sends fewer messages than it was asked to;
/// [`LabError::Service`] when it cannot be invoked, or stays throttled.
pub async fn send(
    client: &aws_sdk_lambda::Client,
    function: &str,
    requests: Vec<Vec<SendRequest>>,
) -> Result<Sent, LabError> {
    let mut senders: JoinSet<Result<Sent, LabError>> = JoinSet::new();
    for requests in requests {
        let (client, function) = (client.clone(), function.to_owned());
        senders.spawn(async move {
            let mut sent = Sent::default();
            for request in requests {
                sent.add(invoke(&client, &function, &request).await?);
            }
            Ok(sent)
        });
    }
    let mut sent = Sent::default();
    while let Some(done) = senders.join_next().await {
        sent.add(done.map_err(|panic| sender_failed(function, panic.to_string()))??);
    }
    Ok(sent)
}

/// Lambda's error code for an invocation beyond what the account or the function may run.
const THROTTLED: &str = "TooManyRequestsException";
/// How long an invocation of A that is throttled is made again. A place comes free when another
/// invocation ends, which takes up to what one of A is planned to last.
pub(crate) const THROTTLED_FOR: Duration = LONGEST_INVOCATION;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

async fn invoke(
    client: &aws_sdk_lambda::Client,
    function: &str,
    request: &SendRequest,
) -> Result<Sent, LabError> {
    let failed = |reason: String| sender_failed(function, reason);
    let payload = Blob::new(serde_json::to_vec(request).map_err(|e| failed(e.to_string()))?);
    let end = Instant::now() + THROTTLED_FOR;
    let mut sent = Sent::default();
    let mut pause = FIRST_PAUSE;
    let answer = loop {
        let answer = client
            .invoke()
            .function_name(function)
            .invocation_type(InvocationType::RequestResponse)
            .payload(payload.clone())
            .send()
            .await;
        match answer {
            Ok(answer) => break answer,
            Err(e) if e.code() == Some(THROTTLED) && Instant::now() < end => {
                sent.throttled += 1;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(e) => return Err(LabError::service(format!("invoke {function}"))(e)),
        }
    };
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if let Some(error) = answer.function_error() {
        return Err(failed(format!("{error}: {}", String::from_utf8_lossy(payload))));
    }
    let summary: SendSummary = serde_json::from_slice(payload)
        .map_err(|e| failed(format!("{e} in its answer {}", String::from_utf8_lossy(payload))))?;
    check(function, request, &summary)?;
    Ok(sent)
}

/// Whether A's answer says that it has done what it was asked.
///
/// # Errors
/// [`LabError::Sender`] with what it says.
pub(crate) fn check(
    function: &str,
    request: &SendRequest,
    summary: &SendSummary,
) -> Result<(), LabError> {
    let asked = request.schedule.count();
    if summary.batch == request.batch && summary.attempted == asked {
        return Ok(());
    }
    let reason =
        format!("asked for {asked} messages of batch {}, it answers {summary:?}", request.batch);
    Err(sender_failed(function, reason))
}

pub(crate) fn sender_failed(function: &str, reason: String) -> LabError {
    LabError::Sender { function: function.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{Architecture, Arrival};
    use wire::Transport;

    fn cell(arrival: Arrival, rate: f64, messages: u32, concurrency: u32) -> CellPlan {
        CellPlan {
            cell: 0,
            transport: Transport::SyncInvoke,
            payload_bytes: 1024,
            concurrency,
            receiver_ms: 100,
            memory_mb: 128,
            architecture: Architecture::X86_64,
            arrival,
            rate_per_s: (arrival != Arrival::Closed).then_some(rate),
            messages,
            warmup: 0,
            mapping: None,
            limit_raised: false,
            fresh_side: None,
            limit: None,
            probe: false,
        }
    }

    fn order(cell: CellPlan, warmup: u32) -> Orders {
        let target = Target::SyncInvoke { function: "b".into() };
        let cell = CellPlan { warmup, ..cell };
        orders(&cell, 0, 1, BatchId::new(1), &target, Duration::from_secs(1))
    }

    fn seqs<'a>(requests: impl Iterator<Item = &'a SendRequest>) -> Vec<u64> {
        let mut all: Vec<u64> =
            requests.flat_map(|r| r.first_seq..r.first_seq + r.schedule.count()).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn every_number_is_asked_once_and_warm_up_comes_first() {
        for arrival in Arrival::ALL {
            for concurrency in [1, 3, 8] {
                let orders = order(cell(arrival, 20.0, 25, concurrency), 8);
                assert_eq!(seqs(orders.warmup.iter()), (0..8).collect::<Vec<_>>());
                let measured = orders.measured.iter().flatten();
                assert_eq!(seqs(measured), (8..33).collect::<Vec<_>>());
                assert_eq!(orders.measured.len(), concurrency as usize);
                assert!(orders.warmup.iter().all(|r| r.warmup && r.schedule.count() > 0));
                assert!(orders.measured.iter().flatten().all(|r| !r.warmup));
            }
        }
    }

    #[test]
    fn a_long_schedule_is_cut_below_the_longest_invocation() {
        // 3,000 s of arrivals.
        let orders = order(cell(Arrival::Constant, 0.1, 300, 1), 1);
        assert!(orders.measured[0].len() >= 5);
        let mut total = 0;
        for request in &orders.measured[0] {
            let Schedule::Open { offsets_ns } = &request.schedule else { panic!("{request:?}") };
            let last = offsets_ns.last().unwrap();
            assert!(Duration::from(*last) <= LONGEST_INVOCATION);
            total += last.0;
        }
        assert_eq!(total / 1_000_000_000, 3_000, "no time is lost between the parts");
    }

    #[test]
    fn the_schedule_of_a_polled_stream_begins_in_any_phase() {
        let first = |transport, round| {
            let mapping = (transport == Transport::Kinesis).then_some(MappingPlan {
                shards: Some(1),
                batch_size: 100,
                batching_window_ms: 0,
                parallelization_factor: Some(1),
                enhanced_fan_out: Some(false),
            });
            let cell = CellPlan { transport, mapping, ..cell(Arrival::Constant, 1000.0, 5, 1) };
            let target = Target::Kinesis { stream: "s".into() };
            let orders = orders(&cell, round, 1, BatchId::new(1), &target, Duration::from_secs(1));
            match &orders.measured[0][0].schedule {
                Schedule::Open { offsets_ns } => offsets_ns[0].0,
                other => panic!("{other:?}"),
            }
        };
        let starts: Vec<u64> = (0..200).map(|round| first(Transport::Kinesis, round)).collect();
        for tenth in 0..10 {
            let phase = tenth * 100_000_000..(tenth + 1) * 100_000_000 + 1_000_000;
            assert!(starts.iter().any(|start| phase.contains(start)), "{phase:?}");
        }
        let at_once: Vec<u64> = (0..20).map(|round| first(Transport::Sns, round)).collect();
        assert!(at_once.iter().all(|start| *start <= 1_000_000), "{at_once:?}");
    }

    #[test]
    fn a_fresh_side_gets_its_messages_one_by_one_each_in_any_phase_of_a_poll() {
        let mapping = MappingPlan {
            shards: Some(1),
            batch_size: 100,
            batching_window_ms: 0,
            parallelization_factor: Some(1),
            enhanced_fan_out: Some(false),
        };
        let fresh = |mapping| CellPlan {
            fresh_side: Some(store::Side::Receiver),
            mapping,
            ..cell(Arrival::Closed, 0.0, 200, 1)
        };
        let orders = order(fresh(Some(mapping)), 5);
        assert_eq!((orders.warmup.len(), orders.measured.len()), (1, 1));
        assert_eq!(seqs(orders.measured[0].iter()), (5..205).collect::<Vec<_>>());
        let leads: Vec<u64> = orders.measured[0]
            .iter()
            .map(|request| match &request.schedule {
                Schedule::Open { offsets_ns } if offsets_ns.len() == 1 => offsets_ns[0].0,
                other => panic!("{other:?}"),
            })
            .collect();
        for tenth in 0..10 {
            let phase = tenth * 100_000_000..(tenth + 1) * 100_000_000;
            assert!(leads.iter().any(|lead| phase.contains(lead)), "{phase:?}");
        }
        let at_once = order(fresh(None), 0);
        assert!(at_once.measured[0].iter().all(|r| r.schedule == Schedule::Closed { count: 1 }));
    }

    #[test]
    fn a_long_closed_loop_is_cut_too() {
        assert_eq!(split_closed(7_000, 100), [3_000, 3_000, 1_000]);
        assert_eq!(split_closed(3, 900_000), [1, 1, 1]);
    }
}
