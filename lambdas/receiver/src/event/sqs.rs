//! SQS: a batch of messages per invocation, each message as the record's body.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Delivered, EventError, stamp};

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
    #[serde(borrow, default)]
    attributes: Attributes<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes<'a> {
    /// Milliseconds since the epoch, as text.
    #[serde(borrow, default)]
    sent_timestamp: Option<&'a RawValue>,
}

pub(super) fn messages(event: &str) -> Result<Vec<Delivered<'_>>, EventError> {
    let event: Event<'_> = serde_json::from_str(event)
        .map_err(|source| EventError::Malformed { shape: "SQS", source })?;
    let message = |Record { body, attributes }| {
        let stamp = |json| stamp::from_millis("SentTimestamp", json);
        let service_at = attributes.sent_timestamp.map(stamp).transpose()?;
        Ok(Delivered { payload: body, service_at })
    };
    event.records.into_iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use wire::WallNs;

    /// A record of the example event of the Lambda developer guide, "Using Lambda with Amazon SQS".
    fn record(body: &str, at: &str) -> String {
        format!(
            r#"{{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJ",
            "body":"{body}","attributes":{{"ApproximateReceiveCount":"1",
            "SentTimestamp":"{at}","SenderId":"AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp":"1545082649185"}},"messageAttributes":{{}},
            "md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs",
            "eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:q","awsRegion":"us-east-2"}}"#
        )
    }

    fn event(records: &[String]) -> String {
        format!(r#"{{"Records":[{}]}}"#, records.join(","))
    }

    #[test]
    fn every_message_of_a_batch_is_taken_out_with_its_stamp() {
        let event =
            event(&[record(r#"{\"id\":1}"#, "1545082649047"), record("b", "1545082650470")]);
        let messages = messages(&event).unwrap();
        let texts: Vec<_> = messages.iter().map(|m| m.payload.as_ref()).collect();
        assert_eq!(texts, [r#"{"id":1}"#, "b"]);
        let stamps: Vec<_> = messages.iter().map(|m| m.service_at.map(WallNs::millis)).collect();
        assert_eq!(stamps, [Some(1_545_082_649_047), Some(1_545_082_650_470)]);
    }

    #[test]
    fn every_millisecond_of_a_second_is_read() {
        let records: Vec<_> =
            (0..1_000).map(|ms| record("a", &format!("1545082649{ms:03}"))).collect();
        let event = event(&records);
        let messages = messages(&event).unwrap();
        assert_eq!(messages.len(), 1_000);
        for (message, ms) in messages.iter().zip(0..) {
            let at = WallNs::from_millis(1_545_082_649_000 + ms);
            assert_eq!(message.service_at, Some(at), "{ms}");
        }
    }

    #[test]
    fn a_stamp_that_cannot_be_read_is_named_and_one_that_is_missing_is_none() {
        let error = messages(&event(&[record("a", "soon")])).unwrap_err().to_string();
        assert!(error.contains(r#"SentTimestamp "soon""#), "{error}");
        for attributes in ["", r#","attributes":{}"#] {
            let event =
                format!(r#"{{"Records":[{{"eventSource":"aws:sqs","body":"a"{attributes}}}]}}"#);
            assert_eq!(messages(&event).unwrap()[0].service_at, None);
        }
    }
}
