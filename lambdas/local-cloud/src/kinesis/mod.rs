//! Kinesis Data Streams (awsJson1.1): streams of shards, and what reads them.

pub(crate) mod consumer_api;
mod hash_key;
mod input;
mod iterator;
mod put_api;
mod read_api;
mod sequence;
mod shard;
mod stream;
mod stream_api;
mod tag_api;
mod throughput;

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::protocol::{Request, Response, aws_json};

#[cfg(test)]
pub(crate) use hash_key::even_ranges;
pub(crate) use hash_key::hash_key;
pub(crate) use shard::{READ_RECORDS, Record, Shard};
pub(crate) use stream::{Kinesis, Stream};

/// The name of the stream that a shard iterator reads.
pub(crate) fn stream_of_iterator(iterator: &str) -> Option<String> {
    iterator::ShardIterator::decode(iterator).map(|iterator| iterator.stream)
}

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    let body = &request.body;
    match aws_json::operation(&request) {
        // The way of every message comes first.
        Some("PutRecord") => put_api::put_record(cloud, body),
        Some("PutRecords") => put_api::put_records(cloud, body),
        Some("GetRecords") => input::answer(cloud, body, read_api::get_records),
        Some("GetShardIterator") => input::answer(cloud, body, read_api::get_shard_iterator),
        Some("CreateStream") => input::answer(cloud, body, stream_api::create),
        Some("DeleteStream") => input::answer(cloud, body, stream_api::delete),
        Some("DescribeStream") => input::answer(cloud, body, stream_api::describe),
        Some("DescribeStreamSummary") => input::answer(cloud, body, stream_api::summary),
        Some("ListStreams") => input::answer(cloud, body, stream_api::list),
        Some("ListShards") => input::answer(cloud, body, stream_api::list_shards),
        Some("UpdateMaxRecordSize") => {
            input::answer(cloud, body, stream_api::update_max_record_size)
        }
        Some("IncreaseStreamRetentionPeriod") => {
            input::answer(cloud, body, stream_api::increase_retention)
        }
        Some("DecreaseStreamRetentionPeriod") => {
            input::answer(cloud, body, stream_api::decrease_retention)
        }
        Some("RegisterStreamConsumer") => input::answer(cloud, body, consumer_api::register),
        Some("DescribeStreamConsumer") => input::answer(cloud, body, consumer_api::describe),
        Some("ListStreamConsumers") => input::answer(cloud, body, consumer_api::list),
        Some("DeregisterStreamConsumer") => input::answer(cloud, body, consumer_api::deregister),
        Some("AddTagsToStream") => input::answer(cloud, body, tag_api::add_to_stream),
        Some("RemoveTagsFromStream") => input::answer(cloud, body, tag_api::remove_from_stream),
        Some("ListTagsForStream") => input::answer(cloud, body, tag_api::list_of_stream),
        Some("TagResource") => input::answer(cloud, body, tag_api::tag),
        Some("UntagResource") => input::answer(cloud, body, tag_api::untag),
        Some("ListTagsForResource") => input::answer(cloud, body, tag_api::list),
        other => aws_json::unknown_operation(other.unwrap_or("none")),
    }
}
