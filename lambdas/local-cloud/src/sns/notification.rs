//! The event with which SNS invokes a function.

use super::message::Message;

/// Writes the event of one message for one subscription.
///
/// `timestamp_ms` is when SNS took the message, in milliseconds since the epoch. The signature is
/// of the right form, but signs nothing.
pub(super) fn event(
    message: &Message<'_>,
    message_id: &str,
    topic_arn: &str,
    subscription_arn: &str,
    region: &str,
    timestamp_ms: u64,
) -> String {
    let mut event = String::with_capacity(message.text.len() + message.text.len() / 8 + 1_024);
    event.push_str(
        r#"{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"#,
    );
    push_string(&mut event, subscription_arn);
    event.push_str(r#","Sns":{"Type":"Notification","MessageId":"#);
    push_string(&mut event, message_id);
    event.push_str(r#","TopicArn":"#);
    push_string(&mut event, topic_arn);
    event.push_str(r#","Subject":"#);
    match message.subject {
        Some(subject) => push_string(&mut event, subject),
        None => event.push_str("null"),
    }
    event.push_str(r#","Message":"#);
    push_string(&mut event, &message.text);
    event.push_str(r#","Timestamp":"#);
    push_string(&mut event, &timestamp(timestamp_ms));
    event.push_str(r#","SignatureVersion":"1","Signature":"bG9jYWwtY2xvdWQ=","SigningCertUrl":"#);
    let host = format!("https://sns.{region}.amazonaws.com/");
    push_string(&mut event, &format!("{host}SimpleNotificationService-0.pem"));
    event.push_str(r#","UnsubscribeUrl":"#);
    push_string(
        &mut event,
        &format!("{host}?Action=Unsubscribe&SubscriptionArn={subscription_arn}"),
    );
    event.push_str(r#","MessageAttributes":{"#);
    for (place, (name, attribute)) in message.attributes.iter().enumerate() {
        if place > 0 {
            event.push(',');
        }
        push_string(&mut event, name);
        event.push_str(r#":{"Type":"#);
        push_string(&mut event, attribute.data_type);
        event.push_str(r#","Value":"#);
        push_string(&mut event, attribute.value);
        event.push('}');
    }
    event.push_str("}}}]}");
    event
}

/// `2026-11-23T20:24:15.123Z`
fn timestamp(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    format!("{:.3}", time.unwrap_or_default())
}

/// A JSON text; runs of characters that need no escape are copied whole.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..b' ' => "",
            _ => continue,
        };
        // All of these are single bytes, so both sides of one are whole characters.
        json.push_str(&text[plain_from..at]);
        if escape.is_empty() {
            json.push_str(&format!("\\u{byte:04x}"));
        } else {
            json.push_str(escape);
        }
        plain_from = at + 1;
    }
    json.push_str(&text[plain_from..]);
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::event::sns::SnsEvent;
    use std::collections::BTreeMap;

    #[test]
    fn the_event_is_what_a_function_expects() {
        let text = "line 1\nline \"2\" \\ \u{1} é 漢";
        let attribute = BTreeMap::from([
            ("Name", "colour"),
            ("Value.DataType", "String"),
            ("Value.StringValue", "red"),
        ]);
        let get = |name: &str| match name {
            "Message" => Some(text),
            "Subject" => Some("About"),
            _ => None,
        };
        let message = Message::check(get, &[attribute], 1_000).unwrap();
        let json = event(&message, "id-1", "arn:topic", "arn:sub", "us-east-1", 1_790_000_000_007);
        let event: SnsEvent = serde_json::from_str(&json).unwrap();
        let record = &event.records[0];
        assert_eq!(record.event_source, "aws:sns");
        assert_eq!(record.event_subscription_arn, "arn:sub");
        assert_eq!(record.sns.message, text);
        assert_eq!(record.sns.message_id, "id-1");
        assert_eq!(record.sns.topic_arn, "arn:topic");
        assert_eq!(record.sns.subject.as_deref(), Some("About"));
        assert_eq!(record.sns.message_attributes["colour"].value, "red");
        assert!(json.contains(r#""Timestamp":"2026-09-21T14:13:20.007Z""#), "{json}");
    }

    #[test]
    fn every_millisecond_of_a_second_is_written_with_all_its_digits() {
        for ms in 0..1_000 {
            let expected = format!("2026-09-21T14:13:20.{ms:03}Z");
            assert_eq!(timestamp(1_790_000_000_000 + ms), expected);
        }
    }
}
