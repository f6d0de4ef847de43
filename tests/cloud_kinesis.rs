//! Kinesis of local-cloud, through the real SDK. Event source mappings are tested with functions.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{
    PutRecordsRequestEntry, ShardIteratorType, StreamMode, StreamModeDetails, StreamStatus,
};

mod service_clients;
use service_clients::{code, start};

async fn with_stream(shards: i32) -> anyhow::Result<Client> {
    let kinesis = Client::new(&start().await?);
    kinesis.create_stream().stream_name("s").shard_count(shards).send().await?;
    Ok(kinesis)
}

async fn iterator(kinesis: &Client, shard: usize) -> anyhow::Result<String> {
    let ask = kinesis.get_shard_iterator().stream_name("s");
    let ask = ask.shard_id(format!("shardId-{shard:012}"));
    let answer = ask.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await?;
    Ok(answer.shard_iterator.unwrap_or_default())
}

#[tokio::test]
async fn records_come_back_once_in_order_from_the_shards_of_their_keys() -> anyhow::Result<()> {
    let kinesis = with_stream(4).await?;
    let entry = |i: usize| {
        let data = Blob::new(format!("record {i}"));
        PutRecordsRequestEntry::builder().data(data).partition_key((i % 32).to_string()).build()
    };
    let entries = (0..400).map(entry).collect::<Result<Vec<_>, _>>()?;
    let put = kinesis.put_records().stream_name("s").set_records(Some(entries)).send().await?;
    assert_eq!(put.failed_record_count(), Some(0));
    let (mut seen, mut shards_used) = (Vec::new(), 0);
    for shard in 0..4 {
        let mut next = iterator(&kinesis, shard).await?;
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            let page = kinesis.get_records().shard_iterator(&next).limit(60).send().await?;
            for record in page.records() {
                numbers.push(record.sequence_number().to_owned());
                texts.push(String::from_utf8(record.data().as_ref().to_vec())?);
            }
            next = page.next_shard_iterator().unwrap_or_default().to_owned();
        }
        assert!(numbers.is_sorted());
        shards_used += usize::from(!texts.is_empty());
        seen.extend(texts);
    }
    assert!(shards_used > 1);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 400);
    Ok(())
}

#[tokio::test]
async fn iterators_start_where_they_are_told_to() -> anyhow::Result<()> {
    let kinesis = with_stream(1).await?;
    let mut numbers = Vec::new();
    for i in 0..3 {
        let put = kinesis.put_record().stream_name("s").partition_key("k");
        let put = put.data(Blob::new(vec![i])).send().await?;
        assert_eq!(put.shard_id(), "shardId-000000000000");
        numbers.push(put.sequence_number().to_owned());
    }
    let ask = |kind: ShardIteratorType, number: Option<&String>| {
        kinesis
            .get_shard_iterator()
            .stream_name("s")
            .shard_id("shardId-000000000000")
            .shard_iterator_type(kind)
            .set_starting_sequence_number(number.cloned())
            .send()
    };
    let cases = [
        (ask(ShardIteratorType::TrimHorizon, None).await?, 3),
        (ask(ShardIteratorType::AtSequenceNumber, numbers.get(1)).await?, 2),
        (ask(ShardIteratorType::AfterSequenceNumber, numbers.get(1)).await?, 1),
        (ask(ShardIteratorType::Latest, None).await?, 0),
    ];
    for (iterator, expected) in cases {
        let ask = kinesis.get_records().set_shard_iterator(iterator.shard_iterator);
        assert_eq!(ask.send().await?.records().len(), expected);
    }
    let wrong = ask(ShardIteratorType::AtSequenceNumber, Some(&"1".to_owned())).await;
    assert_eq!(code(wrong), "InvalidArgumentException");
    Ok(())
}

#[tokio::test]
async fn an_arrival_that_was_read_is_where_an_iterator_starts() -> anyhow::Result<()> {
    // A read of a shard each, because a shard gives five a second.
    const SHARDS: usize = 100;
    let kinesis = with_stream(SHARDS as i32).await?;
    for i in 0..3 * SHARDS {
        let put = kinesis.put_record().stream_name("s").partition_key(i.to_string());
        put.data(Blob::new("x")).send().await?;
    }
    let mut milliseconds = std::collections::BTreeSet::new();
    for shard in 0..SHARDS {
        let all = iterator(&kinesis, shard).await?;
        let all = kinesis.get_records().shard_iterator(all).send().await?;
        let Some(last) = all.records().last().and_then(|r| r.approximate_arrival_timestamp())
        else {
            continue;
        };
        let from = kinesis
            .get_shard_iterator()
            .stream_name("s")
            .shard_id(format!("shardId-{shard:012}"))
            .shard_iterator_type(ShardIteratorType::AtTimestamp)
            .timestamp(*last)
            .send()
            .await?;
        let read = kinesis.get_records().set_shard_iterator(from.shard_iterator).send().await?;
        let since = all.records().iter();
        let since = since.filter(|r| r.approximate_arrival_timestamp() >= Some(last));
        assert!(since.eq(read.records()), "{last:?}");
        milliseconds.insert(last.to_millis()?);
    }
    assert!(milliseconds.len() > 20, "{milliseconds:?}");
    Ok(())
}

#[tokio::test]
async fn a_shard_throttles_writes_and_reads_beyond_its_limits() -> anyhow::Result<()> {
    let kinesis = with_stream(1).await?;
    let entry = || {
        let data = Blob::new(vec![0; 10_000]);
        PutRecordsRequestEntry::builder().data(data).partition_key("k").build()
    };
    let entries = (0..300).map(|_| entry()).collect::<Result<Vec<_>, _>>()?;
    let put = kinesis.put_records().stream_name("s").set_records(Some(entries)).send().await?;
    // 300 records of 10,000 bytes are 3 MB, and a shard takes 1 MiB a second.
    let failed = put.failed_record_count().unwrap_or_default();
    assert!((150..=196).contains(&failed), "{failed}");
    let codes = put.records().iter().filter_map(|record| record.error_code());
    assert!(codes.clone().all(|code| code == "ProvisionedThroughputExceededException"));
    assert_eq!(codes.count(), usize::try_from(failed)?);
    let iterator = iterator(&kinesis, 0).await?;
    let mut throttled = 0;
    for _ in 0..10 {
        let read = kinesis.get_records().shard_iterator(&iterator).limit(1).send().await;
        if read.is_err() {
            assert_eq!(code(read), "ProvisionedThroughputExceededException");
            throttled += 1;
        }
    }
    assert!((1..=5).contains(&throttled), "{throttled}");
    Ok(())
}

#[tokio::test]
async fn streams_are_described_listed_changed_and_deleted() -> anyhow::Result<()> {
    let kinesis = with_stream(3).await?;
    let on_demand = StreamModeDetails::builder().stream_mode(StreamMode::OnDemand).build()?;
    kinesis.create_stream().stream_name("d").stream_mode_details(on_demand).send().await?;
    let summary = kinesis.describe_stream_summary().stream_name("d").send().await?;
    let summary = summary.stream_description_summary();
    assert_eq!(summary.map(|summary| summary.open_shard_count()), Some(4));
    let answer = kinesis.describe_stream().stream_name("s").limit(2).send().await?;
    let stream = answer.stream_description().cloned();
    let arn = stream.as_ref().map(|s| s.stream_arn().to_owned()).unwrap_or_default();
    assert_eq!(stream.as_ref().map(|s| s.stream_status()), Some(&StreamStatus::Active));
    assert_eq!(stream.map(|s| (s.shards().len(), s.has_more_shards())), Some((2, true)));
    let page = kinesis.list_shards().stream_name("s").max_results(2).send().await?;
    let rest = kinesis.list_shards().set_next_token(page.next_token.clone()).send().await?;
    assert_eq!((page.shards().len(), rest.shards().len()), (2, 1));
    let page = kinesis.list_streams().limit(1).send().await?;
    assert_eq!((page.stream_names(), page.has_more_streams()), (&["d".to_owned()][..], true));

    let consumer = kinesis.register_stream_consumer().stream_arn(&arn).consumer_name("c");
    let consumer = consumer.send().await?.consumer.map(|c| c.consumer_arn).unwrap_or_default();
    let in_use = kinesis.delete_stream().stream_name("s").send().await;
    assert_eq!(code(in_use), "ResourceInUseException");
    kinesis.describe_stream_consumer().consumer_arn(&consumer).send().await?;
    kinesis.deregister_stream_consumer().consumer_arn(&consumer).send().await?;
    kinesis.add_tags_to_stream().stream_name("s").tags("k", "v").send().await?;
    let tags = kinesis.list_tags_for_stream().stream_name("s").send().await?;
    assert_eq!(tags.tags()[0].key(), "k");
    kinesis.delete_stream().stream_name("s").send().await?;
    let gone = kinesis.describe_stream().stream_name("s").send().await;
    assert_eq!(code(gone), "ResourceNotFoundException");
    Ok(())
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_services_codes() -> anyhow::Result<()> {
    let kinesis = with_stream(1).await?;
    let put = |stream: &str, key: &str, bytes: usize| {
        let put = kinesis.put_record().stream_name(stream).partition_key(key);
        put.data(Blob::new(vec![0; bytes])).send()
    };
    assert_eq!(code(put("none", "k", 1).await), "ResourceNotFoundException");
    assert_eq!(code(put("s", "k", (1 << 20) + 1).await), "ValidationException");
    assert_eq!(code(put("s", &"k".repeat(257), 1).await), "ValidationException");
    put("s", "k", 1 << 20).await?;
    let create = |name: &str, shards| {
        kinesis.create_stream().stream_name(name).set_shard_count(shards).send()
    };
    assert_eq!(code(create("s", Some(1)).await), "ResourceInUseException");
    assert_eq!(code(create("a b", Some(1)).await), "ValidationException");
    assert_eq!(code(create("n", Some(0)).await), "ValidationException");
    assert_eq!(code(create("n", None).await), "ValidationException");
    let read = kinesis.get_records().shard_iterator("nonsense").send().await;
    assert_eq!(code(read), "InvalidArgumentException");
    let ask = kinesis.get_shard_iterator().stream_name("s").shard_id("shardId-000000000007");
    let ask = ask.shard_iterator_type(ShardIteratorType::Latest).send().await;
    assert_eq!(code(ask), "ResourceNotFoundException");
    let split = kinesis.split_shard().stream_name("s").shard_to_split("shardId-000000000000");
    let split = split.new_starting_hash_key("1").send().await;
    assert_eq!(code(split), "UnknownOperationException");
    Ok(())
}

#[tokio::test]
async fn a_stream_takes_larger_records_only_if_it_is_told_to() -> anyhow::Result<()> {
    let kinesis = with_stream(1).await?;
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let put = |stream: &str, bytes: usize| {
        let put = kinesis.put_record().stream_name(stream).partition_key("k");
        put.data(Blob::new(vec![0; bytes])).send()
    };
    let most = async |stream: &str| {
        let summary = kinesis.describe_stream_summary().stream_name(stream).send().await?;
        let summary = summary.stream_description_summary().cloned();
        anyhow::Ok(summary.and_then(|summary| summary.max_record_size_in_kib()))
    };
    assert_eq!(most("s").await?, Some(1_024));
    assert_eq!(code(put("s", (1 << 20) + 1).await), "ValidationException");
    let update = |kib| kinesis.update_max_record_size().stream_arn(arn).max_record_size_in_kib(kib);
    for wrong in [1_023, 10_241] {
        assert_eq!(code(update(wrong).send().await), "ValidationException");
    }
    update(2_048).send().await?;
    assert_eq!(most("s").await?, Some(2_048));
    assert_eq!(code(put("s", (2 << 20) + 1).await), "ValidationException");
    put("s", 2 << 20).await?;
    // The shard's throughput is what it was.
    assert_eq!(code(put("s", 2 << 20).await), "ProvisionedThroughputExceededException");
    let page = kinesis.get_records().shard_iterator(iterator(&kinesis, 0).await?).send().await?;
    assert_eq!(page.records()[0].data().as_ref().len(), 2 << 20);

    let create = kinesis.create_stream().stream_name("large").shard_count(1);
    create.max_record_size_in_kib(10_240).send().await?;
    put("large", 10 << 20).await?;
    assert_eq!(code(put("large", (10 << 20) + 1).await), "ValidationException");
    let create = kinesis.create_stream().stream_name("w").shard_count(1);
    assert_eq!(code(create.max_record_size_in_kib(1).send().await), "ValidationException");
    // As an entry of several, too.
    let entry = |bytes: usize| {
        let data = Blob::new(vec![0; bytes]);
        PutRecordsRequestEntry::builder().data(data).partition_key("k").build()
    };
    let put = kinesis.put_records().stream_name("s").records(entry(1)?);
    assert_eq!(code(put.records(entry((2 << 20) + 1)?).send().await), "ValidationException");
    Ok(())
}
