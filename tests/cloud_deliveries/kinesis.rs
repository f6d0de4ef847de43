//! Kinesis to Lambda, when all goes well: order, batches, beginnings, and pushes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_lambda::types::EventSourcePosition;

use crate::stream::{Stream, batches, ended, texts};

#[tokio::test]
async fn records_come_once_in_the_order_of_their_shards_and_in_bounded_batches()
-> anyhow::Result<()> {
    let stream = Stream::start(3).await?;
    stream.functions.create("f").await?;
    let names: Vec<String> = (0..200).map(|i| i.to_string()).collect();
    let records: Vec<(&str, &str)> = names.iter().map(|name| (&name[..1], name.as_str())).collect();
    // Half of them before there is a reader, so that there are more than one batch takes.
    stream.put(&records[..100]).await?;
    stream.mapping("f").batch_size(7).send().await?;
    stream.put(&records[100..]).await?;
    let phases = stream.delivered("f", 200).await?;

    let mut by_shard: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in ended(&phases) {
        by_shard.entry(&record.shard).or_default().push(record);
    }
    assert!(by_shard.len() > 1, "the keys spread over shards");
    assert_eq!(by_shard.values().map(Vec::len).sum::<usize>(), 200, "each once");
    for (shard, records) in &by_shard {
        assert!(records.is_sorted_by(|a, b| a.id < b.id), "{shard:?} in order");
        let numbers: Vec<u32> =
            texts(records).into_iter().map(str::parse).collect::<Result<_, _>>()?;
        assert!(numbers.is_sorted(), "{shard:?} in the order of the puts");
    }
    let sizes: BTreeSet<usize> = batches(&phases).iter().map(Vec::len).collect();
    assert_eq!(sizes.last(), Some(&7), "full batches, and none larger: {sizes:?}");
    for phase in &phases {
        let shards: BTreeSet<_> = phase.records.iter().map(|record| &record.shard).collect();
        assert_eq!(shards.len(), 1, "a batch is of one shard");
    }
    // A shard's invocations follow one another.
    for shard in by_shard.keys() {
        let of_shard = phases.iter().filter(|phase| phase.records[0].shard == **shard);
        let turns: Vec<&str> = of_shard.map(|phase| phase.phase.as_str()).collect();
        assert!(turns.chunks(2).all(|turn| turn == ["started", "ended"]), "{turns:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mapping_begins_where_it_is_told_to() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    for name in ["all", "new"] {
        stream.functions.create(name).await?;
    }
    stream.put_texts(&["before"]).await?;
    stream.mapping("all").send().await?;
    stream.mapping("new").starting_position(EventSourcePosition::Latest).send().await?;
    stream.put_texts(&["after"]).await?;
    let phases = stream.delivered("all", 2).await?;
    assert_eq!(texts(&ended(&phases)), ["before", "after"]);
    let phases = stream.delivered("new", 1).await?;
    assert_eq!(texts(&ended(&phases)), ["after"]);
    Ok(())
}

#[tokio::test]
async fn a_batching_window_gathers_records_until_the_batch_is_full() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("gathers").await?;
    stream.functions.create("clock").await?;
    let gathers = stream.mapping("gathers").batch_size(3);
    gathers.maximum_batching_window_in_seconds(300).send().await?;
    stream.mapping("clock").send().await?;
    for (count, text) in ["a", "b", "c"].into_iter().enumerate() {
        // The clock has read each record, so it has been there for polls of its own.
        stream.put_texts(&[text]).await?;
        stream.delivered("clock", count + 1).await?;
    }
    let phases = stream.delivered("gathers", 3).await?;
    assert_eq!(batches(&phases), [["a", "b", "c"]]);
    Ok(())
}

#[tokio::test]
async fn records_of_different_keys_run_in_parallel_where_that_is_asked_for() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("f").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let hold = format!("hold:{}", file.display());
    let keys: Vec<String> = (0..32).map(|i| format!("key-{i}")).collect();
    let mut records: Vec<(&str, &str)> =
        keys.iter().map(|key| (key.as_str(), hold.as_str())).collect();
    for text in ["1", "2", "3"] {
        records.extend(keys.iter().map(|key| (key.as_str(), text)));
    }
    stream.put(&records).await?;
    stream.mapping("f").batch_size(2).parallelization_factor(4).send().await?;
    // None of these can end before the file is there: they run at the same time.
    let phases = stream.functions.started("f", 4).await?;
    assert!(phases.iter().all(|phase| phase.phase == "started"));
    std::fs::write(&file, "")?;
    let phases = stream.delivered("f", 128).await?;
    let all = ended(&phases);
    assert_eq!(all.len(), 128);
    for key in &keys {
        let of_key: Vec<_> =
            all.iter().copied().filter(|record| record.key.as_ref() == Some(key)).collect();
        assert_eq!(texts(&of_key), [hold.as_str(), "1", "2", "3"], "{key}");
    }
    let mut running: usize = 0;
    for phase in &phases {
        running = if phase.phase == "started" { running + 1 } else { running - 1 };
        assert!(running <= 4, "no more at a time than the factor");
    }
    Ok(())
}

#[tokio::test]
async fn a_consumer_is_pushed_to_and_waits_for_no_poll() -> anyhow::Result<()> {
    // Far longer than a test waits for anything.
    let stream = Stream::polled_every(Duration::from_secs(86_400)).await?;
    let consumer = stream.kinesis.register_stream_consumer().stream_arn(&stream.arn);
    let consumer = consumer.consumer_name("c").send().await?.consumer;
    let consumer = consumer.map(|consumer| consumer.consumer_arn).unwrap_or_default();
    stream.functions.create("pushed").await?;
    stream.functions.create("polled").await?;
    let pushed = stream.mapping("pushed").event_source_arn(consumer);
    pushed.starting_position(EventSourcePosition::Latest).send().await?;
    stream.mapping("polled").send().await?;
    for round in 0..10 {
        stream.put_texts(&[&round.to_string()]).await?;
        stream.delivered("pushed", round + 1).await?;
    }
    assert!(stream.functions.phases("polled").await?.is_empty(), "a poll has its time");
    Ok(())
}

/// A stream with a consumer that `pushed` is to be mapped to, which no poll would ever serve.
async fn with_consumer() -> anyhow::Result<(Stream, String)> {
    let stream = Stream::polled_every(Duration::from_secs(86_400)).await?;
    let consumer = stream.kinesis.register_stream_consumer().stream_arn(&stream.arn);
    let consumer = consumer.consumer_name("c").send().await?.consumer;
    let consumer = consumer.map(|consumer| consumer.consumer_arn).unwrap_or_default();
    stream.functions.create("pushed").await?;
    Ok((stream, consumer))
}

#[tokio::test]
async fn what_is_pushed_keeps_its_order_and_its_batches() -> anyhow::Result<()> {
    let (stream, consumer) = with_consumer().await?;
    let mapping = stream.mapping("pushed").event_source_arn(consumer).batch_size(5);
    mapping.starting_position(EventSourcePosition::Latest).send().await?;
    let names: Vec<String> = (0..60).map(|i| i.to_string()).collect();
    for names in names.chunks(12) {
        let records: Vec<_> = names.iter().map(|name| (&name[..1], name.as_str())).collect();
        stream.put(&records).await?;
    }
    let phases = stream.delivered("pushed", 60).await?;
    assert_eq!(texts(&ended(&phases)), names);
    assert!(batches(&phases).iter().all(|batch| batch.len() <= 5));
    Ok(())
}

#[tokio::test]
async fn what_is_pushed_waits_for_its_batching_window() -> anyhow::Result<()> {
    let (stream, consumer) = with_consumer().await?;
    let mapping = stream.mapping("pushed").event_source_arn(consumer).batch_size(3);
    let mapping = mapping.maximum_batching_window_in_seconds(2);
    mapping.starting_position(EventSourcePosition::Latest).send().await?;
    let started = std::time::Instant::now();
    // Three fill a batch at once, and the fourth waits for the window.
    for text in ["a", "b", "c", "d"] {
        stream.put_texts(&[text]).await?;
    }
    let phases = stream.delivered("pushed", 4).await?;
    assert_eq!(batches(&phases), [vec!["a", "b", "c"], vec!["d"]]);
    assert!(started.elapsed() >= Duration::from_secs(2));
    Ok(())
}

/// While one batch of a shard runs, others of the same shard do, also with records that came later.
async fn others_run_beside_a_long_one(stream: &Stream, name: &str) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    stream.put(&[("k", &format!("hold:{}", file.display()))]).await?;
    stream.functions.started(name, 1).await?;
    let keys: Vec<String> = (0..16).map(|i| format!("key-{i}")).collect();
    for key in &keys {
        stream.put(&[(key.as_str(), "1"), (key.as_str(), "2")]).await?;
    }
    // Those that share the lane of the long one wait; by their keys, not all of them do.
    let phases = stream.delivered(name, 4).await?;
    assert!(ended(&phases).iter().all(|record| record.key.as_deref() != Some("k")));
    stream.put(&[("k", "after")]).await?;
    std::fs::write(&file, "")?;
    let phases = stream.delivered(name, 34).await?;
    let all = ended(&phases);
    assert_eq!(all.len(), 34);
    for key in &keys {
        let of_key = all.iter().copied().filter(|record| record.key.as_ref() == Some(key));
        assert_eq!(texts(&of_key.collect::<Vec<_>>()), ["1", "2"], "{key}");
    }
    Ok(())
}

#[tokio::test]
async fn batches_of_other_keys_run_beside_a_long_one_where_records_are_pushed() -> anyhow::Result<()>
{
    let (stream, consumer) = with_consumer().await?;
    let mapping = stream.mapping("pushed").event_source_arn(consumer).parallelization_factor(2);
    mapping.starting_position(EventSourcePosition::Latest).send().await?;
    others_run_beside_a_long_one(&stream, "pushed").await
}

#[tokio::test]
async fn batches_of_other_keys_run_beside_a_long_one_where_a_shard_is_polled() -> anyhow::Result<()>
{
    let stream = Stream::start(1).await?;
    stream.functions.create("f").await?;
    stream.mapping("f").parallelization_factor(2).send().await?;
    others_run_beside_a_long_one(&stream, "f").await
}

#[tokio::test]
async fn a_record_that_fits_into_no_event_is_discarded() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("f").await?;
    let size = stream.kinesis.update_max_record_size().stream_arn(&stream.arn);
    size.max_record_size_in_kib(10_240).send().await?;
    // In base64, four bytes for three: the one is just below 6 MiB with what stands around it.
    let fits = format!("fits:{}", "x".repeat(4_700_000));
    let too_large = "x".repeat(4_720_000);
    stream.put_texts(&[&fits]).await?;
    stream.put_texts(&[&too_large]).await?;
    stream.mapping("f").send().await?;
    stream.delivered("f", 1).await?;
    stream.put_texts(&["after"]).await?;
    let phases = stream.delivered("f", 2).await?;
    let all = ended(&phases);
    assert_eq!(all.len(), 2);
    assert!(all[0].text.starts_with("fits:") && all[1].text == "after");
    Ok(())
}
