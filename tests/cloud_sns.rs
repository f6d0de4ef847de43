//! SNS of local-cloud, through the real SDK. Deliveries to functions are tested with the functions.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry, Tag};

mod service_clients;
use service_clients::{code, start};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

async fn with_topic() -> anyhow::Result<(Client, String)> {
    let sns = Client::new(&start().await?);
    let topic = sns.create_topic().name("t").send().await?.topic_arn.unwrap_or_default();
    assert_eq!(topic, "arn:aws:sns:us-east-1:000000000000:t");
    Ok((sns, topic))
}

#[tokio::test]
async fn making_a_topic_or_a_subscription_twice_gives_the_first() -> anyhow::Result<()> {
    let (sns, topic) = with_topic().await?;
    assert_eq!(sns.create_topic().name("t").send().await?.topic_arn(), Some(topic.as_str()));
    let subscribe =
        || sns.subscribe().topic_arn(&topic).protocol("lambda").endpoint(FUNCTION).send();
    let first = subscribe().await?.subscription_arn.unwrap_or_default();
    assert_eq!(subscribe().await?.subscription_arn(), Some(first.as_str()));
    let list = sns.list_subscriptions_by_topic().topic_arn(&topic).send().await?;
    assert_eq!(list.subscriptions().len(), 1);
    assert_eq!(list.subscriptions()[0].endpoint(), Some(FUNCTION));
    sns.unsubscribe().subscription_arn(&first).send().await?;
    let gone = sns.get_subscription_attributes().subscription_arn(&first).send().await;
    assert_eq!(code(gone), "NotFound");
    sns.delete_topic().topic_arn(&topic).send().await?;
    assert!(sns.list_topics().send().await?.topics().is_empty());
    Ok(())
}

#[tokio::test]
async fn attributes_and_tags_are_kept() -> anyhow::Result<()> {
    let (sns, topic) = with_topic().await?;
    let set = |name: &str, value: &str| {
        let set = sns.set_topic_attributes().topic_arn(&topic);
        set.attribute_name(name).attribute_value(value).send()
    };
    set("DisplayName", "<&\"'é>").await?;
    let got = sns.get_topic_attributes().topic_arn(&topic).send().await?;
    let name = got.attributes().and_then(|all| all.get("DisplayName")).map(String::as_str);
    assert_eq!(name, Some("<&\"'é>"));
    assert_eq!(code(set("Colour", "red").await), "InvalidParameter");
    let tag = Tag::builder().key("k").value("v").build()?;
    sns.tag_resource().resource_arn(&topic).tags(tag.clone()).send().await?;
    let tags = sns.list_tags_for_resource().resource_arn(&topic).send().await?;
    assert_eq!(tags.tags(), [tag]);
    sns.untag_resource().resource_arn(&topic).tag_keys("k").send().await?;
    let tags = sns.list_tags_for_resource().resource_arn(&topic).send().await?;
    assert!(tags.tags().is_empty());
    Ok(())
}

#[tokio::test]
async fn messages_are_taken_up_to_their_limit() -> anyhow::Result<()> {
    let (sns, topic) = with_topic().await?;
    let publish = |text: String| sns.publish().topic_arn(&topic).message(text);
    let first = publish("m".to_owned()).send().await?;
    let second = publish("m".repeat(262_144)).send().await?;
    assert_ne!(first.message_id(), second.message_id());
    assert_eq!(code(publish("m".repeat(262_145)).send().await), "InvalidParameter");
    assert_eq!(code(publish(String::new()).send().await), "InvalidParameter");
    let structured = publish("no json".to_owned()).message_structure("json");
    assert_eq!(code(structured.send().await), "InvalidParameter");
    assert_eq!(code(publish("m".to_owned()).subject("a\nb").send().await), "InvalidParameter");
    let colour =
        MessageAttributeValue::builder().data_type("Colour").string_value("red").build()?;
    let coloured = publish("m".to_owned()).message_attributes("c", colour);
    assert_eq!(code(coloured.send().await), "ParameterValueInvalid");
    Ok(())
}

#[tokio::test]
async fn a_batch_may_fail_in_part() -> anyhow::Result<()> {
    let (sns, topic) = with_topic().await?;
    let entry = |id: &str| PublishBatchRequestEntry::builder().id(id).message("m");
    let batch = sns.publish_batch().topic_arn(&topic);
    let batch = batch
        .publish_batch_request_entries(entry("good").build()?)
        .publish_batch_request_entries(entry("bad").subject("\n").build()?);
    let answer = batch.send().await?;
    assert_eq!(answer.successful()[0].id(), Some("good"));
    assert_eq!(answer.failed()[0].id(), "bad");
    assert_eq!(answer.failed()[0].code(), "InvalidParameter");
    let many = (0..11).map(|i| entry(&i.to_string()).build()).collect::<Result<Vec<_>, _>>()?;
    let batch = |entries: Vec<_>| {
        let batch = sns.publish_batch().topic_arn(&topic);
        batch.set_publish_batch_request_entries(Some(entries)).send()
    };
    assert_eq!(code(batch(many).await), "TooManyEntriesInBatchRequest");
    let twice = vec![entry("a").build()?, entry("a").build()?];
    assert_eq!(code(batch(twice).await), "BatchEntryIdsNotDistinct");
    Ok(())
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_services_codes() -> anyhow::Result<()> {
    let (sns, topic) = with_topic().await?;
    for name in ["", "a b", "t.fifo"] {
        assert_eq!(code(sns.create_topic().name(name).send().await), "InvalidParameter", "{name}");
    }
    let publish = |arn: &str| sns.publish().topic_arn(arn).message("m").send();
    assert_eq!(code(publish(&format!("{topic}x")).await), "NotFound");
    assert_eq!(code(publish("nonsense").await), "InvalidParameter");
    let subscribe = |protocol: &str, endpoint: &str| {
        sns.subscribe().topic_arn(&topic).protocol(protocol).endpoint(endpoint).send()
    };
    assert_eq!(code(subscribe("pigeon", FUNCTION).await), "InvalidParameter");
    assert_eq!(code(subscribe("https", "https://example.com").await), "InvalidParameter");
    assert_eq!(code(subscribe("lambda", "f").await), "InvalidParameter");
    let tags = sns.list_tags_for_resource().resource_arn(format!("{topic}x")).send().await;
    assert_eq!(code(tags), "ResourceNotFound");
    let unknown = sns.opt_in_phone_number().phone_number("+1").send().await;
    assert_eq!(code(unknown), "InvalidAction");
    Ok(())
}

#[tokio::test]
async fn a_topic_takes_longer_messages_only_if_it_is_told_to() -> anyhow::Result<()> {
    let (sns, topic) = with_topic().await?;
    let publish = |bytes: usize| sns.publish().topic_arn(&topic).message("x".repeat(bytes)).send();
    let set = |value: &str| {
        let set = sns.set_topic_attributes().topic_arn(&topic);
        set.attribute_name("MaximumMessageSize").attribute_value(value).send()
    };
    publish(262_144).await?;
    assert_eq!(code(publish(262_145).await), "InvalidParameter");
    for wrong in ["1023", "1048577", "much"] {
        assert_eq!(code(set(wrong).await), "InvalidParameter");
    }
    set("1048576").await?;
    let got = sns.get_topic_attributes().topic_arn(&topic).send().await?;
    let most = got.attributes().and_then(|all| all.get("MaximumMessageSize"));
    assert_eq!(most.map(String::as_str), Some("1048576"));
    publish(1_048_576).await?;
    assert_eq!(code(publish(1_048_577).await), "InvalidParameter");
    set("1024").await?;
    assert_eq!(code(publish(1_025).await), "InvalidParameter");
    Ok(())
}
