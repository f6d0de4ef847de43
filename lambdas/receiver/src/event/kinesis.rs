//! Kinesis: a batch of records per invocation, each message as base64.

use aws_lambda_events::event::kinesis::KinesisEvent;
use wire::WallNs;

use super::{Delivered, EventError};

pub(super) fn messages(event: &str) -> Result<Vec<Delivered<'static>>, EventError> {
    let event: KinesisEvent = serde_json::from_str(event)
        .map_err(|source| EventError::Malformed { shape: "Kinesis", source })?;
    event
        .records
        .into_iter()
        .map(|record| {
            let arrived = record.kinesis.approximate_arrival_timestamp.0;
            let payload = String::from_utf8(record.kinesis.data.0)
                .map_err(|_| EventError::NotText { shape: "Kinesis" })?;
            Ok(Delivered {
                payload: payload.into(),
                service_at: arrived.timestamp_nanos_opt().map(WallNs),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_of_a_batch_is_taken_out_with_its_stamp() {
        // The example event of the Lambda developer guide, "Using AWS Lambda with Kinesis".
        let record = |data: &str, at: &str| {
            format!(
                r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"1",
                "sequenceNumber":"49590338271490256608559692538361571095921575989136588898",
                "data":"{data}","approximateArrivalTimestamp":{at}}},"eventSource":"aws:kinesis",
                "eventVersion":"1.0","eventID":"shardId-000000000006:4959","eventName":"aws:kinesis:record",
                "invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"us-east-2",
                "eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/s"}}"#
            )
        };
        let event = format!(
            r#"{{"Records":[{},{}]}}"#,
            record("SGVsbG8=", "1545084650.987"),
            record("VGhpcw==", "1545084711.166")
        );
        let messages = super::super::messages(&event).unwrap();
        let texts: Vec<_> = messages.iter().map(|m| m.payload.as_ref()).collect();
        assert_eq!(texts, ["Hello", "This"]);
        assert_eq!(messages[0].service_at.map(WallNs::millis), Some(1_545_084_650_987));
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let event = r#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":"/w==","approximateArrivalTimestamp":1.5}}]}"#;
        assert!(super::super::messages(event).unwrap_err().to_string().contains("UTF-8"));
    }
}
