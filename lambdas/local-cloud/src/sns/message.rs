//! A message as it is published: what is allowed in it, and what a function gets of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::invalid;
use crate::error::{ApiError, ApiResult};

/// A message with its attributes has at most so many bytes, if its topic does not say otherwise
/// (API reference, `Publish`).
pub(super) const MOST_BYTES: usize = 262_144;
/// A subject is shorter than this, in characters.
const SUBJECT_CHARS: usize = 100;

/// An attribute of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MessageAttribute<'a> {
    pub(super) data_type: &'a str,
    /// Base64 for binary types.
    pub(super) value: &'a str,
}

/// A message that may be published.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// What a function gets.
    pub(super) text: Cow<'a, str>,
    pub(super) subject: Option<&'a str>,
    pub(super) attributes: BTreeMap<&'a str, MessageAttribute<'a>>,
}

impl<'a> Message<'a> {
    /// Checks a message; `members` gives its parameters by name, `attributes` those of the map
    /// `MessageAttributes.entry`.
    pub(super) fn check(
        member: impl Fn(&str) -> Option<&'a str>,
        attributes: &[BTreeMap<&'a str, &'a str>],
        most_bytes: usize,
    ) -> ApiResult<Self> {
        let text = member("Message")
            .ok_or_else(|| invalid("Message Reason: no value for required parameter"))?;
        if text.is_empty() {
            return Err(invalid("Empty message"));
        }
        let subject = member("Subject");
        if subject.is_some_and(|subject| !is_subject(subject)) {
            return Err(invalid("Subject"));
        }
        for parameter in ["MessageDeduplicationId", "MessageGroupId"] {
            if member(parameter).is_some() {
                return Err(invalid(format_args!(
                    "{parameter} Reason: The request includes {parameter} parameter that is not \
                     valid for this topic type"
                )));
            }
        }
        let attributes = attributes.iter().map(attribute).collect::<ApiResult<BTreeMap<_, _>>>()?;
        let of_attributes: usize =
            attributes.iter().map(|(name, a)| name.len() + a.data_type.len() + a.value.len()).sum();
        let bytes = text.len() + of_attributes;
        if bytes > most_bytes {
            return Err(invalid(format_args!(
                "Message too long: {bytes} bytes, where {most_bytes} are allowed"
            )));
        }
        let text = match member("MessageStructure") {
            None => Cow::Borrowed(text),
            Some("json") => Cow::Owned(of_structure(text)?),
            Some(other) => {
                return Err(invalid(format_args!("MessageStructure Reason: unknown '{other}'")));
            }
        };
        Ok(Self { text, subject, attributes })
    }
}

/// Text of printable ASCII that begins with a letter, number or punctuation mark (API reference).
fn is_subject(subject: &str) -> bool {
    !subject.is_empty()
        && subject.len() <= SUBJECT_CHARS
        && !subject.starts_with(' ')
        && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// What functions get of a message that says something else to each protocol.
fn of_structure(text: &str) -> ApiResult<String> {
    let mut texts: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|problem| {
        invalid(format_args!("Message Structure - JSON message body failed to parse: {problem}"))
    })?;
    let for_function = texts.remove("lambda");
    let default = texts
        .remove("default")
        .ok_or_else(|| invalid("Message Structure - No default entry in JSON message body"))?;
    match for_function.unwrap_or(default) {
        Value::String(text) => Ok(text),
        other => Err(invalid(format_args!("Message Structure - '{other}' is not a text"))),
    }
}

fn attribute<'a>(
    members: &BTreeMap<&'a str, &'a str>,
) -> ApiResult<(&'a str, MessageAttribute<'a>)> {
    let wrong = |message: String| ApiError::new(400, "ParameterValueInvalid", message);
    let name = *members
        .get("Name")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| wrong("A message attribute has no name.".to_owned()))?;
    let data_type = *members.get("Value.DataType").ok_or_else(|| {
        wrong(format!("The message attribute '{name}' must contain a message attribute type."))
    })?;
    let member = match data_type.split('.').next() {
        Some("String" | "Number") => "Value.StringValue",
        Some("Binary") => "Value.BinaryValue",
        _ => {
            return Err(wrong(format!(
                "The message attribute '{name}' has an invalid message attribute type '{data_type}': \
                 the supported type prefixes are Binary, Number, and String."
            )));
        }
    };
    let value = *members.get(member).filter(|value| !value.is_empty()).ok_or_else(|| {
        wrong(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for \
             message attribute type '{data_type}'."
        ))
    })?;
    if data_type.starts_with("Number") && !value.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(wrong(format!(
            "Could not cast message attribute '{name}' value to number: '{value}'."
        )));
    }
    Ok((name, MessageAttribute { data_type, value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(members: &[(&str, &'static str)]) -> ApiResult<Message<'static>> {
        let get = |name: &str| members.iter().find(|(key, _)| *key == name).map(|(_, v)| *v);
        Message::check(get, &[], 20)
    }

    #[test]
    fn a_message_has_a_text_that_is_not_too_long() {
        assert_eq!(check(&[("Message", "hello")]).unwrap().text, "hello");
        assert_eq!(check(&[("Message", "a".repeat(20).leak())]).unwrap().text.len(), 20);
        for message in ["", "a".repeat(21).leak()] {
            assert_eq!(check(&[("Message", message)]).unwrap_err().code, "InvalidParameter");
        }
        assert_eq!(check(&[]).unwrap_err().code, "InvalidParameter");
    }

    #[test]
    fn a_subject_is_short_and_printable() {
        let with = |subject| check(&[("Message", "m"), ("Subject", subject)]);
        assert_eq!(with("A subject!").unwrap().subject, Some("A subject!"));
        for wrong in ["", " x", "a\nb", "é", "a".repeat(101).leak()] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_structured_message_says_something_to_functions_or_to_all() {
        let with = |text: &'static str| {
            let get = |name: &str| match name {
                "Message" => Some(text),
                "MessageStructure" => Some("json"),
                _ => None,
            };
            Message::check(get, &[], 1_000).map(|message| message.text.into_owned())
        };
        assert_eq!(with(r#"{"default":"d","lambda":"l"}"#).unwrap(), "l");
        assert_eq!(with(r#"{"default":"d","sqs":"s"}"#).unwrap(), "d");
        for wrong in [r#"{"lambda":"l"}"#, "text", r#"{"default":1}"#] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn attributes_have_a_known_type_and_a_value_of_it() {
        let with = |data_type: &'static str, member: &'static str, value: &'static str| {
            let map =
                BTreeMap::from([("Name", "n"), ("Value.DataType", data_type), (member, value)]);
            // The limit counts name, type and value of an attribute beside the text.
            Message::check(|name| (name == "Message").then_some("m"), &[map], 1 + 1 + 6 + 4)
        };
        let message = with("String", "Value.StringValue", "four").unwrap();
        assert_eq!(message.attributes["n"].value, "four");
        assert_eq!(
            with("String", "Value.StringValue", "fives").unwrap_err().code,
            "InvalidParameter"
        );
        assert!(with("Number.a", "Value.StringValue", "-1").is_ok());
        assert!(with("Binary", "Value.BinaryValue", "AA==").is_ok());
        for (data_type, member, value) in [
            ("Number", "Value.StringValue", "one"),
            ("Colour", "Value.StringValue", "red"),
            ("String", "Value.BinaryValue", "AA=="),
            ("String", "Value.StringValue", ""),
        ] {
            let error = with(data_type, member, value).unwrap_err();
            assert_eq!(error.code, "ParameterValueInvalid", "{data_type}");
        }
    }
}
