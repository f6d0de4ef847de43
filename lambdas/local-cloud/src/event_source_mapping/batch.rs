//! Which records go into one invocation, and what becomes of a batch that failed.

use std::sync::Arc;

use serde::Deserialize;

use crate::kinesis::{Record, hash_key};

/// An invocation's event has at most so many bytes (Lambda quotas: 6 MB for synchronous
/// invocations, which those of a poller are).
pub(crate) const EVENT_BYTES: usize = 6 << 20;
/// What a record takes in an event beside its partition key and data, in bytes: field names,
/// ARNs, sequence number and so on, rounded up.
const RECORD_FRAME_BYTES: usize = 1_024;

/// Records of a shard, in order.
pub(crate) type Records = Vec<Arc<Record>>;

/// How many of the records fit into the next invocation: at most `batch_size`, and no more than
/// an event holds.
pub(crate) fn next_batch(records: &[Arc<Record>], batch_size: usize) -> usize {
    let mut bytes = 0;
    records
        .iter()
        .take(batch_size)
        .take_while(|record| {
            let is_first = bytes == 0;
            bytes += event_bytes(record);
            bytes <= EVENT_BYTES || is_first
        })
        .count()
}

/// Whether a record fits into an event at all. One of more than about 4.5 MiB does not, since its
/// data stands there in base64.
pub(crate) fn fits(record: &Record) -> bool {
    event_bytes(record) <= EVENT_BYTES
}

fn event_bytes(record: &Record) -> usize {
    record.data_base64.len() + record.partition_key.len() + RECORD_FRAME_BYTES
}

/// How many records fill whole batches.
pub(crate) fn full_batches(records: &[Arc<Record>], batch_size: usize) -> usize {
    let mut full = 0;
    loop {
        let rest = &records[full..];
        let next = next_batch(rest, batch_size);
        // A batch is full by its size, or because the next record does not fit into the event.
        if next == 0 || (next < batch_size && next == rest.len()) {
            return full;
        }
        full += next;
    }
}

/// The lane, of so many, that has the records of a partition key.
pub(crate) fn lane_of(partition_key: &str, count: usize) -> usize {
    if count <= 1 {
        return 0;
    }
    usize::try_from(hash_key(partition_key) % count as u128).unwrap_or(0)
}

/// What a function that reports partial failures says of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// All records were processed.
    Success,
    /// The record with this sequence number, and those behind it, were not.
    FailedFrom(String),
    /// The answer is not understood, so the whole batch counts as failed.
    Unreadable,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "batchItemFailures")]
    failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    sequence_number: Option<String>,
}

/// Reads `{"batchItemFailures": [{"itemIdentifier": "<sequence number>"}]}`; the lowest number
/// counts (developer guide, "Configuring partial batch response with Kinesis").
pub(crate) fn read_report(answer: &[u8]) -> Report {
    match serde_json::from_slice::<Option<Answer>>(answer) {
        Err(_) => Report::Unreadable,
        Ok(None) => Report::Success,
        Ok(Some(answer)) => {
            let failures = answer.failures.unwrap_or_default();
            let mut lowest: Option<String> = None;
            for failure in failures {
                match failure.sequence_number {
                    Some(number) if !number.is_empty() => {
                        lowest = Some(lowest.map_or(number.clone(), |low| low.min(number)));
                    }
                    _ => return Report::Unreadable,
                }
            }
            lowest.map_or(Report::Success, Report::FailedFrom)
        }
    }
}

/// Halves of a failed batch, to be tried one after the other; none if it is a single record.
pub(crate) fn bisect(records: &[Arc<Record>]) -> Option<(Records, Records)> {
    if records.len() < 2 {
        return None;
    }
    let (first, second) = records.split_at(records.len().div_ceil(2));
    Some((first.to_vec(), second.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(keys: &[&str], data_len: usize) -> Records {
        keys.iter()
            .enumerate()
            .map(|(index, key)| {
                Arc::new(Record {
                    index: index as u64,
                    arrived_ms: 0,
                    partition_key: (*key).into(),
                    data_base64: "A".repeat(data_len).into(),
                    data_bytes: 0,
                })
            })
            .collect()
    }

    fn indexes(records: &[Arc<Record>]) -> Vec<u64> {
        records.iter().map(|record| record.index).collect()
    }

    #[test]
    fn a_batch_is_bounded_by_its_size_and_by_the_event() {
        assert_eq!(next_batch(&records(&["k"; 5], 10), 3), 3);
        assert_eq!(next_batch(&records(&["k"; 5], 10), 100), 5);
        assert_eq!(next_batch(&records(&["k"; 5], 2 << 20), 100), 2);
        assert_eq!(next_batch(&records(&["k"; 2], 7 << 20), 100), 1);
        assert_eq!(next_batch(&[], 100), 0);
    }

    #[test]
    fn a_record_that_fills_an_event_fits_and_no_larger_one() {
        let largest = EVENT_BYTES - RECORD_FRAME_BYTES - 1;
        assert!(fits(&records(&["k"], largest)[0]));
        assert!(!fits(&records(&["k"], largest + 1)[0]));
    }

    #[test]
    fn whole_batches_are_counted() {
        assert_eq!(full_batches(&records(&["k"; 7], 10), 3), 6);
        assert_eq!(full_batches(&records(&["k"; 2], 10), 3), 0);
        // Two fill an event, so that the third need not be waited for.
        assert_eq!(full_batches(&records(&["k"; 5], 2 << 20), 100), 4);
    }

    #[test]
    fn keys_spread_over_all_lanes() {
        let lanes = |count| {
            let lanes = (0..100).map(|i| lane_of(&format!("key-{i}"), count));
            lanes.collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!((lanes(1), lanes(4), lanes(10)), (1, 4, 10));
    }

    #[test]
    fn a_report_names_the_lowest_failed_record() {
        let report =
            br#"{"batchItemFailures":[{"itemIdentifier":"49b"},{"itemIdentifier":"49a"}]}"#;
        assert_eq!(read_report(report), Report::FailedFrom("49a".into()));
        for success in
            ["null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#]
        {
            assert_eq!(read_report(success.as_bytes()), Report::Success, "{success}");
        }
        for wrong in ["\"ok\"", "", r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, "[1]"] {
            assert_eq!(read_report(wrong.as_bytes()), Report::Unreadable, "{wrong}");
        }
    }

    #[test]
    fn a_failed_batch_is_halved_down_to_single_records() {
        let (first, second) = bisect(&records(&["k"; 5], 1)).unwrap();
        assert_eq!((indexes(&first), indexes(&second)), (vec![0, 1, 2], vec![3, 4]));
        assert!(bisect(&records(&["k"], 1)).is_none());
    }
}
