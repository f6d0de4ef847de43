//! What A is asked in one visit of a cell, and when it is to send.

use std::time::Duration;

use store::{CellPlan, MappingPlan};
use wire::{BatchId, DurationNs, Schedule, SendRequest, Target};

use crate::arrival;
use crate::phase::phases;
use crate::seed::{self, Stream};

/// The longest that one invocation of A is planned to last. Lambda ends an invocation after 900 s
/// (its largest timeout); the rest is left for calls that take long and for B's work.
pub(crate) const LONGEST_INVOCATION: Duration = Duration::from_secs(600);

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

/// From what the schedule of a visit follows beside its cell, and from nothing else: a run that is
/// gone on with has the schedules that it would have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The run's seed.
    pub seed: u64,
    /// The round, from 0.
    pub round: u32,
    /// How many rounds the plan has.
    pub rounds: u32,
    /// How often an event source mapping polls a shard.
    pub shard_poll_interval: Duration,
}

/// Splits a visit's messages among its senders: warm-up messages first, then the measured ones,
/// each sender a range of its own.
#[must_use]
pub fn orders(cell: &CellPlan, timing: &Timing, batch: BatchId, target: &Target) -> Orders {
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
        let messages = one_by_one(cell, timing)
            .into_iter()
            .map(|schedule| request(take(1), schedule, false))
            .collect();
        return Orders { warmup, measured: vec![messages] };
    }
    let measured = match arrivals(cell, timing) {
        Some(offsets) => arrival::deal(&later(&offsets, lead(cell, timing, &offsets)), senders)
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

/// When a cell's messages are wanted; none for a closed loop.
///
/// The cells of a round that have one rate have one schedule, so that what is chance in it cancels
/// where they are compared: common random numbers (Law, *Simulation Modeling and Analysis*, 5th
/// edition 2015, section 11.2).
fn arrivals(cell: &CellPlan, timing: &Timing) -> Option<Vec<DurationNs>> {
    let rate_per_s = cell.rate_per_s.unwrap_or(1.0);
    let stream = Stream::Arrivals { round: timing.round, rate_per_s };
    let mut rng = seed::generator(timing.seed, stream);
    arrival::offsets(cell.arrival, rate_per_s, cell.messages, &mut rng)
}

/// How long a schedule waits before it begins.
///
/// The warm-up of a polled stream ends when a poll has delivered it, so a schedule that began at
/// once would begin in the same phase of the poll every time, and its first interval would see
/// only long waits. It waits until its middle, the mean of its offsets, is in the phase that the
/// round has: of what is random in a schedule, a shift of all of it is then taken out, too. The
/// wait stays uniform within an interval, because the phase is, and it depends on no schedule.
fn lead(cell: &CellPlan, timing: &Timing, offsets: &[DurationNs]) -> Duration {
    let (true, Some(phase)) = (is_polled(cell), phases(timing, 1).into_iter().next()) else {
        return Duration::ZERO;
    };
    let poll = timing.shard_poll_interval;
    if poll.is_zero() {
        return Duration::ZERO;
    }
    let mean_s = offsets.iter().map(|offset| Duration::from(*offset).as_secs_f64()).sum::<f64>()
        / offsets.len().max(1) as f64;
    poll.mul_f64((phase - mean_s / poll.as_secs_f64()).rem_euclid(1.0))
}

fn is_polled(cell: &CellPlan) -> bool {
    cell.mapping.as_ref().is_some_and(MappingPlan::is_polled_stream)
}

/// A schedule of one message each, with a lead of its own: the message before has ended with a
/// poll, too.
fn one_by_one(cell: &CellPlan, timing: &Timing) -> Vec<Schedule> {
    if !is_polled(cell) {
        return vec![Schedule::Closed { count: 1 }; cell.messages as usize];
    }
    let leads = phases(timing, cell.messages).into_iter();
    leads
        .map(|phase| DurationNs::from(timing.shard_poll_interval.mul_f64(phase)))
        .map(|lead| Schedule::Open { offsets_ns: vec![lead] })
        .collect()
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

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
