//! `PutRecord` and `PutRecords`: the way of every message, so little is copied here.

use std::borrow::Cow;
use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::hash_key::hash_key;
use super::input::{active_stream, invalid, required, validation};
use super::{Shard, Stream};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};
use crate::protocol::{Response, aws_json};

/// A partition key has at most so many characters.
const MOST_KEY_CHARS: usize = 256;
/// A request has at most so many records and bytes (API reference, `PutRecords`).
const MOST_RECORDS: usize = 500;
const MOST_REQUEST_BYTES: usize = 10 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
    #[serde(borrow)]
    partition_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Cow<'a, str>>,
}

/// A record beside its stream; `#[serde(flatten)]` would copy every text.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutOne<'a> {
    #[serde(borrow)]
    stream_name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
    #[serde(borrow)]
    partition_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    shard_id: String,
    sequence_number: String,
}

impl Put {
    fn new(shard: &Shard, place: u64) -> Self {
        Self { shard_id: shard.id(), sequence_number: shard.sequence_number(place).to_string() }
    }
}

pub(super) fn put_record(cloud: &Cloud, body: &[u8]) -> Response {
    let put = || {
        let input: PutOne<'_> = read(body)?;
        let stream =
            active_stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let record = Record {
            data: input.data,
            partition_key: input.partition_key,
            explicit_hash_key: input.explicit_hash_key,
        };
        let record = check(&record, most_data_bytes(&stream))?;
        match put(cloud, &stream, &record) {
            (shard, Ok(place)) => Ok(Put::new(shard, place)),
            (shard, Err(_)) => Err(throttled(cloud, &stream, shard)),
        }
    };
    match put() {
        Ok(output) => aws_json::ok(&output),
        Err(error) => aws_json::error(&error),
    }
}

/// Reads the body without copying its texts.
fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> ApiResult<T> {
    serde_json::from_slice(body)
        .map_err(|problem| ApiError::new(400, "SerializationException", problem.to_string()))
}

/// A record that keeps to the limits.
struct Checked<'a> {
    hash_key: u128,
    partition_key: &'a str,
    data_base64: &'a str,
    data_bytes: u32,
}

/// `most_bytes` is what the stream takes of a record's data (developer guide, "Quotas and limits").
fn check<'a>(record: &'a Record<'_>, most_bytes: usize) -> ApiResult<Checked<'a>> {
    let data_base64 = required(record.data.as_deref(), "data")?;
    let partition_key = required(record.partition_key.as_deref(), "partitionKey")?;
    let key_chars = partition_key.chars().count();
    if !(1..=MOST_KEY_CHARS).contains(&key_chars) {
        return Err(validation(format!(
            "Value '{partition_key}' at 'partitionKey' failed to satisfy constraint: Member must \
             have length between 1 and {MOST_KEY_CHARS}, not {key_chars}"
        )));
    }
    let data_bytes = decoded_bytes(data_base64)?;
    if data_bytes > most_bytes {
        return Err(validation(format!(
            "Value at 'data' failed to satisfy constraint: Member must have length less than or \
             equal to {most_bytes}, not {data_bytes}"
        )));
    }
    let hash_key = match record.explicit_hash_key.as_deref() {
        None => hash_key(partition_key),
        Some(text) => explicit_hash_key(text)?,
    };
    let data_bytes = u32::try_from(data_bytes).unwrap_or(u32::MAX);
    Ok(Checked { hash_key, partition_key, data_base64, data_bytes })
}

fn most_data_bytes(stream: &Stream) -> usize {
    stream.settings().most_record_kib as usize * 1_024
}

fn explicit_hash_key(text: &str) -> ApiResult<u128> {
    let is_number = text == "0"
        || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty());
    if !is_number {
        return Err(validation(format!(
            "Value '{text}' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: 0|([1-9]\\d{{0,38}})"
        )));
    }
    text.parse().map_err(|_| {
        invalid(format!(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. \
             Specified value was {text}"
        ))
    })
}

/// The length of the data; it is decoded only to see that it can be, and kept as it came.
fn decoded_bytes(base64: &str) -> ApiResult<usize> {
    thread_local! {
        static DECODED: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    DECODED.with_borrow_mut(|decoded| {
        decoded.clear();
        let result = STANDARD.decode_vec(base64, decoded);
        let len = decoded.len();
        // One large record must not keep its room for ever.
        decoded.shrink_to(64 << 10);
        result.map(|()| len).map_err(|problem| {
            ApiError::new(400, "SerializationException", format!("Data is not base64: {problem}"))
        })
    })
}

fn put<'a>(
    cloud: &Cloud,
    stream: &'a Stream,
    record: &Checked<'_>,
) -> (&'a Shard, Result<u64, super::shard::WriteThrottled>) {
    let Checked { hash_key, partition_key, data_base64, data_bytes } = *record;
    let visible_at = cloud.delay_line.as_ref().map(|line| Instant::now() + line.draw());
    let now_ms = cloud.now_ms();
    let put = stream.put(hash_key, partition_key, data_base64, data_bytes, now_ms, visible_at);
    cloud.kinesis.keep_within_limit();
    put
}

fn throttled(cloud: &Cloud, stream: &Stream, shard: &Shard) -> ApiError {
    ApiError::new(
        400,
        "ProvisionedThroughputExceededException",
        throttle_message(cloud, stream, shard),
    )
}

fn throttle_message(cloud: &Cloud, stream: &Stream, shard: &Shard) -> String {
    format!(
        "Rate exceeded for shard {} in stream {} under account {}.",
        shard.id(),
        stream.name,
        cloud.config.account
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecords<'a> {
    #[serde(borrow)]
    stream_name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    records: Option<Vec<Record<'a>>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PutOutcome {
    Put(Put),
    #[serde(rename_all = "PascalCase")]
    Refused {
        error_code: &'static str,
        error_message: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PutAll {
    failed_record_count: usize,
    records: Vec<PutOutcome>,
}

pub(super) fn put_records(cloud: &Cloud, body: &[u8]) -> Response {
    match put_all(cloud, body) {
        Ok(output) => aws_json::ok(&output),
        Err(error) => aws_json::error(&error),
    }
}

fn put_all(cloud: &Cloud, body: &[u8]) -> ApiResult<PutAll> {
    let input: PutRecords<'_> = read(body)?;
    let stream = active_stream(cloud, input.stream_name.as_deref(), input.stream_arn.as_deref())?;
    let records = required(input.records, "records")?;
    if !(1..=MOST_RECORDS).contains(&records.len()) {
        return Err(validation(format!(
            "Value at 'records' failed to satisfy constraint: Member must have length between 1 \
             and {MOST_RECORDS}, not {}",
            records.len()
        )));
    }
    let most_bytes = most_data_bytes(&stream);
    // A record that breaks a limit fails the request as a whole; only throttling is partial.
    let checked = records.iter().map(|record| check(record, most_bytes));
    let checked = checked.collect::<ApiResult<Vec<_>>>()?;
    let bytes: usize =
        checked.iter().map(|record| record.data_bytes as usize + record.partition_key.len()).sum();
    if bytes > MOST_REQUEST_BYTES {
        return Err(invalid(format!("Records size exceeds {MOST_REQUEST_BYTES} bytes: {bytes}")));
    }
    let outcome = |record| match put(cloud, &stream, record) {
        (shard, Ok(place)) => PutOutcome::Put(Put::new(shard, place)),
        (shard, Err(_)) => PutOutcome::Refused {
            error_code: "ProvisionedThroughputExceededException",
            error_message: throttle_message(cloud, &stream, shard),
        },
    };
    let records: Vec<_> = checked.iter().map(outcome).collect();
    let refused = |outcome: &&PutOutcome| matches!(outcome, PutOutcome::Refused { .. });
    Ok(PutAll { failed_record_count: records.iter().filter(refused).count(), records })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST_DATA_BYTES: usize = 1 << 20;

    fn check<'a>(record: &'a Record<'_>) -> ApiResult<Checked<'a>> {
        super::check(record, MOST_DATA_BYTES)
    }

    fn record<'a>(data: &'a str, key: &'a str, hash: Option<&'a str>) -> Record<'a> {
        Record {
            data: Some(data.into()),
            partition_key: Some(key.into()),
            explicit_hash_key: hash.map(Into::into),
        }
    }

    #[test]
    fn an_explicit_hash_key_wins_over_the_partition_key() {
        assert_eq!(check(&record("", "k", Some("0"))).ok().unwrap().hash_key, 0);
        let most = u128::MAX.to_string();
        assert_eq!(check(&record("", "k", Some(&most))).ok().unwrap().hash_key, u128::MAX);
        let too_much = "340282366920938463463374607431768211456";
        let code = |hash| check(&record("", "k", Some(hash))).err().unwrap().code;
        assert_eq!(code(too_much), "InvalidArgumentException");
        for wrong in ["", "-1", "01", "x"] {
            assert_eq!(code(wrong), "ValidationException", "{wrong}");
        }
    }

    #[test]
    fn data_is_measured_decoded() {
        assert_eq!(check(&record("aGVsbG8=", "k", None)).ok().unwrap().data_bytes, 5);
        let code = |data: &str, key: &str| check(&record(data, key, None)).err().unwrap().code;
        assert_eq!(code("not base64!", "k"), "SerializationException");
        let fits = STANDARD.encode(vec![0; MOST_DATA_BYTES]);
        assert!(check(&record(&fits, "k", None)).is_ok());
        let too_long = STANDARD.encode(vec![0; MOST_DATA_BYTES + 1]);
        assert_eq!(code(&too_long, "k"), "ValidationException");
        assert_eq!(code("", ""), "ValidationException");
        assert_eq!(code("", &"k".repeat(257)), "ValidationException");
    }
}
