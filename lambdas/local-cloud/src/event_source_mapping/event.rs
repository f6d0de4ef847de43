//! The event of an invocation: `{"Records":[{"kinesis":{...},"eventSource":"aws:kinesis",...}]}`.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::kinesis::{Record, Shard};

/// What all records of a mapping's events have in common.
#[derive(Debug)]
pub(crate) struct EventFrame {
    /// The part of a record after its event id, ready to be copied.
    tail: String,
}

impl EventFrame {
    pub(crate) fn new(stream_arn: &str, role_arn: &str, region: &str) -> Self {
        let text = |value: &str| serde_json::Value::from(value).to_string();
        Self {
            tail: format!(
                r#","eventName":"aws:kinesis:record","invokeIdentityArn":{},"awsRegion":{},"eventSourceARN":{}}}"#,
                text(role_arn),
                text(region),
                text(stream_arn)
            ),
        }
    }

    /// Writes the event of these records of a shard.
    ///
    /// Written straight into one text, because building it as a tree costs more than all else
    /// that happens to a record here.
    pub(crate) fn write(&self, shard: &Shard, records: &[Arc<Record>]) -> String {
        let len: usize = records
            .iter()
            .map(|r| r.data_base64.len() + r.partition_key.len() + self.tail.len() + 400)
            .sum();
        let shard_id = shard.id();
        let mut event = String::with_capacity(len);
        event.push_str(r#"{"Records":["#);
        for (place, record) in records.iter().enumerate() {
            if place > 0 {
                event.push(',');
            }
            event.push_str(r#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"#);
            push_json_string(&mut event, &record.partition_key);
            let sequence_number = shard.sequence_number(record.index);
            // Writing to a String cannot fail.
            let _ = write!(event, r#","sequenceNumber":"{sequence_number}","data":""#);
            // Base64 has no character that JSON would escape.
            event.push_str(&record.data_base64);
            let (seconds, millis) = (record.arrived_ms / 1_000, record.arrived_ms % 1_000);
            let _ = write!(
                event,
                r#"","approximateArrivalTimestamp":{seconds}.{millis:03}}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"{shard_id}:{sequence_number}""#
            );
            event.push_str(&self.tail);
        }
        event.push_str("]}");
        event
    }
}

/// Writes a text as JSON has it.
pub(super) fn push_json_string(text: &mut String, value: &str) {
    let is_plain = value.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\');
    if is_plain {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(value).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::event::kinesis::KinesisEvent;

    #[test]
    fn the_event_is_what_a_function_expects() {
        let range = crate::kinesis::even_ranges(1)[0];
        let shard = Shard::new(3, range, 1_790_000_000_000, Arc::default());
        shard.put("plain", "aGVsbG8=", 5, 1_790_000_000_007, None).unwrap();
        shard.put("wei\"rd\n", "", 0, 1_790_000_001_000, None).unwrap();
        let records = shard.read(0, 10, 0).records;
        let frame = EventFrame::new("arn:stream", "arn:role", "us-east-1");
        let text = frame.write(&shard, &records);
        let event: KinesisEvent = serde_json::from_str(&text).unwrap();
        assert_eq!(event.records.len(), 2);
        let first = &event.records[0];
        assert_eq!(first.kinesis.data.0, b"hello");
        assert_eq!(first.kinesis.partition_key, "plain");
        assert_eq!(first.event_source.as_deref(), Some("aws:kinesis"));
        assert_eq!(first.event_source_arn.as_deref(), Some("arn:stream"));
        assert_eq!(first.aws_region.as_deref(), Some("us-east-1"));
        let number = &first.kinesis.sequence_number;
        assert_eq!(first.event_id.as_deref().unwrap(), format!("shardId-000000000003:{number}"));
        assert_eq!(event.records[1].kinesis.partition_key, "wei\"rd\n");
    }

    #[test]
    fn every_millisecond_of_an_arrival_is_written_with_all_its_digits() {
        let range = crate::kinesis::even_ranges(1)[0];
        let shard = Shard::new(0, range, 1_790_000_000_000, Arc::default());
        for ms in 0..1_000 {
            shard.put("k", "eA==", 1, 1_790_000_000_000 + ms, None).unwrap();
        }
        let records = shard.read(0, 1_000, 0).records;
        let text = EventFrame::new("arn:stream", "arn:role", "us-east-1").write(&shard, &records);
        let written: Vec<&str> = text
            .split(r#""approximateArrivalTimestamp":"#)
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        let expected: Vec<String> = (0..1_000).map(|ms| format!("1790000000.{ms:03}")).collect();
        assert_eq!(written, expected);
    }
}
