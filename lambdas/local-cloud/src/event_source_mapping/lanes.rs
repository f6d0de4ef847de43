//! What a shard's reader has read and not delivered yet, in as many lanes as the parallelization
//! factor says: a lane's batches follow one another, those of different lanes run at the same time,
//! and a partition key has one lane ("the number of batches to process from each shard
//! concurrently", Lambda API reference, `ParallelizationFactor`).

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::batch::{self, Records};

/// No more is read while so many records wait for their lanes.
const MOST_WAITING: usize = 10_000;

/// The lanes of a shard.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// Deliveries that run, each of the lane with that number.
    running: JoinSet<usize>,
}

#[derive(Default)]
struct Lane {
    /// Records that wait, in order.
    waiting: Records,
    /// Since when the first of them waits.
    since: Option<Instant>,
    is_running: bool,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self { lanes: vec![Lane::default()], running: JoinSet::new() }
    }

    /// Changes the number of lanes, unless deliveries run: a key must not change its lane then.
    /// Whether there are so many now.
    pub(super) fn split(&mut self, count: usize) -> bool {
        if self.lanes.len() == count {
            return true;
        }
        if !self.running.is_empty() {
            return false;
        }
        let mut waiting: Records = self.lanes.drain(..).flat_map(|lane| lane.waiting).collect();
        waiting.sort_unstable_by_key(|record| record.index);
        self.lanes.resize_with(count, Lane::default);
        self.take(waiting);
        true
    }

    /// Puts records into the lanes of their keys.
    pub(super) fn take(&mut self, records: Records) {
        let count = self.lanes.len();
        for record in records {
            let lane = &mut self.lanes[batch::lane_of(&record.partition_key, count)];
            lane.since.get_or_insert_with(Instant::now);
            lane.waiting.push(record);
        }
    }

    /// Whether more is to be read: some lane has nothing to do, and not too much waits.
    pub(super) fn may_take(&self) -> bool {
        let waiting: usize = self.lanes.iter().map(|lane| lane.waiting.len()).sum();
        waiting < MOST_WAITING && self.lanes.iter().any(|lane| !lane.is_running)
    }

    /// Starts the deliveries of what is ready in lanes that have nothing to do: whole batches, and
    /// everything once the batching window is over.
    pub(super) fn start_ready<D>(
        &mut self,
        batch_size: usize,
        window: Duration,
        deliver: impl Fn(Records) -> D,
    ) where
        D: Future<Output = ()> + Send + 'static,
    {
        for (number, lane) in self.lanes.iter_mut().enumerate() {
            let Some(since) = lane.since.filter(|_| !lane.is_running) else { continue };
            let is_over = since.elapsed() >= window;
            let all = lane.waiting.len();
            let ready = if is_over { all } else { batch::full_batches(&lane.waiting, batch_size) };
            if ready == 0 {
                continue;
            }
            let rest = lane.waiting.split_off(ready);
            let records = std::mem::replace(&mut lane.waiting, rest);
            lane.since = (!lane.waiting.is_empty()).then(Instant::now);
            lane.is_running = true;
            let delivery = deliver(records);
            self.running.spawn(async move {
                delivery.await;
                number
            });
        }
    }

    /// When the next batching window of a lane that has nothing to do ends.
    pub(super) fn next_window_end(&self, window: Duration) -> Option<Instant> {
        let idle = self.lanes.iter().filter(|lane| !lane.is_running);
        idle.filter_map(|lane| lane.since).min().map(|since| since + window)
    }

    /// Waits for the end of a delivery; none if none runs.
    pub(super) async fn ended(&mut self) -> Option<()> {
        let number = self.running.join_next().await?;
        match number {
            Ok(number) => self.lanes[number].is_running = false,
            // A delivery does not panic and is not aborted while the lanes are there.
            Err(_) => self.lanes.iter_mut().for_each(|lane| lane.is_running = false),
        }
        Some(())
    }

    /// Waits for the end of all deliveries.
    pub(super) async fn finish(&mut self) {
        while self.ended().await.is_some() {}
    }
}
