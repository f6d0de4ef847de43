//! Attributes of queues: which there are, and what they may be (API reference, `CreateQueue` and
//! `SetQueueAttributes`).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::answer::invalid;
use crate::arn::Arn;
use crate::error::{ApiError, ApiResult};

/// A message with its attributes has at most so many bytes; a batch too.
pub(crate) const MOST_MESSAGE_BYTES: u32 = 1_048_576;
/// A message is hidden for at most so many seconds: 12 hours.
pub(crate) const MOST_VISIBILITY_S: u32 = 43_200;
/// A message is delayed for at most so many seconds.
pub(crate) const MOST_DELAY_S: u32 = 900;
/// A receive waits for at most so many seconds.
pub(crate) const MOST_WAIT_S: u32 = 20;

/// What can be set of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) visibility_timeout_s: u32,
    pub(crate) delay_s: u32,
    pub(crate) maximum_message_bytes: u32,
    pub(crate) retention_s: u32,
    pub(crate) receive_wait_s: u32,
    pub(crate) redrive: Option<Redrive>,
    /// Kept and shown, without effect.
    other: BTreeMap<String, String>,
}

/// When a message goes to a dead-letter queue, and to which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redrive {
    pub(crate) target_arn: String,
    /// A message is received so often; the next time it is buried instead.
    pub(crate) maximum_receives: u32,
    /// As it was given.
    text: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            visibility_timeout_s: 30,
            delay_s: 0,
            maximum_message_bytes: MOST_MESSAGE_BYTES,
            retention_s: 345_600,
            receive_wait_s: 0,
            redrive: None,
            other: BTreeMap::from([("SqsManagedSseEnabled".to_owned(), "true".to_owned())]),
        }
    }
}

impl Attributes {
    /// Takes over what is given.
    ///
    /// # Errors
    /// `InvalidAttributeName`, `InvalidAttributeValue`, or `InvalidParameterValue` for a redrive
    /// policy; nothing is changed for good then, as callers work on a copy.
    pub(crate) fn apply(&mut self, given: &BTreeMap<String, String>) -> ApiResult<()> {
        for (name, value) in given {
            match name.as_str() {
                "VisibilityTimeout" => {
                    self.visibility_timeout_s = number(name, value, 0..=MOST_VISIBILITY_S)?;
                }
                "DelaySeconds" => self.delay_s = number(name, value, 0..=MOST_DELAY_S)?,
                "MaximumMessageSize" => {
                    self.maximum_message_bytes = number(name, value, 1_024..=MOST_MESSAGE_BYTES)?;
                }
                "MessageRetentionPeriod" => {
                    self.retention_s = number(name, value, 60..=1_209_600)?;
                }
                "ReceiveMessageWaitTimeSeconds" => {
                    self.receive_wait_s = number(name, value, 0..=MOST_WAIT_S)?;
                }
                "RedrivePolicy" if value.is_empty() => self.redrive = None,
                "RedrivePolicy" => self.redrive = Some(redrive(value)?),
                "KmsDataKeyReusePeriodSeconds" => {
                    number(name, value, 60..=86_400)?;
                    self.other.insert(name.clone(), value.clone());
                }
                "SqsManagedSseEnabled" if !matches!(value.as_str(), "true" | "false") => {
                    return Err(wrong_value(name));
                }
                "Policy" | "RedriveAllowPolicy"
                    if !value.is_empty()
                        && serde_json::from_str::<serde_json::Map<_, _>>(value).is_err() =>
                {
                    return Err(wrong_value(name));
                }
                "Policy" | "RedriveAllowPolicy" | "KmsMasterKeyId" | "SqsManagedSseEnabled" => {
                    if value.is_empty() {
                        self.other.remove(name);
                    } else {
                        self.other.insert(name.clone(), value.clone());
                    }
                }
                _ => return Err(unknown(name)),
            }
        }
        Ok(())
    }

    /// As `GetQueueAttributes` shows them.
    pub(crate) fn show(&self) -> BTreeMap<String, String> {
        let mut shown = self.other.clone();
        let numbers = [
            ("VisibilityTimeout", self.visibility_timeout_s),
            ("DelaySeconds", self.delay_s),
            ("MaximumMessageSize", self.maximum_message_bytes),
            ("MessageRetentionPeriod", self.retention_s),
            ("ReceiveMessageWaitTimeSeconds", self.receive_wait_s),
        ];
        shown.extend(numbers.map(|(name, value)| (name.to_owned(), value.to_string())));
        if let Some(redrive) = &self.redrive {
            shown.insert("RedrivePolicy".to_owned(), redrive.text.clone());
        }
        shown
    }
}

/// The error for an attribute that queues do not have.
pub(crate) fn unknown(name: &str) -> ApiError {
    ApiError::new(400, "InvalidAttributeName", format!("Unknown Attribute {name}."))
}

fn wrong_value(name: &str) -> ApiError {
    ApiError::new(400, "InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

fn number(name: &str, value: &str, bounds: RangeInclusive<u32>) -> ApiResult<u32> {
    value.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
        let mut error = wrong_value(name);
        error.message.push_str(&format!(
            " '{value}' is not a number between {} and {}.",
            bounds.start(),
            bounds.end()
        ));
        error
    })
}

/// Reads `{"deadLetterTargetArn":"...","maxReceiveCount":3}`, also with the number as a text.
fn redrive(text: &str) -> ApiResult<Redrive> {
    let wrong = |reason: &str| {
        invalid(format!("Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"))
    };
    let policy: Value =
        serde_json::from_str(text).map_err(|_| wrong("Redrive policy is not a valid JSON map."))?;
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let target = target
        .filter(|target| Arn::parse(target).is_some_and(|arn| arn.service == "sqs"))
        .ok_or_else(|| wrong("deadLetterTargetArn must be the ARN of a queue."))?;
    let receives = match policy.get("maxReceiveCount") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let receives = receives
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| (1..=1_000).contains(count))
        .ok_or_else(|| {
            wrong("Invalid value for maxReceiveCount, valid values are from 1 to 1000.")
        })?;
    Ok(Redrive { target_arn: target.to_owned(), maximum_receives: receives, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(name: &str, value: &str) -> ApiResult<Attributes> {
        let mut attributes = Attributes::default();
        attributes.apply(&BTreeMap::from([(name.to_owned(), value.to_owned())]))?;
        Ok(attributes)
    }

    #[test]
    fn each_attribute_is_taken_within_its_bounds() {
        for (name, low, high) in [
            ("VisibilityTimeout", 0, 43_200),
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1_024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ] {
            for value in [low, high] {
                let shown = apply(name, &value.to_string()).unwrap().show();
                assert_eq!(shown[name], value.to_string());
            }
            for wrong in [low - 1, high + 1] {
                let error = apply(name, &wrong.to_string()).unwrap_err();
                assert_eq!(error.code, "InvalidAttributeValue", "{name} {wrong}");
            }
        }
        assert_eq!(apply("Colour", "red").unwrap_err().code, "InvalidAttributeName");
        assert_eq!(apply("Policy", "none").unwrap_err().code, "InvalidAttributeValue");
    }

    #[test]
    fn a_redrive_policy_names_a_queue_and_a_count() {
        let with = |count: &str| {
            format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:r:1:d","maxReceiveCount":{count}}}"#)
        };
        for count in ["3", "\"3\""] {
            let redrive = apply("RedrivePolicy", &with(count)).unwrap().redrive.unwrap();
            assert_eq!(
                (redrive.maximum_receives, redrive.target_arn.as_str()),
                (3, "arn:aws:sqs:r:1:d")
            );
        }
        for wrong in [with("0"), with("1001"), with("null"), "{}".into(), "x".into()] {
            assert_eq!(apply("RedrivePolicy", &wrong).unwrap_err().code, "InvalidParameterValue");
        }
        assert_eq!(apply("RedrivePolicy", "").unwrap().redrive, None);
    }
}
