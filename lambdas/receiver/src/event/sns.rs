//! SNS: one record per invocation, the message as a JSON string within it.

use aws_lambda_events::event::sns::SnsEvent;
use wire::WallNs;

use super::{Delivered, EventError};

pub(super) fn messages(event: &str) -> Result<Vec<Delivered<'static>>, EventError> {
    let event: SnsEvent = serde_json::from_str(event)
        .map_err(|source| EventError::Malformed { shape: "SNS", source })?;
    Ok(event
        .records
        .into_iter()
        .map(|record| Delivered {
            payload: record.sns.message.into(),
            service_at: record.sns.timestamp.timestamp_nanos_opt().map(WallNs),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_and_its_stamp_are_taken_out() {
        // The example event of the Lambda developer guide, "Using AWS Lambda with Amazon SNS",
        // with a message that needs unescaping.
        let event = r#"{"Records":[{"EventVersion":"1.0",
            "EventSubscriptionArn":"arn:aws:sns:us-east-1:123456789012:t:21be56ed-a058-49f5-8c98-aedd2564c486",
            "EventSource":"aws:sns","Sns":{"SignatureVersion":"1","Timestamp":"2019-01-02T12:45:07.123Z",
            "Signature":"x","SigningCertURL":"https://sns.example/cert.pem",
            "MessageId":"95df01b4-ee98-5cb9-9903-4c221d41eb5e","Message":"{\"id\":\"\\u0041\"}",
            "MessageAttributes":{},"Type":"Notification","UnsubscribeURL":"https://sns.example/",
            "TopicArn":"arn:aws:sns:us-east-1:123456789012:t","Subject":null}}]}"#;
        let messages = super::super::messages(event).unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].payload, r#"{"id":"\u0041"}"#);
        assert_eq!(messages[0].service_at, Some(WallNs::from_millis(1_546_433_107_123)));
    }
}
