//! SQS of local-cloud, through the real SDK. Event source mappings are tested with functions.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use local_cloud::Config;

mod service_clients;
use service_clients::{code, serve, start};

const MISSING: &str = "AWS.SimpleQueueService.NonExistentQueue";

/// A queue with its client and its URL.
struct Queue {
    sqs: Client,
    url: String,
}

impl Queue {
    async fn start(attributes: &[(QueueAttributeName, &str)]) -> anyhow::Result<Self> {
        Self::of(Client::new(&start().await?), "q", attributes).await
    }

    async fn of(
        sqs: Client,
        name: &str,
        attributes: &[(QueueAttributeName, &str)],
    ) -> anyhow::Result<Self> {
        let mut create = sqs.create_queue().queue_name(name);
        for (name, value) in attributes {
            create = create.attributes(name.clone(), *value);
        }
        let url = create.send().await?.queue_url.context("a queue has a URL")?;
        Ok(Self { sqs, url })
    }

    async fn send(&self, text: &str) -> anyhow::Result<String> {
        let send = self.sqs.send_message().queue_url(&self.url).message_body(text);
        send.send().await?.message_id.context("a message has an id")
    }

    /// Texts and receipt handles of what is received at once.
    async fn receive(&self) -> anyhow::Result<Vec<(String, String)>> {
        let ask = self.sqs.receive_message().queue_url(&self.url).max_number_of_messages(10);
        let got = ask.send().await?.messages.unwrap_or_default();
        let text = |text: Option<String>| text.unwrap_or_default();
        Ok(got.into_iter().map(|m| (text(m.body), text(m.receipt_handle))).collect())
    }

    async fn attribute(&self, name: QueueAttributeName) -> anyhow::Result<Option<String>> {
        let ask = self.sqs.get_queue_attributes().queue_url(&self.url);
        let got = ask.attribute_names(name.clone()).send().await?;
        Ok(got.attributes().and_then(|all| all.get(&name)).cloned())
    }
}

fn string(value: &str) -> anyhow::Result<MessageAttributeValue> {
    Ok(MessageAttributeValue::builder().data_type("String").string_value(value).build()?)
}

#[tokio::test]
async fn a_message_comes_with_its_digests_and_attributes_until_it_is_deleted() -> anyhow::Result<()>
{
    let queue = Queue::start(&[]).await?;
    let Queue { sqs, url } = &queue;
    let binary = MessageAttributeValue::builder().data_type("Binary");
    let binary = binary.binary_value(Blob::new([0, 1, 2])).build()?;
    let number =
        MessageAttributeValue::builder().data_type("Number").string_value("-1.5").build()?;
    let sent = sqs
        .send_message()
        .queue_url(url)
        .message_body("é \"text\"")
        .message_attributes("a", string("value")?)
        .message_attributes("b", binary.clone())
        .message_attributes("n", number)
        .send()
        .await?;
    let ask = sqs.receive_message().queue_url(url).message_attribute_names("All");
    let ask = ask.message_system_attribute_names(MessageSystemAttributeName::All);
    let got = ask.visibility_timeout(0).send().await?;
    let message = &got.messages()[0];
    assert_eq!(message.body(), Some("é \"text\""));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert!(sent.md5_of_message_attributes().is_some());
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let attributes = message.message_attributes().context("it has attributes")?;
    assert_eq!((attributes.len(), &attributes["b"]), (3, &binary));
    let system = message.attributes().context("it has attributes of the system")?;
    assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert_eq!(system[&MessageSystemAttributeName::SenderId], "000000000000");
    let sent_ms: u64 = system[&MessageSystemAttributeName::SentTimestamp].parse()?;
    let first = MessageSystemAttributeName::ApproximateFirstReceiveTimestamp;
    assert!(system[&first].parse::<u64>()? >= sent_ms);
    // It was hidden for no time. Only the attributes that are asked for come, with their digest.
    let again = sqs.receive_message().queue_url(url).message_attribute_names("a.*");
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    let again = again.message_system_attribute_names(count.clone()).send().await?;
    let message = &again.messages()[0];
    assert_eq!(message.attributes().map(|all| (all.len(), all[&count].as_str())), Some((1, "2")));
    assert_eq!(message.message_attributes().map(|all| all.len()), Some(1));
    assert_ne!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let handle = message.receipt_handle().unwrap_or_default();
    sqs.delete_message().queue_url(url).receipt_handle(handle).send().await?;
    let left = queue.attribute(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await?;
    assert_eq!(left.as_deref(), Some("0"));
    // What is gone can be deleted again.
    sqs.delete_message().queue_url(url).receipt_handle(handle).send().await?;
    let wrong = sqs.delete_message().queue_url(url).receipt_handle("no handle").send().await;
    assert_eq!(code(wrong), "ReceiptHandleIsInvalid");
    Ok(())
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_message_and_a_short_one_at_once() -> anyhow::Result<()> {
    let queue = Queue::start(&[]).await?;
    assert!(queue.receive().await?.is_empty());
    let poll = queue.sqs.receive_message().queue_url(&queue.url).wait_time_seconds(20);
    let poll = tokio::spawn(poll.send());
    // A second message shows that the first was not left to a later poll.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    queue.send("one").await?;
    let got = poll.await??;
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(got.messages().len(), 1);
    let poll = queue.sqs.receive_message().queue_url(&queue.url).wait_time_seconds(1);
    let started = Instant::now();
    assert!(poll.send().await?.messages().is_empty());
    assert!(started.elapsed() >= Duration::from_secs(1));
    Ok(())
}

#[tokio::test]
async fn visibility_decides_when_a_message_comes_again() -> anyhow::Result<()> {
    let queue = Queue::start(&[]).await?;
    queue.send("a").await?;
    let (_, handle) = queue.receive().await?.remove(0);
    assert!(queue.receive().await?.is_empty());
    let change = |handle: &str, seconds| {
        let change = queue.sqs.change_message_visibility().queue_url(&queue.url);
        change.receipt_handle(handle).visibility_timeout(seconds).send()
    };
    assert_eq!(code(change(&handle, 43_201).await), "InvalidParameterValue");
    change(&handle, 0).await?;
    assert_eq!(code(change(&handle, 1).await), "AWS.SimpleQueueService.MessageNotInflight");
    let (text, later) = queue.receive().await?.remove(0);
    assert_eq!(text, "a");
    assert_eq!(code(change(&handle, 0).await), "InvalidParameterValue");
    let entry = |id: &str, handle: &str| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id);
        entry.receipt_handle(handle).visibility_timeout(0).build()
    };
    let change = queue.sqs.change_message_visibility_batch().queue_url(&queue.url);
    let change = change.entries(entry("good", &later)?).entries(entry("bad", "x")?).send().await?;
    assert_eq!(change.successful()[0].id(), "good");
    assert_eq!(change.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(queue.receive().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn batches_say_of_each_entry_what_became_of_it() -> anyhow::Result<()> {
    let queue = Queue::start(&[]).await?;
    let Queue { sqs, url } = &queue;
    let entry = |id: &str, text: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(text).build()
    };
    let send = |entries| sqs.send_message_batch().queue_url(url).set_entries(Some(entries)).send();
    let all = (0..9).map(|i| entry(&i.to_string(), &format!("text {i}")));
    let mut all = all.collect::<Result<Vec<_>, _>>()?;
    all.push(entry("wrong", "\u{1}")?);
    let sent = send(all).await?;
    assert_eq!((sent.successful().len(), sent.failed().len()), (9, 1));
    assert_eq!(
        (sent.failed()[0].id(), sent.failed()[0].code()),
        ("wrong", "InvalidMessageContents")
    );
    let got = queue.receive().await?;
    assert_eq!(got.iter().map(|(text, _)| text).collect::<BTreeSet<_>>().len(), 9);
    let mut delete = sqs.delete_message_batch().queue_url(url);
    for (i, (_, handle)) in got.iter().enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder().id(i.to_string());
        delete = delete.entries(entry.receipt_handle(handle).build()?);
    }
    assert_eq!(delete.send().await?.successful().len(), 9);

    let name = |name: &str| format!("AWS.SimpleQueueService.{name}");
    let half = "x".repeat(600_000);
    assert_eq!(code(send(vec![]).await), name("EmptyBatchRequest"));
    let eleven = (0..11).map(|i| entry(&i.to_string(), "x")).collect::<Result<_, _>>()?;
    assert_eq!(code(send(eleven).await), name("TooManyEntriesInBatchRequest"));
    let same = vec![entry("a", "x")?, entry("a", "y")?];
    assert_eq!(code(send(same).await), name("BatchEntryIdsNotDistinct"));
    assert_eq!(code(send(vec![entry("a b", "x")?]).await), name("InvalidBatchEntryId"));
    let large = vec![entry("a", &half)?, entry("b", &half)?];
    assert_eq!(code(send(large).await), name("BatchRequestTooLong"));
    Ok(())
}

#[tokio::test]
async fn a_message_has_a_mebibyte_with_its_attributes_and_no_byte_more() -> anyhow::Result<()> {
    let queue = Queue::start(&[]).await?;
    let send = |bytes: usize| {
        let send = queue.sqs.send_message().queue_url(&queue.url);
        send.message_body("x".repeat(bytes))
    };
    send(1_048_576).send().await?;
    assert_eq!(code(send(1_048_577).send().await), "InvalidParameterValue");
    // a + String + value
    send(1_048_576 - 12).message_attributes("a", string("value")?).send().await?;
    let more = send(1_048_576 - 11).message_attributes("a", string("value")?).send().await;
    assert_eq!(code(more), "InvalidParameterValue");
    assert_eq!(code(send(0).send().await), "MissingParameter");
    let set = queue.sqs.set_queue_attributes().queue_url(&queue.url);
    set.attributes(QueueAttributeName::MaximumMessageSize, "1024").send().await?;
    send(1_024).send().await?;
    assert_eq!(code(send(1_025).send().await), "InvalidParameterValue");
    let delayed = send(1).delay_seconds(901).send().await;
    assert_eq!(code(delayed), "InvalidParameterValue");
    let fifo = send(1).message_deduplication_id("d").send().await;
    assert_eq!(code(fifo), "InvalidParameterValue");
    Ok(())
}

#[tokio::test]
async fn a_delayed_message_is_counted_and_comes_later() -> anyhow::Result<()> {
    let queue = Queue::start(&[(QueueAttributeName::DelaySeconds, "900")]).await?;
    queue.send("never").await?;
    let now = queue.sqs.send_message().queue_url(&queue.url).message_body("now").delay_seconds(0);
    now.send().await?;
    let soon = queue.sqs.send_message().queue_url(&queue.url).message_body("soon");
    soon.delay_seconds(1).send().await?;
    let delayed = QueueAttributeName::ApproximateNumberOfMessagesDelayed;
    assert_eq!(queue.attribute(delayed).await?.as_deref(), Some("2"));
    assert_eq!(queue.receive().await?[0].0, "now");
    let poll = queue.sqs.receive_message().queue_url(&queue.url).wait_time_seconds(20).send();
    assert_eq!(poll.await?.messages()[0].body(), Some("soon"));
    Ok(())
}

#[tokio::test]
async fn what_is_received_too_often_goes_to_the_dead_letter_queue() -> anyhow::Result<()> {
    let dead = Queue::start(&[]).await?;
    let arn = dead.attribute(QueueAttributeName::QueueArn).await?.context("it has an ARN")?;
    assert_eq!(arn, "arn:aws:sqs:us-east-1:000000000000:q");
    let policy = |arn: &str| format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"2"}}"#);
    let good = policy(&arn);
    let attributes = [
        (QueueAttributeName::RedrivePolicy, good.as_str()),
        (QueueAttributeName::VisibilityTimeout, "0"),
    ];
    let queue = Queue::of(dead.sqs.clone(), "source", &attributes).await?;
    let id = queue.send("poison").await?;
    for _ in 0..2 {
        assert_eq!(queue.receive().await?.len(), 1);
    }
    assert!(queue.receive().await?.is_empty());
    let ask = dead.sqs.receive_message().queue_url(&dead.url);
    let got = ask.message_system_attribute_names(MessageSystemAttributeName::All).send().await?;
    let message = &got.messages()[0];
    assert_eq!((message.message_id(), message.body()), (Some(id.as_str()), Some("poison")));
    let system = message.attributes().context("it has attributes of the system")?;
    let source = &system[&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert_eq!(source, "arn:aws:sqs:us-east-1:000000000000:source");
    let set = queue.sqs.set_queue_attributes().queue_url(&queue.url);
    let set = set.attributes(QueueAttributeName::RedrivePolicy, policy(&format!("{arn}x")));
    assert_eq!(code(set.send().await), "InvalidParameterValue");
    Ok(())
}

#[tokio::test]
async fn queues_are_made_found_changed_purged_and_deleted() -> anyhow::Result<()> {
    let queue = Queue::start(&[(QueueAttributeName::VisibilityTimeout, "60")]).await?;
    let Queue { sqs, url } = &queue;
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/000000000000/q"), "{url}");
    let create = |name: &str| sqs.create_queue().queue_name(name);
    // The same again is no error; other attributes are.
    assert_eq!(create("q").send().await?.queue_url(), Some(url.as_str()));
    let same = create("q").attributes(QueueAttributeName::VisibilityTimeout, "60").send().await?;
    assert_eq!(same.queue_url(), Some(url.as_str()));
    let other = create("q").attributes(QueueAttributeName::VisibilityTimeout, "61").send().await;
    assert_eq!(code(other), "QueueAlreadyExists");
    let fifo = create("f.fifo").attributes(QueueAttributeName::FifoQueue, "true").send().await;
    assert_eq!(code(fifo), "AWS.SimpleQueueService.UnsupportedOperation");
    assert_eq!(code(create("a queue").send().await), "InvalidParameterValue");
    let wrong = create("w").attributes(QueueAttributeName::DelaySeconds, "901").send().await;
    assert_eq!(code(wrong), "InvalidAttributeValue");
    let wrong = create("w").attributes("Colour".into(), "red").send().await;
    assert_eq!(code(wrong), "InvalidAttributeName");

    let found = sqs.get_queue_url().queue_name("q").send().await?;
    assert_eq!(found.queue_url(), Some(url.as_str()));
    let missing = sqs.get_queue_url().queue_name("w").send().await;
    let missing = missing.err().context("there is no such queue")?.into_service_error();
    assert!(missing.is_queue_does_not_exist(), "{missing:?}");
    let set = |name, value: &str| {
        sqs.set_queue_attributes().queue_url(url).attributes(name, value).send()
    };
    set(QueueAttributeName::MessageRetentionPeriod, "60").await?;
    assert_eq!(code(set("Colour".into(), "red").await), "InvalidAttributeName");
    let all = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let all = all.send().await?.attributes.unwrap_or_default();
    assert_eq!(all[&QueueAttributeName::MessageRetentionPeriod], "60");
    assert_eq!(all[&QueueAttributeName::VisibilityTimeout], "60");
    assert_eq!(all[&QueueAttributeName::MaximumMessageSize], "1048576");
    let unknown = sqs.get_queue_attributes().queue_url(url).attribute_names("Colour".into());
    assert_eq!(code(unknown.send().await), "InvalidAttributeName");

    create("other").send().await?;
    let list = sqs.list_queues().max_results(1).into_paginator().items().send();
    assert_eq!(list.collect::<Result<Vec<_>, _>>().await?.len(), 2);
    let list = sqs.list_queues().queue_name_prefix("q").send().await?;
    assert_eq!(list.queue_urls(), std::slice::from_ref(url));

    queue.send("a").await?;
    sqs.purge_queue().queue_url(url).send().await?;
    assert!(queue.receive().await?.is_empty());
    let again = sqs.purge_queue().queue_url(url).send().await;
    assert_eq!(code(again), "AWS.SimpleQueueService.PurgeQueueInProgress");
    sqs.delete_queue().queue_url(url).send().await?;
    assert_eq!(code(sqs.delete_queue().queue_url(url).send().await), MISSING);
    assert_eq!(code(sqs.receive_message().queue_url(url).send().await), MISSING);
    let send = sqs.send_message().queue_url(url).message_body("x").send().await;
    assert_eq!(code(send), MISSING);
    create("q").send().await?;
    Ok(())
}

#[tokio::test]
async fn wrong_receives_are_refused() -> anyhow::Result<()> {
    let queue = Queue::start(&[]).await?;
    let ask = || queue.sqs.receive_message().queue_url(&queue.url);
    for wrong in [
        ask().max_number_of_messages(0),
        ask().max_number_of_messages(11),
        ask().wait_time_seconds(21),
        ask().visibility_timeout(43_201),
    ] {
        assert_eq!(code(wrong.send().await), "InvalidParameterValue");
    }
    Ok(())
}

#[tokio::test]
async fn tags_are_kept_and_found() -> anyhow::Result<()> {
    let config = start().await?;
    let queue = Queue::of(Client::new(&config), "q", &[]).await?;
    let Queue { sqs, url } = &queue;
    sqs.tag_queue().queue_url(url).tags("run", "a").tags("role", "b").send().await?;
    sqs.untag_queue().queue_url(url).tag_keys("role").send().await?;
    let tags = sqs.list_queue_tags().queue_url(url).send().await?.tags.unwrap_or_default();
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("run".to_owned(), "a".to_owned())]);
    let mut many = sqs.tag_queue().queue_url(url);
    for i in 0..50 {
        many = many.tags(i.to_string(), "x");
    }
    assert_eq!(code(many.send().await), "InvalidParameterValue");
    let tagging = aws_sdk_resourcegroupstagging::Client::new(&config);
    let found = tagging.get_resources().resource_type_filters("sqs").send().await?;
    let arns: Vec<_> =
        found.resource_tag_mapping_list().iter().filter_map(|r| r.resource_arn()).collect();
    assert_eq!(arns, ["arn:aws:sqs:us-east-1:000000000000:q"]);
    Ok(())
}

#[tokio::test]
async fn sending_is_throttled_when_the_memory_is_used_up() -> anyhow::Result<()> {
    let config = Config { queue_retention_bytes: 20_000, ..Config::default() };
    let queue = Queue::of(Client::new(&serve(config).await?), "q", &[]).await?;
    let text = "x".repeat(9_000);
    queue.send(&text).await?;
    queue.send(&text).await?;
    let send = || queue.sqs.send_message().queue_url(&queue.url).message_body(&text).send();
    assert_eq!(code(send().await), "RequestThrottled");
    let (_, handle) = queue.receive().await?.remove(0);
    queue.sqs.delete_message().queue_url(&queue.url).receipt_handle(handle).send().await?;
    send().await?;
    Ok(())
}
