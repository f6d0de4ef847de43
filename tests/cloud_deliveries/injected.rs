//! Delays that are injected into deliveries: each message has its own, once, and nothing else waits
//! for it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_lambda::types::{EventSourcePosition, InvocationType};
use local_cloud::{Config, InjectedDelay};
use serde_json::json;
use testkit::functions::Functions;

use crate::TEST_FUNCTION;
use crate::service_clients::serve;

/// Long against what a delivery takes on a busy machine, so that twice can be told from once.
const DELAY: Duration = Duration::from_millis(800);
const RECEIVER: &str = "x-receiver";

/// A cloud with that delay, and the functions `x-sender` and `x-receiver`.
async fn delayed() -> anyhow::Result<(SdkConfig, Functions)> {
    let delay =
        InjectedDelay { distribution: "fixed:800ms".parse()?, seed: 1, into: "-receiver".into() };
    let config = Config {
        injected_delay: Some(delay),
        shard_poll_interval: Duration::from_millis(20),
        ..Config::default()
    };
    let config = serve(config).await?;
    let functions = Functions::new(&config, TEST_FUNCTION)?;
    for name in ["x-sender", RECEIVER] {
        functions.request(name).timeout(10).send().await?;
        // Warm, so that a delivery is not a cold start.
        functions.answer(name, &json!({ "do": "who" })).await?;
    }
    Ok((config, functions))
}

fn now_ns() -> anyhow::Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}

/// How long after a time the receiver's invocation of that number began.
async fn began(functions: &Functions, count: usize, after_ns: u64) -> anyhow::Result<Duration> {
    let phases = functions.started(RECEIVER, count).await?;
    let started: Vec<_> = phases.iter().filter(|phase| phase.phase == "started").collect();
    let began_ns = started.get(count - 1).context("it has begun")?.at_ns;
    Ok(Duration::from_nanos(began_ns.saturating_sub(after_ns)))
}

fn assert_once(waited: Duration) {
    assert!((DELAY..DELAY * 2).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn invokes_of_receivers_are_delayed_each_on_its_own_and_others_not() -> anyhow::Result<()> {
    let (_, functions) = delayed().await?;
    let who = json!({ "do": "who" });
    let started = Instant::now();
    functions.answer("x-sender", &who).await?;
    assert!(started.elapsed() < DELAY);
    let started = Instant::now();
    let at_once = [0; 4].map(|_| tokio::spawn(functions.invoke(RECEIVER, &who).send()));
    for invoke in at_once {
        invoke.await??;
    }
    // One after the other would take four times as long.
    assert_once(started.elapsed());
    Ok(())
}

#[tokio::test]
async fn asynchronous_invokes_and_notifications_are_delayed_once() -> anyhow::Result<()> {
    let (config, functions) = delayed().await?;
    let sent_ns = now_ns()?;
    let invoke = functions.invoke(RECEIVER, &json!({ "do": "who" }));
    invoke.invocation_type(InvocationType::Event).send().await?;
    assert!(now_ns()? - sent_ns < 800_000_000, "the caller does not wait for the delay");
    assert_once(began(&functions, 2, sent_ns).await?);

    let sns = aws_sdk_sns::Client::new(&config);
    let topic = sns.create_topic().name("t").send().await?.topic_arn.unwrap_or_default();
    let permit = functions.lambda.add_permission().function_name(RECEIVER).statement_id("t");
    let permit = permit.action("lambda:InvokeFunction").principal("sns.amazonaws.com");
    permit.source_arn(&topic).send().await?;
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{RECEIVER}");
    sns.subscribe().topic_arn(&topic).protocol("lambda").endpoint(arn).send().await?;
    let sent_ns = now_ns()?;
    sns.publish().topic_arn(&topic).message("text").send().await?;
    assert_once(began(&functions, 3, sent_ns).await?);
    Ok(())
}

#[tokio::test]
async fn records_are_pushed_after_their_delay_and_in_order() -> anyhow::Result<()> {
    let (config, functions) = delayed().await?;
    let kinesis = aws_sdk_kinesis::Client::new(&config);
    kinesis.create_stream().stream_name("s").shard_count(1).send().await?;
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let consumer = kinesis.register_stream_consumer().stream_arn(arn).consumer_name("c");
    let consumer = consumer.send().await?.consumer.map(|c| c.consumer_arn).unwrap_or_default();
    let mapping = functions.lambda.create_event_source_mapping().event_source_arn(consumer);
    let mapping = mapping.starting_position(EventSourcePosition::Latest);
    mapping.function_name(RECEIVER).send().await?;
    for (count, text) in ["one", "two"].into_iter().enumerate() {
        let sent_ns = now_ns()?;
        let put = kinesis.put_record().stream_name("s").partition_key("k");
        put.data(Blob::new(text)).send().await?;
        assert_once(began(&functions, count + 2, sent_ns).await?);
    }
    let phases = functions.phases(RECEIVER).await?;
    let records = phases.iter().filter(|p| p.phase == "started").flat_map(|p| &p.records);
    assert_eq!(records.map(|record| record.text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    Ok(())
}

#[tokio::test]
async fn messages_of_queues_are_visible_after_their_delay() -> anyhow::Result<()> {
    let (config, functions) = delayed().await?;
    let sqs = aws_sdk_sqs::Client::new(&config);
    let url = sqs.create_queue().queue_name("q").send().await?.queue_url.unwrap_or_default();
    let send = || sqs.send_message().queue_url(&url).message_body("text").send();
    send().await?;
    assert!(sqs.receive_message().queue_url(&url).send().await?.messages().is_empty());
    let poll = sqs.receive_message().queue_url(&url).wait_time_seconds(20).send().await?;
    let handle = poll.messages()[0].receipt_handle().unwrap_or_default();
    sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await?;
    let mapping = functions.lambda.create_event_source_mapping();
    let mapping = mapping.event_source_arn("arn:aws:sqs:us-east-1:000000000000:q");
    mapping.function_name(RECEIVER).send().await?;
    let sent_ns = now_ns()?;
    send().await?;
    assert_once(began(&functions, 2, sent_ns).await?);
    Ok(())
}
