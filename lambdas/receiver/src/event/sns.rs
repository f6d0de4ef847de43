//! SNS: one record per invocation, the message as a JSON string within it.

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
    #[serde(borrow, rename = "Sns")]
    sns: Content<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
    /// ISO 8601.
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
}

pub(super) fn messages(event: &str) -> Result<Vec<Delivered<'_>>, EventError> {
    let event: Event<'_> = serde_json::from_str(event)
        .map_err(|source| EventError::Malformed { shape: "SNS", source })?;
    let message = |Record { sns }| {
        let stamp = |json| stamp::from_iso_8601("Timestamp", json);
        let service_at = sns.timestamp.map(stamp).transpose()?;
        Ok(Delivered { payload: sns.message, service_at })
    };
    event.records.into_iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use wire::WallNs;

    /// The example event of the Lambda developer guide, "Using AWS Lambda with Amazon SNS", with a
    /// message that needs unescaping.
    fn event(at: &str) -> String {
        format!(
            r#"{{"Records":[{{"EventVersion":"1.0",
            "EventSubscriptionArn":"arn:aws:sns:us-east-1:123456789012:t:21be56ed-a058-49f5-8c98-aedd2564c486",
            "EventSource":"aws:sns","Sns":{{"SignatureVersion":"1","Timestamp":{at},
            "Signature":"x","SigningCertURL":"https://sns.example/cert.pem",
            "MessageId":"95df01b4-ee98-5cb9-9903-4c221d41eb5e","Message":"{{\"id\":\"\\u0041\"}}",
            "MessageAttributes":{{}},"Type":"Notification","UnsubscribeURL":"https://sns.example/",
            "TopicArn":"arn:aws:sns:us-east-1:123456789012:t","Subject":null}}}}]}}"#
        )
    }

    fn stamp(at: &str) -> Option<WallNs> {
        messages(&event(at)).unwrap()[0].service_at
    }

    #[test]
    fn the_message_and_its_stamp_are_taken_out() {
        let event = event(r#""2019-01-02T12:45:07.047Z""#);
        let messages = messages(&event).unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].payload, r#"{"id":"\u0041"}"#);
        assert_eq!(messages[0].service_at, Some(WallNs::from_millis(1_546_433_107_047)));
    }

    #[test]
    fn every_millisecond_of_a_second_is_read() {
        for ms in 0..1_000 {
            let at = WallNs::from_millis(1_546_433_107_000 + ms);
            let text = format!("2019-01-02T12:45:07.{ms:03}Z");
            assert_eq!(stamp(&format!("\"{text}\"")), Some(at), "{text}");
            let short = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
            assert_eq!(stamp(&format!("\"{short}Z\"")), Some(at), "{short}Z");
        }
    }

    #[test]
    fn microseconds_are_kept() {
        for micros in (0..1_000_000).step_by(37) {
            let at = WallNs(1_546_433_107_000_000_000 + micros * 1_000);
            let text = format!(r#""2019-01-02T12:45:07.{micros:06}Z""#);
            assert_eq!(stamp(&text), Some(at), "{text}");
        }
    }

    #[test]
    fn a_stamp_that_cannot_be_read_is_named_and_one_that_is_missing_is_none() {
        let error = messages(&event(r#""yesterday""#)).unwrap_err().to_string();
        assert!(error.contains(r#"Timestamp "yesterday""#), "{error}");
        assert_eq!(stamp("null"), None);
    }
}
