//! The reader of one shard: waits for its time, takes what there is, invokes the function.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::batch::{self, Records, Report};
use super::event::EventFrame;
use super::lanes::Lanes;
use super::mapping::{Mapping, Orders};
use super::schedule::PollSchedule;
use super::settings::{Settings, StartingPosition};
use crate::cloud::Cloud;
use crate::kinesis::{READ_RECORDS, Shard, Stream};

/// Pause before a batch is tried again: doubled each time, up to the longest. The service does
/// not document its own.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the pollers of a mapping share.
struct Poller {
    cloud: Arc<Cloud>,
    mapping: Arc<Mapping>,
    stream: Arc<Stream>,
    /// Whether records are pushed (enhanced fan-out) rather than polled for.
    is_pushed: bool,
    shard: Arc<Shard>,
    frame: EventFrame,
}

/// Starts a poller for each shard; the mapping goes when all of them have ended.
///
/// Where they begin to read is settled before this returns: a record that is put after the
/// mapping was created is never missed, also with `LATEST`.
pub(super) fn start(
    cloud: &Arc<Cloud>,
    mapping: &Arc<Mapping>,
    stream: &Arc<Stream>,
    is_pushed: bool,
    starting_position: StartingPosition,
) {
    let mut pollers = JoinSet::new();
    for shard in stream.shards() {
        let position = match starting_position {
            StartingPosition::TrimHorizon => 0,
            StartingPosition::Latest => shard.next(),
            StartingPosition::AtTimestamp { ms } => shard.at_time(ms),
        };
        let config = &cloud.config;
        let role =
            format!("arn:aws:iam::{}:role/{}", config.account, mapping.orders().function.name);
        let poller = Arc::new(Poller {
            cloud: Arc::clone(cloud),
            mapping: Arc::clone(mapping),
            stream: Arc::clone(stream),
            is_pushed,
            shard: Arc::clone(shard),
            frame: EventFrame::new(&stream.arn, &role, &config.region),
        });
        let phase = cloud.mappings.phases.fraction();
        let schedule = PollSchedule::new(config.shard_poll_interval, phase);
        pollers.spawn(poller.run(position, schedule));
    }
    let (cloud, mapping) = (Arc::clone(cloud), Arc::clone(mapping));
    tokio::spawn(async move {
        while pollers.join_next().await.is_some() {}
        cloud.mappings.remove(&mapping.uuid);
    });
}

impl Poller {
    async fn run(self: Arc<Self>, mut position: u64, schedule: PollSchedule) {
        let mut orders = self.mapping.follow();
        let started = Instant::now();
        let mut lanes = Lanes::new();
        let mut has_more = false;
        loop {
            let Orders { settings, is_deleted, .. } = orders.borrow_and_update().clone();
            if is_deleted {
                return lanes.finish().await;
            }
            if !settings.is_enabled || self.stream.is_deleted() {
                if self.stream.is_deleted() {
                    self.mapping.status().last_result = "PROBLEM: the stream was deleted";
                }
                tokio::select! {
                    // An error means that the mapping is gone.
                    told = orders.changed() => if told.is_err() {
                        return lanes.finish().await;
                    },
                    Some(()) = lanes.ended() => {}
                }
                continue;
            }
            let window = settings.batching_window;
            let are_split = lanes.split(settings.parallelization_factor);
            if are_split {
                lanes.start_ready(settings.batch_size, window, |records| {
                    Arc::clone(&self).process_in_order(records)
                });
            }
            let may_read = are_split && lanes.may_take();
            if !(may_read && has_more) {
                let window_end = lanes.next_window_end(window).filter(|_| are_split);
                let is_told = tokio::select! {
                    told = orders.changed() => Some(told.is_ok()),
                    Some(()) = lanes.ended() => Some(true),
                    () = until(window_end) => Some(true),
                    () = self.next_read(position, started, schedule), if may_read => None,
                };
                match is_told {
                    Some(true) => continue,
                    Some(false) => return lanes.finish().await,
                    None => {}
                }
            }
            let now_ms = self.cloud.now_ms();
            self.stream.expire(now_ms);
            self.shard.reveal(std::time::Instant::now());
            let mut batch = self.shard.read(position, READ_RECORDS, now_ms);
            position = batch.next;
            has_more = batch.more;
            self.drop_too_large(&mut batch.records);
            lanes.take(batch.records);
        }
    }

    /// A record that does not fit into an event is discarded, since no invocation could have it.
    fn drop_too_large(&self, records: &mut Records) {
        let before = records.len();
        records.retain(|record| batch::fits(record));
        if records.len() < before {
            self.mapping.status().last_result = "PROBLEM: a record is too large for an invocation";
        }
    }

    /// Waits until the shard is to be read: for its next poll or, where records are pushed, for
    /// the next record.
    async fn next_read(&self, position: u64, started: Instant, schedule: PollSchedule) {
        if !self.is_pushed {
            return sleep_until(started + schedule.next(started.elapsed())).await;
        }
        let arrived = self.shard.arrived.notified();
        tokio::pin!(arrived);
        // Registered before the look, so that a record between the two is not missed.
        arrived.as_mut().enable();
        let (visible_end, next_visible) = self.shard.reveal(std::time::Instant::now());
        if visible_end > position || self.stream.is_deleted() {
            return;
        }
        let revealed = async {
            match (next_visible, &self.cloud.delay_line) {
                (Some(at), Some(line)) => line.timer.sleep_until(at).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = arrived => {}
            () = revealed => {}
        }
    }

    /// Invokes the function with records of a lane, a batch after the other.
    async fn process_in_order(self: Arc<Self>, mut records: Records) {
        let mut orders = self.mapping.follow();
        while !records.is_empty() {
            let batch_size = orders.borrow().settings.batch_size;
            let rest = records.split_off(batch::next_batch(&records, batch_size));
            if !self.deliver(records, &mut orders).await {
                return;
            }
            records = rest;
        }
    }

    /// Invokes the function with a batch until it has succeeded, or is given up; whether to go on.
    async fn deliver(&self, records: Records, orders: &mut watch::Receiver<Orders>) -> bool {
        // What is left to do, the next at the end, each with the number of its failures so far.
        let mut work = vec![(records, 0_u32)];
        let mut pause = FIRST_PAUSE;
        while let Some((mut records, failures)) = work.pop() {
            let Orders { settings, function, is_deleted } = orders.borrow_and_update().clone();
            if is_deleted || self.stream.is_deleted() {
                return false;
            }
            self.drop_expired(&mut records, &settings);
            if records.is_empty() {
                continue;
            }
            let event = self.frame.write(&self.shard, &records);
            let outcome = self.cloud.lambda.invoke(&self.cloud, &function.arn, event.into()).await;
            let answer = match outcome {
                Ok(outcome) if outcome.function_error.is_none() => Some(outcome.payload),
                Ok(_) => None,
                // The function was not run, so this is no attempt at it (throttling, mostly).
                Err(_) => {
                    self.mapping.status().last_result = "PROBLEM: Function call failed";
                    work.push((records, failures));
                    pause = self.pause(pause, orders).await;
                    continue;
                }
            };
            let failed_from = self.failed_from(answer.as_deref(), &records, &settings);
            let Some(first) = failed_from else {
                self.mapping.status().last_result = "OK";
                pause = FIRST_PAUSE;
                continue;
            };
            self.mapping.status().last_result = "PROBLEM: Function call failed";
            let records = records.split_off(first);
            // Splitting a batch does not count as a retry (developer guide, "Bisect batch on
            // function error"); a batch that is cut by the function's own report is split.
            if settings.bisect_on_error
                && first == 0
                && let Some((left, right)) = batch::bisect(&records)
            {
                work.push((right, failures));
                work.push((left, failures));
                continue;
            }
            if settings.maximum_retries.is_some_and(|most| failures >= most) {
                continue;
            }
            work.push((records, failures.saturating_add(1)));
            pause = self.pause(pause, orders).await;
        }
        true
    }

    /// The place of the first record that was not processed; none if all were.
    fn failed_from(
        &self,
        answer: Option<&[u8]>,
        records: &Records,
        settings: &Settings,
    ) -> Option<usize> {
        let Some(answer) = answer else { return Some(0) };
        if !settings.reports_item_failures {
            return None;
        }
        match batch::read_report(answer) {
            Report::Success => None,
            Report::Unreadable => Some(0),
            Report::FailedFrom(number) => {
                let is_it = |index| self.shard.sequence_number(index).to_string() == number;
                Some(records.iter().position(|record| is_it(record.index)).unwrap_or(0))
            }
        }
    }

    fn drop_expired(&self, records: &mut Records, settings: &Settings) {
        let retention = u64::from(self.stream.settings().retention_hours) * 3_600_000;
        let longest = settings.maximum_record_age.map_or(retention, |age| {
            retention.min(u64::try_from(age.as_millis()).unwrap_or(u64::MAX))
        });
        let oldest = self.cloud.now_ms().saturating_sub(longest);
        records.retain(|record| record.arrived_ms >= oldest);
    }

    /// Waits before the next attempt, or until there are new orders; gives the pause after it.
    async fn pause(&self, pause: Duration, orders: &mut watch::Receiver<Orders>) -> Duration {
        tokio::select! {
            () = sleep(pause) => {}
            _ = orders.changed() => {}
        }
        (pause * 2).min(LONGEST_PAUSE)
    }
}

/// Waits until a time, or for ever if there is none.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}
