//! Kinesis: a batch of records per invocation, each message as base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Delivered, EventError, stamp};

const SHAPE: &str = "Kinesis";

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    kinesis: Content<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    /// Seconds since the epoch, as the service wrote them.
    #[serde(borrow, default)]
    approximate_arrival_timestamp: Option<&'a RawValue>,
}

pub(super) fn messages(event: &str) -> Result<Vec<Delivered<'_>>, EventError> {
    let event: Event<'_> = serde_json::from_str(event)
        .map_err(|source| EventError::Malformed { shape: SHAPE, source })?;
    event.records.into_iter().map(|record| message(&record.kinesis)).collect()
}

fn message(record: &Content<'_>) -> Result<Delivered<'static>, EventError> {
    let data = STANDARD
        .decode(record.data.as_bytes())
        .map_err(|source| EventError::NotBase64 { shape: SHAPE, source })?;
    let payload = String::from_utf8(data).map_err(|_| EventError::NotText { shape: SHAPE })?;
    let service_at = record
        .approximate_arrival_timestamp
        .map(|json| stamp::from_seconds("approximateArrivalTimestamp", json))
        .transpose()?;
    Ok(Delivered { payload: payload.into(), service_at })
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use wire::WallNs;

    /// A record of the example event of the Lambda developer guide, "Using AWS Lambda with Kinesis".
    fn record(data: &str, at: &str) -> String {
        format!(
            r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"1",
            "sequenceNumber":"49590338271490256608559692538361571095921575989136588898",
            "data":"{data}","approximateArrivalTimestamp":{at}}},"eventSource":"aws:kinesis",
            "eventVersion":"1.0","eventID":"shardId-000000000006:4959","eventName":"aws:kinesis:record",
            "invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"us-east-2",
            "eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/s"}}"#
        )
    }

    fn event(records: &[String]) -> String {
        format!(r#"{{"Records":[{}]}}"#, records.join(","))
    }

    #[test]
    fn every_record_of_a_batch_is_taken_out_with_its_stamp() {
        let event =
            event(&[record("SGVsbG8=", "1545084650.047"), record("VGhpcw==", "1545084711.47")]);
        let messages = messages(&event).unwrap();
        let texts: Vec<_> = messages.iter().map(|m| m.payload.as_ref()).collect();
        assert_eq!(texts, ["Hello", "This"]);
        let stamps: Vec<_> = messages.iter().map(|m| m.service_at.map(WallNs::millis)).collect();
        assert_eq!(stamps, [Some(1_545_084_650_047), Some(1_545_084_711_470)]);
    }

    #[test]
    fn every_millisecond_of_a_second_is_read_in_each_form_that_a_number_may_have() {
        let forms: [fn(i64) -> String; 4] = [
            |ms| format!("1545084650.{ms:03}"),
            // What a printed float is: without trailing zeros.
            |ms| serde_json::to_string(&((1_545_084_650_000 + ms) as f64 / 1e3)).unwrap(),
            // What Java prints of one.
            |ms| format!("1.545084650{ms:03}E9"),
            |ms| format!(r#""1545084650.{ms:03}""#),
        ];
        for form in forms {
            let records: Vec<_> = (0..1_000).map(|ms| record("SGVsbG8=", &form(ms))).collect();
            let event = event(&records);
            let messages = messages(&event).unwrap();
            assert_eq!(messages.len(), 1_000);
            for (message, ms) in messages.iter().zip(0..) {
                let expected = WallNs::from_millis(1_545_084_650_000 + ms);
                assert_eq!(message.service_at, Some(expected), "{}", form(ms));
            }
        }
    }

    #[test]
    fn microseconds_are_kept() {
        for first in (0..1_000_000).step_by(1_000) {
            // Every seventh, so that each digit takes each value.
            let micros = (first..first + 1_000).step_by(7);
            let at = |micros: i64| format!("1545084650.{micros:06}");
            let records: Vec<_> = micros.clone().map(|us| record("SGVsbG8=", &at(us))).collect();
            let event = event(&records);
            for (message, micros) in messages(&event).unwrap().iter().zip(micros) {
                let expected = WallNs(1_545_084_650_000_000_000 + micros * 1_000);
                assert_eq!(message.service_at, Some(expected), "{micros}");
            }
        }
    }

    #[test]
    fn a_stamp_that_cannot_be_read_is_named() {
        let event = event(&[record("SGVsbG8=", r#""soon""#)]);
        let error = messages(&event).unwrap_err().to_string();
        assert!(error.contains(r#"approximateArrivalTimestamp "soon""#), "{error}");
    }

    #[test]
    fn a_record_without_a_stamp_has_none() {
        for stamp in ["", r#","approximateArrivalTimestamp":null"#] {
            let event = format!(
                r#"{{"Records":[{{"eventSource":"aws:kinesis","kinesis":{{"data":"SGVsbG8="{stamp}}}}}]}}"#
            );
            assert_eq!(messages(&event).unwrap()[0].service_at, None);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        for (data, told) in [("/w==", "UTF-8"), ("!", "base64")] {
            let error = messages(&event(&[record(data, "1.5")])).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
