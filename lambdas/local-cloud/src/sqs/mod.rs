//! SQS (awsJson1.0): standard queues.
//!
//! `queue` keeps messages and says which can be received; `attributes` what can be set of a queue;
//! `message` what can be sent. The operations are in the files that end in `_api`.

mod answer;
mod attributes;
mod message;
mod queue;
mod queue_api;
mod receipt;
mod receive_api;
mod send_api;
mod tag_api;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::cloud::Cloud;
use crate::config::Config;
use crate::error::ApiError;
use crate::protocol::{Request, Response, aws_json};
use crate::queue_memory::QueueMemory;
use crate::random_ids::RandomIds;
use crate::timer::Timer;

pub(crate) use message::{MessageAttribute, md5_of_attributes};
pub(crate) use queue::{Delivery, Queue, Receive};
pub(crate) use receive_api::system_attributes;

/// All queues, by name.
#[derive(Debug)]
pub(crate) struct Sqs {
    queues: RwLock<BTreeMap<String, Arc<Queue>>>,
    memory: QueueMemory,
    ids: RandomIds,
    timer: Timer,
}

impl Sqs {
    pub(crate) fn new(config: &Config, timer: Timer) -> Self {
        Self {
            queues: RwLock::default(),
            memory: QueueMemory::new(config.queue_retention_bytes),
            ids: RandomIds::new(config.seed, 0x0073_7173),
            timer,
        }
    }

    pub(crate) fn queue(&self, name: &str) -> Option<Arc<Queue>> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The queue of an ARN.
    pub(crate) fn by_arn(&self, arn: &str) -> Option<Arc<Queue>> {
        let (_, name) = arn.rsplit_once(':')?;
        self.queue(name).filter(|queue| queue.arn == arn)
    }

    /// All queues, in order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<Queue>> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Adds a queue.
    ///
    /// # Errors
    /// The one that has this name already.
    fn add(&self, queue: Queue) -> Result<(), Arc<Queue>> {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(existing) = queues.get(&queue.name) {
            return Err(Arc::clone(existing));
        }
        queues.insert(queue.name.clone(), Arc::new(queue));
        Ok(())
    }

    fn remove(&self, name: &str) {
        let removed = self.queues.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(queue) = removed {
            queue.delete();
        }
    }

    /// Takes messages from a queue, waiting for the first until the request's time is over; those
    /// that were received too often go to the queue's dead-letter queue instead.
    pub(crate) async fn receive(&self, queue: &Queue, receive: &Receive) -> Vec<Delivery> {
        loop {
            let (deliveries, dead) = queue.receive(receive, &self.timer).await;
            let had_dead = !dead.is_empty();
            for letter in dead {
                if let Some(target) = self.by_arn(&letter.target_arn) {
                    target.bury(letter.message, &queue.arn, Instant::now());
                }
            }
            // Only dead letters came: that is no message for who waits for one.
            if deliveries.is_empty() && had_dead {
                continue;
            }
            return deliveries;
        }
    }
}

/// The answer to a request that is not allowed.
pub(crate) fn refuse(error: &ApiError) -> Response {
    answer::error(error)
}

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    let body = &request.body;
    match aws_json::operation(&request) {
        // The way of every message comes first.
        Some("SendMessage") => answer::of(body, |input| send_api::send(cloud, input)),
        Some("SendMessageBatch") => answer::of(body, |input| send_api::send_batch(cloud, input)),
        Some("ReceiveMessage") => receive_api::receive(cloud, body).await,
        Some("DeleteMessage") => answer::of(body, |input| receive_api::delete(cloud, input)),
        Some("DeleteMessageBatch") => {
            answer::of(body, |input| receive_api::delete_batch(cloud, input))
        }
        Some("ChangeMessageVisibility") => {
            answer::of(body, |input| receive_api::change_visibility(cloud, input))
        }
        Some("ChangeMessageVisibilityBatch") => {
            answer::of(body, |input| receive_api::change_visibility_batch(cloud, input))
        }
        Some("CreateQueue") => answer::of(body, |input| queue_api::create(cloud, &request, input)),
        Some("GetQueueUrl") => answer::of(body, |input| queue_api::url(cloud, &request, input)),
        Some("GetQueueAttributes") => {
            answer::of(body, |input| queue_api::get_attributes(cloud, input))
        }
        Some("SetQueueAttributes") => {
            answer::of(body, |input| queue_api::set_attributes(cloud, input))
        }
        Some("ListQueues") => answer::of(body, |input| queue_api::list(cloud, &request, input)),
        Some("PurgeQueue") => answer::of(body, |input| queue_api::purge(cloud, input)),
        Some("DeleteQueue") => answer::of(body, |input| queue_api::delete(cloud, input)),
        Some("TagQueue") => answer::of(body, |input| tag_api::tag(cloud, input)),
        Some("UntagQueue") => answer::of(body, |input| tag_api::untag(cloud, input)),
        Some("ListQueueTags") => answer::of(body, |input| tag_api::list(cloud, input)),
        other => answer::unknown_operation(other.unwrap_or("none")),
    }
}

/// A message received for the second time, with an attribute.
#[cfg(test)]
pub(crate) fn delivery_for_tests(body: &str) -> Delivery {
    let attribute = MessageAttribute {
        string_value: Some("value".into()),
        binary_value: None,
        data_type: "String".into(),
    };
    let attributes = BTreeMap::from([("name".to_owned(), attribute)]);
    let message = message::Message {
        id: "00000000-0000-4000-8000-000000000001".into(),
        body: body.into(),
        md5_of_body: message::md5_of_body(body),
        event_bytes: message::event_bytes(body, &attributes),
        attributes,
        trace_header: None,
        group_id: None,
        sent_ms: 1_790_000_000_007,
        share: QueueMemory::new(1 << 20).take(1).unwrap(),
    };
    Delivery {
        message: Arc::new(message),
        receipt: receipt::Receipt { queue_created_ms: 1, message: 0, receive: 2 },
        receives: 2,
        first_received_ms: 1_790_000_000_009,
        source_arn: None,
    }
}
