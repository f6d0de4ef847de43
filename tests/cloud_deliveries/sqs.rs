//! From SQS to functions: event source mappings of queues.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_sdk_lambda::operation::create_event_source_mapping::builders::CreateEventSourceMappingFluentBuilder;
use aws_sdk_lambda::types::{EventSourcePosition, FunctionResponseType, ScalingConfig};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use testkit::functions::{Functions, Phase, until};

use crate::TEST_FUNCTION;
use crate::service_clients::{code, start};
use crate::stream::{batches, ended, texts};

/// A queue with functions that read it.
struct Queue {
    functions: Functions,
    sqs: Client,
    url: String,
    arn: String,
}

impl Queue {
    async fn start(visibility_timeout_s: u32) -> anyhow::Result<Self> {
        let config = start().await?;
        let sqs = Client::new(&config);
        let create = sqs.create_queue().queue_name("q");
        let timeout = visibility_timeout_s.to_string();
        let create = create.attributes(QueueAttributeName::VisibilityTimeout, timeout);
        let url = create.send().await?.queue_url.context("a queue has a URL")?;
        let arn = "arn:aws:sqs:us-east-1:000000000000:q".to_owned();
        Ok(Self { functions: Functions::new(&config, TEST_FUNCTION)?, sqs, url, arn })
    }

    /// A function whose timeout fits the queue's.
    async fn create(&self, name: &str) -> anyhow::Result<()> {
        self.functions.request(name).timeout(1).send().await?;
        Ok(())
    }

    fn mapping(&self, name: &str) -> CreateEventSourceMappingFluentBuilder {
        let create = self.functions.lambda.create_event_source_mapping();
        create.event_source_arn(&self.arn).function_name(name)
    }

    async fn send(&self, text: &str) -> anyhow::Result<()> {
        self.sqs.send_message().queue_url(&self.url).message_body(text).send().await?;
        Ok(())
    }

    async fn send_all(&self, texts: &[&str]) -> anyhow::Result<()> {
        let entry = |(id, text): (usize, &&str)| {
            SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(*text).build()
        };
        let entries = texts.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        self.sqs
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await?;
        Ok(())
    }

    /// Waits until so many different messages were processed; gives what was logged.
    async fn delivered(&self, name: &str, count: usize) -> anyhow::Result<Vec<Phase>> {
        until(&format!("the delivery of {count} messages"), async || {
            let phases = self.functions.phases(name).await?;
            let ids: BTreeSet<_> = ended(&phases).iter().map(|r| r.id.clone()).collect();
            Ok((ids.len() >= count).then_some(phases))
        })
        .await
    }

    /// Waits until the queue has no messages any more.
    async fn emptied(&self) -> anyhow::Result<()> {
        until("the deletion of all messages", async || {
            let ask = self.sqs.get_queue_attributes().queue_url(&self.url);
            let all = ask.attribute_names(QueueAttributeName::All).send().await?;
            let all = all.attributes.unwrap_or_default();
            let is_zero = |name: QueueAttributeName| all.get(&name).is_some_and(|n| n == "0");
            Ok((is_zero(QueueAttributeName::ApproximateNumberOfMessages)
                && is_zero(QueueAttributeName::ApproximateNumberOfMessagesNotVisible))
            .then_some(()))
        })
        .await
    }
}

#[tokio::test]
async fn a_message_is_delivered_while_the_poll_waits_and_deleted() -> anyhow::Result<()> {
    let queue = Queue::start(30).await?;
    queue.create("f").await?;
    let made = queue.mapping("f").send().await?;
    assert_eq!((made.batch_size(), made.state()), (Some(10), Some("Creating")));
    assert_eq!(made.starting_position(), None);
    for i in 1..=3 {
        let started = Instant::now();
        queue.send(&format!("text {i}")).await?;
        queue.delivered("f", i).await?;
        // A poll waits for 20 seconds: none of these was left to the next one.
        assert!(started.elapsed() < Duration::from_secs(15));
    }
    queue.emptied().await?;
    let phases = queue.functions.phases("f").await?;
    assert_eq!(texts(&ended(&phases)), ["text 1", "text 2", "text 3"]);
    Ok(())
}

#[tokio::test]
async fn five_batches_are_processed_at_a_time_and_then_more() -> anyhow::Result<()> {
    let queue = Queue::start(60).await?;
    queue.functions.request("f").timeout(60).send().await?;
    queue.mapping("f").batch_size(1).send().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let hold = format!("hold:{}", file.display());
    queue.send_all(&[hold.as_str(); 8]).await?;
    // All eight come to run at a time, since further readers are started for the last three.
    queue.functions.started("f", 8).await?;
    std::fs::write(&file, "")?;
    queue.delivered("f", 8).await?;
    queue.emptied().await
}

#[tokio::test]
async fn no_more_batches_run_at_a_time_than_the_maximum_concurrency() -> anyhow::Result<()> {
    let queue = Queue::start(60).await?;
    queue.functions.request("f").timeout(60).send().await?;
    let scaling = ScalingConfig::builder().maximum_concurrency(2).build();
    let made = queue.mapping("f").batch_size(1).scaling_config(scaling).send().await?;
    assert_eq!(made.scaling_config().and_then(|s| s.maximum_concurrency()), Some(2));
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let hold = format!("hold:{}", file.display());
    queue.send_all(&[hold.as_str(); 6]).await?;
    queue.functions.started("f", 2).await?;
    // Longer than it takes to start a further reader.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let phases = queue.functions.phases("f").await?;
    assert_eq!(batches(&phases).len(), 2);
    std::fs::write(&file, "")?;
    queue.delivered("f", 6).await?;
    Ok(())
}

#[tokio::test]
async fn a_batching_window_gathers_more_than_a_poll_gives() -> anyhow::Result<()> {
    let queue = Queue::start(60).await?;
    queue.create("f").await?;
    let mapping = queue.mapping("f").enabled(false).batch_size(100);
    let made = mapping.maximum_batching_window_in_seconds(1).send().await?;
    let all: Vec<_> = (0..25).map(|i| format!("text {i}")).collect();
    for texts in all.chunks(10) {
        queue.send_all(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    }
    let update = queue.functions.lambda.update_event_source_mapping();
    update.uuid(made.uuid().unwrap_or_default()).enabled(true).send().await?;
    let phases = queue.delivered("f", 25).await?;
    // Five readers share them, and a poll gives ten; without the window there were at least three.
    assert!(batches(&phases).len() <= 5, "{:?}", batches(&phases));
    queue.emptied().await
}

#[tokio::test]
async fn a_failed_batch_comes_again_after_the_visibility_timeout() -> anyhow::Result<()> {
    let queue = Queue::start(1).await?;
    queue.create("f").await?;
    queue.mapping("f").send().await?;
    queue.send("fail:1").await?;
    let phases = queue.delivered("f", 1).await?;
    let phase = |name: &str| phases.iter().filter(|p| p.phase == name).map(|p| p.at_ns).collect();
    let (started, failed): (Vec<u64>, Vec<u64>) = (phase("started"), phase("failed"));
    assert_eq!((started.len(), failed.len()), (2, 1));
    // Hidden from its receive on, which was before its first start.
    assert!(started[1] - started[0] >= 900_000_000, "{}", started[1] - started[0]);
    queue.emptied().await
}

#[tokio::test]
async fn only_the_messages_that_a_report_names_come_again() -> anyhow::Result<()> {
    let queue = Queue::start(1).await?;
    queue.create("f").await?;
    let mapping = queue.mapping("f").enabled(false);
    let made = mapping.function_response_types(FunctionResponseType::ReportBatchItemFailures);
    let made = made.send().await?;
    queue.send_all(&["a", "report:1", "b"]).await?;
    let update = queue.functions.lambda.update_event_source_mapping();
    update.uuid(made.uuid().unwrap_or_default()).enabled(true).send().await?;
    let phases = queue.functions.finished("f", 2).await?;
    assert_eq!(batches(&phases), [vec!["a", "report:1", "b"], vec!["report:1"]]);
    queue.emptied().await
}

#[tokio::test]
async fn a_throttled_batch_waits_for_its_turn() -> anyhow::Result<()> {
    let queue = Queue::start(30).await?;
    queue.create("f").await?;
    let none = queue.functions.lambda.put_function_concurrency().function_name("f");
    none.reserved_concurrent_executions(0).send().await?;
    queue.mapping("f").send().await?;
    queue.send("a").await?;
    until("the receive", async || {
        let ask = queue.sqs.get_queue_attributes().queue_url(&queue.url);
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let all = ask.attribute_names(in_flight.clone()).send().await?;
        Ok(all.attributes().and_then(|all| all.get(&in_flight)).filter(|n| *n == "1").map(|_| ()))
    })
    .await?;
    queue.functions.lambda.delete_function_concurrency().function_name("f").send().await?;
    queue.delivered("f", 1).await?;
    queue.emptied().await
}

#[tokio::test]
async fn a_disabled_or_deleted_mapping_delivers_no_more() -> anyhow::Result<()> {
    let queue = Queue::start(30).await?;
    queue.create("f").await?;
    let made = queue.mapping("f").send().await?;
    let uuid = made.uuid().unwrap_or_default();
    queue.send("one").await?;
    queue.delivered("f", 1).await?;
    let lambda = &queue.functions.lambda;
    let disabled = lambda.update_event_source_mapping().uuid(uuid).enabled(false).send().await?;
    assert_eq!(disabled.state(), Some("Disabled"));
    queue.send("two").await?;
    // The message is there for others.
    let got =
        queue.sqs.receive_message().queue_url(&queue.url).wait_time_seconds(20).send().await?;
    assert_eq!(got.messages()[0].body(), Some("two"));
    lambda.delete_event_source_mapping().uuid(uuid).send().await?;
    until("the end of the mapping", async || {
        Ok(lambda.get_event_source_mapping().uuid(uuid).send().await.is_err().then_some(()))
    })
    .await?;
    assert_eq!(texts(&ended(&queue.functions.phases("f").await?)), ["one"]);
    Ok(())
}

#[tokio::test]
async fn wrong_mappings_of_queues_are_refused() -> anyhow::Result<()> {
    let queue = Queue::start(30).await?;
    queue.create("f").await?;
    queue.functions.request("slow").timeout(31).send().await?;
    let value = "InvalidParameterValueException";
    // The visibility timeout must be as long as the function's, or longer.
    let slow = queue.mapping("slow").send().await;
    let slow = slow.err().context("its timeout is longer")?.into_service_error();
    let expected = "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds";
    assert_eq!(slow.meta().message(), Some(expected));
    let with = || queue.mapping("f");
    let scaling = |most| ScalingConfig::builder().maximum_concurrency(most).build();
    for (place, wrong) in [
        with().batch_size(11),
        with().batch_size(10_001).maximum_batching_window_in_seconds(1),
        with().starting_position(EventSourcePosition::Latest),
        with().parallelization_factor(2),
        with().bisect_batch_on_function_error(true),
        with().maximum_retry_attempts(1),
        with().scaling_config(scaling(1)),
        with().scaling_config(scaling(1_001)),
        with().event_source_arn(format!("{}x", queue.arn)),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(wrong.send().await), value, "case {place}");
    }
    with().send().await?;
    assert_eq!(code(with().send().await), "ResourceConflictException");
    Ok(())
}
