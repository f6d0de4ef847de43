//! The event of an invocation with messages of a queue:
//! `{"Records":[{"messageId":"...","body":"...","eventSource":"aws:sqs",...}]}`.

use std::fmt::Write as _;

use super::event::push_json_string;
use crate::sqs::{Delivery, md5_of_attributes, system_attributes};

/// What all records of a mapping's events have in common.
#[derive(Debug)]
pub(crate) struct QueueEventFrame {
    account: String,
    /// The end of a record, ready to be copied.
    tail: String,
}

impl QueueEventFrame {
    pub(crate) fn new(queue_arn: &str, account: &str, region: &str) -> Self {
        let text = |value: &str| serde_json::Value::from(value).to_string();
        Self {
            account: account.to_owned(),
            tail: format!(
                r#","eventSource":"aws:sqs","eventSourceARN":{},"awsRegion":{}}}"#,
                text(queue_arn),
                text(region)
            ),
        }
    }

    /// Writes the event of these messages, straight into one text.
    pub(crate) fn write(&self, deliveries: &[Delivery]) -> String {
        let len: usize = deliveries.iter().map(|delivery| delivery.message.event_bytes).sum();
        let mut event = String::with_capacity(len + 32);
        event.push_str(r#"{"Records":["#);
        for (place, delivery) in deliveries.iter().enumerate() {
            if place > 0 {
                event.push(',');
            }
            self.write_record(&mut event, delivery);
        }
        event.push_str("]}");
        event
    }

    fn write_record(&self, event: &mut String, delivery: &Delivery) {
        let message = &delivery.message;
        // Writing to a String cannot fail.
        let _ = write!(
            event,
            r#"{{"messageId":"{}","receiptHandle":"{}","body":"#,
            message.id,
            delivery.receipt.encode()
        );
        push_json_string(event, &message.body);
        event.push_str(r#","attributes":{"#);
        let attributes = system_attributes(&self.account, delivery);
        for (place, (name, value)) in attributes.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let _ = write!(event, r#"{comma}"{name}":"#);
            push_json_string(event, value);
        }
        event.push_str(r#"},"messageAttributes":{"#);
        for (place, (name, attribute)) in message.attributes.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let _ = write!(event, r#"{comma}"{name}":{{"#);
            for (member, value) in
                [("stringValue", &attribute.string_value), ("binaryValue", &attribute.binary_value)]
            {
                if let Some(value) = value {
                    let _ = write!(event, r#""{member}":"#);
                    push_json_string(event, value);
                    event.push(',');
                }
            }
            event.push_str(r#""stringListValues":[],"binaryListValues":[],"dataType":"#);
            push_json_string(event, &attribute.data_type);
            event.push('}');
        }
        let _ = write!(event, r#"}},"md5OfBody":"{}""#, message.md5_of_body);
        if let Some(md5) = md5_of_attributes(&message.attributes) {
            let _ = write!(event, r#","md5OfMessageAttributes":"{md5}""#);
        }
        event.push_str(&self.tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::event::sqs::SqsEvent;

    #[test]
    fn the_event_is_what_a_function_expects() {
        let delivery = crate::sqs::delivery_for_tests("wei\"rd\n");
        let frame = QueueEventFrame::new("arn:queue", "000000000000", "us-east-1");
        let text = frame.write(&[delivery]);
        let event: SqsEvent = serde_json::from_str(&text).unwrap();
        let record = &event.records[0];
        assert_eq!(record.body.as_deref(), Some("wei\"rd\n"));
        assert_eq!(record.event_source.as_deref(), Some("aws:sqs"));
        assert_eq!(record.event_source_arn.as_deref(), Some("arn:queue"));
        assert_eq!(record.aws_region.as_deref(), Some("us-east-1"));
        assert_eq!(record.attributes["SentTimestamp"], "1790000000007");
        assert_eq!(record.attributes["ApproximateReceiveCount"], "2");
        assert_eq!(record.attributes["ApproximateFirstReceiveTimestamp"], "1790000000009");
        assert_eq!(record.attributes["SenderId"], "000000000000");
        let attribute = &record.message_attributes["name"];
        assert_eq!(attribute.string_value.as_deref(), Some("value"));
        assert_eq!(attribute.data_type.as_deref(), Some("String"));
        assert!(record.md5_of_message_attributes.is_some());
    }
}
