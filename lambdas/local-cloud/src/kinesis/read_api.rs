//! `GetShardIterator` and `GetRecords`.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::input::{active_stream, invalid, limit, not_found, required, stream, validation};
use super::iterator::ShardIterator;
use super::sequence::SequenceNumber;
use super::shard::READ_RECORDS;
use super::{Record, Shard, Stream};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::epoch_seconds::{millis, seconds};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetShardIterator {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    shard_id: Option<String>,
    shard_iterator_type: Option<String>,
    starting_sequence_number: Option<String>,
    timestamp: Option<f64>,
}

pub(super) fn get_shard_iterator(cloud: &Cloud, input: GetShardIterator) -> ApiResult<Value> {
    let stream = active_stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    let shard_id = required(input.shard_id, "shardId")?;
    let kind = required(input.shard_iterator_type, "shardIteratorType")?;
    let shard = stream.shard(&shard_id).ok_or_else(|| {
        not_found(format!(
            "Shard {shard_id} in stream {} under account {} does not exist",
            stream.name, cloud.config.account
        ))
    })?;
    let numbered = || place(&stream, shard, input.starting_sequence_number.as_deref());
    let next = match kind.as_str() {
        "TRIM_HORIZON" => 0,
        "LATEST" => shard.next(),
        "AT_SEQUENCE_NUMBER" => numbered()?,
        "AFTER_SEQUENCE_NUMBER" => numbered()? + 1,
        "AT_TIMESTAMP" => {
            let time = input.timestamp.ok_or_else(|| {
                invalid(
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.",
                )
            })?;
            at_timestamp(shard, time, cloud.now_ms())?
        }
        other => {
            return Err(validation(format!(
                "Value '{other}' at 'shardIteratorType' failed to satisfy constraint: Member must \
                 satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, \
                 AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
            )));
        }
    };
    let iterator = iterator(&stream, shard, next, cloud.now_ms());
    Ok(json!({ "ShardIterator": iterator }))
}

/// The place of the first record that arrived at a time in seconds since the epoch, or later.
fn at_timestamp(shard: &Shard, time: f64, now_ms: u64) -> ApiResult<u64> {
    let arrived_ms = millis(time).filter(|ms| *ms <= now_ms);
    arrived_ms
        .map(|ms| shard.at_time(ms))
        .ok_or_else(|| invalid(format!("The timestamp {time} is not between the epoch and now.")))
}

fn place(stream: &Stream, shard: &Shard, number: Option<&str>) -> ApiResult<u64> {
    let number = number.ok_or_else(|| {
        invalid("StartingSequenceNumber must be given for this type of iterator.")
    })?;
    SequenceNumber::parse(number)
        .filter(|parsed| *parsed == shard.sequence_number(parsed.index))
        .map(|parsed| parsed.index)
        .ok_or_else(|| {
            invalid(format!(
                "StartingSequenceNumber {number} used in GetShardIterator on shard {} in stream {} \
                 is invalid.",
                shard.id(),
                stream.name
            ))
        })
}

fn iterator(stream: &Stream, shard: &Shard, next: u64, now_ms: u64) -> String {
    ShardIterator {
        stream: stream.name.clone(),
        stream_created_ms: stream.created_ms,
        shard: shard.number,
        next,
        issued_ms: now_ms,
    }
    .encode()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetRecords {
    shard_iterator: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GotRecords {
    records: Vec<GotRecord>,
    next_shard_iterator: String,
    millis_behind_latest: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GotRecord {
    sequence_number: String,
    approximate_arrival_timestamp: f64,
    data: Box<str>,
    partition_key: Box<str>,
}

impl GotRecord {
    fn new(shard: &Shard, record: &Record) -> Self {
        Self {
            sequence_number: shard.sequence_number(record.index).to_string(),
            approximate_arrival_timestamp: seconds(record.arrived_ms),
            data: record.data_base64.clone(),
            partition_key: record.partition_key.clone(),
        }
    }
}

pub(super) fn get_records(cloud: &Cloud, input: GetRecords) -> ApiResult<GotRecords> {
    let text = required(input.shard_iterator, "shardIterator")?;
    let limit = limit(input.limit, "limit", READ_RECORDS, READ_RECORDS)?;
    let now = cloud.now_ms();
    let asked = ShardIterator::decode(&text).ok_or_else(|| invalid("Invalid ShardIterator."))?;
    if asked.is_expired(now) {
        return Err(ApiError::new(
            400,
            "ExpiredIteratorException",
            format!(
                "Iterator expired. The iterator was created at {} ms while right now it is {now} \
                 ms which is further in the future than the tolerated delay of 300000 ms.",
                asked.issued_ms
            ),
        ));
    }
    let stream = stream(cloud, Some(&asked.stream), None)?;
    if stream.created_ms != asked.stream_created_ms {
        return Err(not_found(format!("The stream {} of this iterator is gone.", asked.stream)));
    }
    let shard = stream
        .shards()
        .get(asked.shard as usize)
        .ok_or_else(|| invalid("Invalid ShardIterator."))?;
    stream.expire(now);
    shard.reveal(Instant::now());
    let batch = shard.get_records(asked.next, limit, now).map_err(|_| {
        ApiError::new(
            400,
            "ProvisionedThroughputExceededException",
            format!(
                "Rate exceeded for shard {} in stream {} under account {}.",
                shard.id(),
                stream.name,
                cloud.config.account
            ),
        )
    })?;
    Ok(GotRecords {
        records: batch.records.iter().map(|record| GotRecord::new(shard, record)).collect(),
        next_shard_iterator: iterator(&stream, shard, batch.next, now),
        millis_behind_latest: batch.behind_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const SECOND_MS: u64 = 1_545_084_650_000;

    /// A shard with a record of each millisecond of a second.
    fn shard() -> Shard {
        let range = crate::kinesis::even_ranges(1)[0];
        let shard = Shard::new(0, range, SECOND_MS - 1_000, Arc::default());
        for ms in 0..1_000 {
            shard.put("k", "eA==", 1, SECOND_MS + ms, None).unwrap();
        }
        shard
    }

    #[test]
    fn each_millisecond_that_a_request_names_is_the_place_of_its_own_record() {
        let shard = shard();
        let records = shard.read(0, 1_000, SECOND_MS).records;
        for (record, ms) in records.iter().zip(0..) {
            assert_eq!(record.arrived_ms, SECOND_MS + ms);
            for time in [format!("1545084650.{ms:03}"), format!("{}e-3", SECOND_MS + ms)] {
                let body = format!(r#"{{"Timestamp":{time}}}"#);
                let asked: GetShardIterator = serde_json::from_str(&body).unwrap();
                let place = at_timestamp(&shard, asked.timestamp.unwrap(), SECOND_MS + 1_000);
                assert_eq!(place, Ok(record.index), "{time}");
            }
        }
        assert!(at_timestamp(&shard, 1_545_084_651.001, SECOND_MS + 1_000).is_err());
        assert!(at_timestamp(&shard, -1.0, SECOND_MS).is_err());
    }

    #[test]
    fn each_millisecond_is_written_as_its_own_decimal() {
        let shard = shard();
        for (record, ms) in shard.read(0, 1_000, SECOND_MS).records.iter().zip(0..1_000) {
            let json = serde_json::to_string(&GotRecord::new(&shard, record)).unwrap();
            let decimal = format!("1545084650.{ms:03}");
            let decimal = if ms == 0 { "1545084650.0" } else { decimal.trim_end_matches('0') };
            let member = format!(r#""ApproximateArrivalTimestamp":{decimal},"#);
            assert!(json.contains(&member), "{json} has {member}");
        }
    }
}
