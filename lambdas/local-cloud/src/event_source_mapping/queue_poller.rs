//! The readers of a queue: each waits for messages, invokes the function with a batch of them and
//! deletes those that were processed; the others come again after the queue's visibility timeout.
//!
//! "For standard queues, Lambda uses long polling to poll a queue until it becomes active. When
//! messages are available, Lambda starts processing five batches at a time with five concurrent
//! invocations of your function. If messages are still available, Lambda increases the number of
//! processes that are reading batches by up to 300 more instances per minute" (Lambda developer
//! guide, "Configuring scaling behavior for SQS event source mappings").

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::batch::EVENT_BYTES;
use super::mapping::{Mapping, Orders};
use super::queue_event::QueueEventFrame;
use super::settings::Settings;
use crate::cloud::Cloud;
use crate::sqs::{Delivery, Queue, Receive};

/// So many readers begin, and stay when there is little to do. The service may go on with two.
const FIRST_READERS: usize = 5;
/// At most so many batches are processed at a time.
const MOST_READERS: usize = 1_250;
/// 300 more readers a minute.
const ANOTHER_READER_AFTER: Duration = Duration::from_millis(200);
/// How long a poll waits for messages (API reference, `ReceiveMessage`: the most).
const POLL: Duration = Duration::from_secs(20);
/// A poll gives at most so many messages.
const POLL_MESSAGES: usize = 10;
/// Pause before a batch is tried again whose invocation was throttled, doubled each time, up to the
/// longest. The service does not document its own.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the readers of a mapping share.
struct Readers {
    cloud: Arc<Cloud>,
    mapping: Arc<Mapping>,
    queue: Arc<Queue>,
    frame: QueueEventFrame,
    running: AtomicUsize,
    /// Readers that have a batch.
    busy: AtomicUsize,
    /// Told when all of them have one.
    all_busy: Notify,
}

/// Starts the readers; the mapping goes when all of them have ended.
pub(super) fn start(cloud: &Arc<Cloud>, mapping: &Arc<Mapping>, queue: &Arc<Queue>) {
    let config = &cloud.config;
    let readers = Arc::new(Readers {
        cloud: Arc::clone(cloud),
        mapping: Arc::clone(mapping),
        queue: Arc::clone(queue),
        frame: QueueEventFrame::new(&queue.arn, &config.account, &config.region),
        running: AtomicUsize::new(0),
        busy: AtomicUsize::new(0),
        all_busy: Notify::new(),
    });
    tokio::spawn(readers.keep());
}

fn most_readers(settings: &Settings) -> usize {
    settings.maximum_concurrency.unwrap_or(MOST_READERS)
}

impl Readers {
    /// Starts readers, further ones while all have work and there is more, until the mapping is
    /// deleted.
    async fn keep(self: Arc<Self>) {
        let mut orders = self.mapping.follow();
        let mut tasks = JoinSet::new();
        loop {
            let Orders { settings, is_deleted, .. } = orders.borrow_and_update().clone();
            if is_deleted {
                break;
            }
            while self.running.load(Relaxed) < FIRST_READERS.min(most_readers(&settings)) {
                self.start_reader(&mut tasks);
            }
            tokio::select! {
                _ = orders.changed() => continue,
                Some(_) = tasks.join_next() => continue,
                () = self.all_busy.notified() => {}
            }
            while self.is_saturated() && !self.mapping.orders().is_deleted {
                sleep(ANOTHER_READER_AFTER).await;
                let most = most_readers(&self.mapping.orders().settings);
                if self.is_saturated()
                    && self.running.load(Relaxed) < most
                    && self.queue.has_visible(Instant::now())
                {
                    self.start_reader(&mut tasks);
                }
            }
        }
        while tasks.join_next().await.is_some() {}
        self.cloud.mappings.remove(&self.mapping.uuid);
    }

    fn is_saturated(&self) -> bool {
        self.busy.load(Relaxed) >= self.running.load(Relaxed)
    }

    fn start_reader(self: &Arc<Self>, tasks: &mut JoinSet<()>) {
        self.running.fetch_add(1, Relaxed);
        let readers = Arc::clone(self);
        tasks.spawn(async move {
            readers.read().await;
            readers.running.fetch_sub(1, Relaxed);
        });
    }

    /// Reads until the mapping is deleted, or until there are more readers than are needed.
    async fn read(&self) {
        let mut orders = self.mapping.follow();
        loop {
            let Orders { settings, is_deleted, .. } = orders.borrow_and_update().clone();
            if is_deleted {
                return;
            }
            if !settings.is_enabled || self.queue.is_deleted() {
                // An error means that the mapping is gone.
                if orders.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let running = self.running.load(Relaxed);
            if running > most_readers(&settings) {
                return;
            }
            // A receive that is given up has taken nothing.
            let first = tokio::select! {
                _ = orders.changed() => continue,
                first = self.poll(settings.batch_size, EVENT_BYTES, Instant::now() + POLL) => first,
            };
            if first.is_empty() {
                if running > FIRST_READERS {
                    return;
                }
                continue;
            }
            if self.busy.fetch_add(1, Relaxed) + 1 >= running {
                self.all_busy.notify_one();
            }
            let started = Instant::now();
            let batch = self.gather(first, &settings, started).await;
            self.process(batch, started, &mut orders).await;
            self.busy.fetch_sub(1, Relaxed);
        }
    }

    async fn poll(&self, most: usize, most_bytes: usize, until: Instant) -> Vec<Delivery> {
        let most = most.min(POLL_MESSAGES);
        let receive = Receive { most, most_bytes, visibility: None, until };
        self.cloud.sqs.receive(&self.queue, &receive).await
    }

    /// Adds to a batch until it is full or its window ends: "until the batch window expires, until
    /// the invocation payload size quota is reached, or until the maximum batch size is reached"
    /// (Lambda developer guide, "Using Lambda with Amazon SQS").
    async fn gather(
        &self,
        mut batch: Vec<Delivery>,
        settings: &Settings,
        started: Instant,
    ) -> Vec<Delivery> {
        let window_ends = started + settings.batching_window;
        while batch.len() < settings.batch_size && Instant::now() < window_ends {
            let bytes: usize = batch.iter().map(|delivery| delivery.message.event_bytes).sum();
            // A poll gives at least one message, and the largest must still fit.
            let Some(room) = EVENT_BYTES.checked_sub(bytes).filter(|room| *room >= LARGEST_BYTES)
            else {
                break;
            };
            let most = settings.batch_size - batch.len();
            batch.extend(self.poll(most, room, window_ends).await);
        }
        batch
    }

    /// Invokes the function with a batch and deletes what it has processed.
    async fn process(
        &self,
        batch: Vec<Delivery>,
        received: Instant,
        orders: &mut watch::Receiver<Orders>,
    ) {
        let visibility_s = self.queue.settings().attributes.visibility_timeout_s;
        let visible_again = received + Duration::from_secs(visibility_s.into());
        let event = bytes::Bytes::from(self.frame.write(&batch));
        let mut pause = FIRST_PAUSE;
        loop {
            let Orders { settings, function, is_deleted } = orders.borrow_and_update().clone();
            if is_deleted || self.queue.is_deleted() {
                return;
            }
            match self.cloud.lambda.invoke(&self.cloud, &function.arn, event.clone()).await {
                Ok(outcome) if outcome.function_error.is_none() => {
                    let failed = if settings.reports_item_failures {
                        failed_messages(&outcome.payload, &batch)
                    } else {
                        BTreeSet::new()
                    };
                    for delivery in &batch {
                        if !failed.contains(delivery.message.id.as_str()) {
                            // Another queue's receipt is the only error, and it is this queue's.
                            let _ = self.queue.delete_message(delivery.receipt);
                        }
                    }
                    return;
                }
                Ok(_) => return,
                // The function was not run. "Lambda continues to retry throttled events until their
                // timestamp exceeds your queue's visibility timeout".
                Err(_) if Instant::now() + pause < visible_again => {
                    tokio::select! {
                        () = sleep(pause) => {}
                        _ = orders.changed() => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(_) => return,
            }
        }
    }
}

/// The largest message in an event, in bytes: a mebibyte of which every byte is escaped, and what
/// stands around it.
const LARGEST_BYTES: usize = (2 << 20) + (64 << 10);

#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "batchItemFailures")]
    failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    message_id: Option<String>,
}

/// Reads `{"batchItemFailures": [{"itemIdentifier": "<message id>"}]}`: the messages that were not
/// processed. An answer that is not understood, or names another message, fails all of them (Lambda
/// developer guide, "Success and failure conditions" of partial batch responses).
fn failed_messages(answer: &[u8], batch: &[Delivery]) -> BTreeSet<String> {
    let all = || batch.iter().map(|delivery| delivery.message.id.clone()).collect::<BTreeSet<_>>();
    let failures = match serde_json::from_slice::<Option<Answer>>(answer) {
        Err(_) => return all(),
        Ok(answer) => answer.and_then(|answer| answer.failures).unwrap_or_default(),
    };
    let ids: Option<BTreeSet<_>> = failures.into_iter().map(|failure| failure.message_id).collect();
    match ids {
        Some(ids) if ids.is_subset(&all()) => ids,
        _ => all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_messages_of_the_batch() {
        let delivery = crate::sqs::delivery_for_tests("x");
        let id = delivery.message.id.clone();
        let batch = [delivery];
        let failed = |answer: &str| failed_messages(answer.as_bytes(), &batch).len();
        for success in
            ["null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#]
        {
            assert_eq!(failed(success), 0, "{success}");
        }
        let report = |id: &str| format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{id}"}}]}}"#);
        assert_eq!(failed(&report(&id)), 1);
        for wrong in
            ["\"ok\"", "", "[1]", r#"{"batchItemFailures":[{"id":"x"}]}"#, &report("other")]
        {
            assert_eq!(failed(wrong), 1, "{wrong}");
        }
    }
}
