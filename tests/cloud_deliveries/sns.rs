//! SNS to Lambda.

use std::collections::BTreeSet;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::PublishBatchRequestEntry;
use testkit::functions::{Functions, Phase};

use crate::TEST_FUNCTION;
use crate::service_clients::start;

struct Topic {
    functions: Functions,
    sns: Client,
    arn: String,
}

impl Topic {
    /// A topic in a cloud of its own.
    async fn start() -> anyhow::Result<Self> {
        let config = start().await?;
        let sns = Client::new(&config);
        let arn = sns.create_topic().name("t").send().await?.topic_arn.unwrap_or_default();
        Ok(Self { functions: Functions::new(&config, TEST_FUNCTION)?, sns, arn })
    }

    /// Makes a function that is subscribed but that nobody may invoke yet.
    async fn create(&self, name: &str) -> anyhow::Result<()> {
        self.functions.create(name).await?;
        self.subscribe(name).await?;
        Ok(())
    }

    /// Subscribes a function; gives the subscription's ARN.
    async fn subscribe(&self, name: &str) -> anyhow::Result<String> {
        let subscribe = self.sns.subscribe().topic_arn(&self.arn).protocol("lambda");
        let endpoint = format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
        let made = subscribe.endpoint(endpoint).send().await?;
        Ok(made.subscription_arn.unwrap_or_default())
    }

    /// Lets a topic invoke a function.
    async fn permit(&self, name: &str, topic: &str) -> anyhow::Result<()> {
        let permission = self.functions.lambda.add_permission().function_name(name);
        permission
            .statement_id(topic.rsplit(':').next().unwrap_or_default())
            .action("lambda:InvokeFunction")
            .principal("sns.amazonaws.com")
            .source_arn(topic)
            .send()
            .await?;
        Ok(())
    }

    async fn publish(&self, text: &str) -> anyhow::Result<String> {
        let sent = self.sns.publish().topic_arn(&self.arn).message(text).send().await?;
        Ok(sent.message_id.unwrap_or_default())
    }
}

/// The texts of the messages that a function has finished, in no order.
fn texts(phases: &[Phase]) -> Vec<&str> {
    let ended = phases.iter().filter(|phase| phase.phase == "ended");
    let mut texts: Vec<&str> =
        ended.flat_map(|phase| &phase.records).map(|record| record.text.as_str()).collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn every_subscribed_function_gets_every_message_once() -> anyhow::Result<()> {
    let topic = Topic::start().await?;
    for name in ["f", "g"] {
        topic.create(name).await?;
        topic.permit(name, &topic.arn).await?;
    }
    let mut ids = BTreeSet::new();
    for i in 0..20 {
        ids.insert(topic.publish(&format!("é \"{i}\"")).await?);
    }
    let entry = |id: &str| PublishBatchRequestEntry::builder().id(id).message(id).build();
    let batch = topic.sns.publish_batch().topic_arn(&topic.arn);
    let batch = batch.publish_batch_request_entries(entry("a")?);
    let batch = batch.publish_batch_request_entries(entry("b")?).send().await?;
    ids.extend(batch.successful().iter().filter_map(|entry| entry.message_id.clone()));
    for name in ["f", "g"] {
        let phases = topic.functions.finished(name, 22).await?;
        let ended = phases.iter().filter(|phase| phase.phase == "ended");
        let records: Vec<_> = ended.flat_map(|phase| &phase.records).collect();
        assert_eq!(records.len(), 22);
        assert_eq!(records.iter().map(|record| record.id.clone()).collect::<BTreeSet<_>>(), ids);
        assert!(texts(&phases).contains(&"é \"19\"") && texts(&phases).contains(&"b"));
    }
    Ok(())
}

#[tokio::test]
async fn without_a_permission_for_the_topic_nothing_is_delivered() -> anyhow::Result<()> {
    let topic = Topic::start().await?;
    topic.create("allowed").await?;
    topic.permit("allowed", &topic.arn).await?;
    topic.create("refused").await?;
    topic.permit("refused", &format!("{}-other", topic.arn)).await?;
    topic.publish("one").await?;
    topic.functions.finished("allowed", 1).await?;
    topic.permit("refused", &topic.arn).await?;
    topic.publish("two").await?;
    let phases = topic.functions.finished("allowed", 2).await?;
    assert_eq!(texts(&phases), ["one", "two"]);
    let phases = topic.functions.finished("refused", 1).await?;
    assert_eq!(texts(&phases), ["two"]);

    let remove = topic.functions.lambda.remove_permission().function_name("refused");
    remove.statement_id("t").send().await?;
    topic.publish("three").await?;
    topic.functions.finished("allowed", 3).await?;
    topic.permit("refused", &topic.arn).await?;
    topic.publish("four").await?;
    let phases = topic.functions.finished("refused", 2).await?;
    assert_eq!(texts(&phases), ["four", "two"]);
    Ok(())
}

#[tokio::test]
async fn an_ended_subscription_delivers_no_more() -> anyhow::Result<()> {
    let topic = Topic::start().await?;
    for name in ["stays", "leaves"] {
        topic.functions.create(name).await?;
        topic.permit(name, &topic.arn).await?;
    }
    topic.subscribe("stays").await?;
    let leaves = topic.subscribe("leaves").await?;
    topic.publish("one").await?;
    topic.functions.finished("leaves", 1).await?;
    topic.sns.unsubscribe().subscription_arn(leaves).send().await?;
    topic.publish("two").await?;
    topic.functions.finished("stays", 2).await?;
    topic.subscribe("leaves").await?;
    topic.publish("three").await?;
    let phases = topic.functions.finished("leaves", 2).await?;
    assert_eq!(texts(&phases), ["one", "three"]);
    Ok(())
}

#[tokio::test]
async fn a_message_whose_function_fails_is_tried_again() -> anyhow::Result<()> {
    let topic = Topic::start().await?;
    topic.create("f").await?;
    topic.permit("f", &topic.arn).await?;
    let id = topic.publish("fail:2").await?;
    let phases = topic.functions.finished("f", 3).await?;
    let ends: Vec<&str> = phases.iter().map(|phase| phase.phase.as_str()).collect();
    assert_eq!(ends, ["started", "failed", "started", "failed", "started", "ended"]);
    assert!(phases.iter().all(|phase| phase.records.len() == 1 && phase.records[0].id == id));
    Ok(())
}
