//! SQS: a batch of messages per invocation, each message as the record's body.

use aws_lambda_events::event::sqs::SqsEvent;
use wire::WallNs;

use super::{Delivered, EventError};

pub(super) fn messages(event: &str) -> Result<Vec<Delivered<'static>>, EventError> {
    let event: SqsEvent = serde_json::from_str(event)
        .map_err(|source| EventError::Malformed { shape: "SQS", source })?;
    Ok(event
        .records
        .into_iter()
        .map(|record| {
            let sent_ms = record.attributes.get("SentTimestamp").and_then(|ms| ms.parse().ok());
            Delivered {
                payload: record.body.unwrap_or_default().into(),
                service_at: sent_ms.map(WallNs::from_millis),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_a_batch_is_taken_out_with_its_stamp() {
        // The example event of the Lambda developer guide, "Using Lambda with Amazon SQS".
        let record = |body: &str, at: &str| {
            format!(
                r#"{{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJ",
                "body":"{body}","attributes":{{"ApproximateReceiveCount":"1",
                "SentTimestamp":"{at}","SenderId":"AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp":"1545082649185"}},"messageAttributes":{{}},
                "md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs",
                "eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:q","awsRegion":"us-east-2"}}"#
            )
        };
        let event = format!(
            r#"{{"Records":[{},{}]}}"#,
            record(r#"{\"id\":1}"#, "1545082649183"),
            record("b", "1545082650636")
        );
        let messages = super::super::messages(&event).unwrap();
        let texts: Vec<_> = messages.iter().map(|m| m.payload.as_ref()).collect();
        assert_eq!(texts, [r#"{"id":1}"#, "b"]);
        assert_eq!(messages[0].service_at.map(WallNs::millis), Some(1_545_082_649_183));
    }
}
