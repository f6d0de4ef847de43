//! A message: what may be sent, and the digests by which clients check it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::answer::invalid;
use crate::error::{ApiError, ApiResult};
use crate::queue_memory::QueueShare;

/// A message has at most so many attributes.
const MOST_ATTRIBUTES: usize = 10;
/// The name of an attribute has at most so many characters.
const MOST_NAME_CHARS: usize = 256;

/// A message that was sent.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: Box<str>,
    pub(crate) md5_of_body: String,
    pub(crate) attributes: BTreeMap<String, MessageAttribute>,
    /// `AWSTraceHeader`.
    pub(crate) trace_header: Option<String>,
    pub(crate) group_id: Option<String>,
    /// When it was taken, in milliseconds since the epoch.
    pub(crate) sent_ms: u64,
    /// What it takes in an event of Lambda, in bytes, at most.
    pub(crate) event_bytes: usize,
    /// Its share of the memory for queued messages, given back when it is forgotten.
    #[expect(dead_code, reason = "held for what its drop gives back")]
    pub(crate) share: QueueShare,
}

/// An attribute of a message, as clients send and get it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessageAttribute {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    /// Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
    #[serde(default)]
    pub(crate) data_type: String,
}

impl MessageAttribute {
    /// What counts of it for the size of a message: its type and its value, in bytes.
    fn bytes(&self) -> usize {
        let binary = self.binary_value.as_ref().map_or(0, |text| text.len() / 4 * 3);
        self.data_type.len() + self.string_value.as_ref().map_or(binary, String::len)
    }
}

/// The size of a message, in bytes: its body and its attributes with their names and types.
pub(crate) fn size(body: &str, attributes: &BTreeMap<String, MessageAttribute>) -> usize {
    let of_attributes: usize = attributes.iter().map(|(name, a)| name.len() + a.bytes()).sum();
    body.len() + of_attributes
}

/// What a message takes in an event of Lambda beside its body and attributes, in bytes: field names,
/// digests, times, ARN, receipt handle and so on, rounded up.
const EVENT_FRAME_BYTES: usize = 2_048;

/// What a message takes in an event of Lambda, in bytes, at most.
pub(crate) fn event_bytes(body: &str, attributes: &BTreeMap<String, MessageAttribute>) -> usize {
    // Quotes, backslashes and the three control characters that are allowed take two bytes in JSON.
    let escaped = |text: &str| text.bytes().filter(|b| *b < b' ' || b"\"\\".contains(b)).count();
    let of_attribute = |(name, attribute): (&String, &MessageAttribute)| {
        let text = attribute.string_value.as_deref().unwrap_or_default();
        let binary = attribute.binary_value.as_ref().map_or(0, String::len);
        name.len() + attribute.data_type.len() + text.len() + escaped(text) + binary + 128
    };
    let of_attributes: usize = attributes.iter().map(of_attribute).sum();
    body.len() + escaped(body) + of_attributes + EVENT_FRAME_BYTES
}

/// Checks what is to be sent.
///
/// # Errors
/// `MissingParameter` for an empty body, `InvalidMessageContents`, or `InvalidParameterValue` for
/// an attribute or for too large a message.
pub(crate) fn check(
    body: &str,
    attributes: &BTreeMap<String, MessageAttribute>,
    most_bytes: u32,
) -> ApiResult<()> {
    if body.is_empty() {
        return Err(ApiError::new(
            400,
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ));
    }
    if !body.chars().all(is_allowed) {
        return Err(ApiError::new(
            400,
            "InvalidMessageContents",
            "The message contains characters outside the allowed set: #x9 | #xA | #xD | #x20 to \
             #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
        ));
    }
    if attributes.len() > MOST_ATTRIBUTES {
        return Err(invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    for (name, attribute) in attributes {
        check_attribute(name, attribute)?;
    }
    let bytes = size(body, attributes);
    if bytes > most_bytes as usize {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most_bytes} \
             bytes, not {bytes}."
        )));
    }
    Ok(())
}

/// The characters that a message may have (API reference, `SendMessage`).
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn check_attribute(name: &str, attribute: &MessageAttribute) -> ApiResult<()> {
    let is_name = (1..=MOST_NAME_CHARS).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..");
    if !is_name {
        return Err(invalid(format!(
            "Message attribute name '{name}' is invalid: it may have letters, digits, _, - and \
             single dots within."
        )));
    }
    let base = attribute.data_type.split('.').next().unwrap_or_default();
    let (string, binary) = (attribute.string_value.as_deref(), attribute.binary_value.as_deref());
    let is_value = match base {
        "String" => string.is_some_and(|text| !text.is_empty() && text.chars().all(is_allowed)),
        "Number" => string.is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite)),
        "Binary" => binary.is_some_and(|text| !text.is_empty() && STANDARD.decode(text).is_ok()),
        _ => {
            return Err(invalid(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    if !is_value {
        return Err(invalid(format!(
            "The message attribute '{name}' with type '{base}' must have a value of that type."
        )));
    }
    Ok(())
}

/// The MD5 of a text, in hexadecimal.
pub(crate) fn md5_of_body(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

/// The MD5 of attributes, in hexadecimal; none of no attributes (developer guide, "Calculating the
/// MD5 message digest for message attributes").
pub(crate) fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a MessageAttribute)>,
) -> Option<String> {
    let mut text = Vec::new();
    // They are in order of their names, as the digest wants them.
    for (name, attribute) in attributes {
        push(&mut text, name.as_bytes());
        push(&mut text, attribute.data_type.as_bytes());
        match (&attribute.string_value, &attribute.binary_value) {
            (Some(value), _) => {
                text.push(1);
                push(&mut text, value.as_bytes());
            }
            (None, value) => {
                text.push(2);
                // It could be decoded when the message was checked.
                let value = STANDARD.decode(value.as_deref().unwrap_or_default());
                push(&mut text, &value.unwrap_or_default());
            }
        }
    }
    (!text.is_empty()).then(|| hex(&Md5::digest(&text)))
}

/// Writes a part of the digest's text: its length in four bytes, then itself.
fn push(text: &mut Vec<u8>, part: &[u8]) {
    text.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    text.extend_from_slice(part);
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(data_type: &str, string: Option<&str>, binary: Option<&str>) -> MessageAttribute {
        MessageAttribute {
            string_value: string.map(Into::into),
            binary_value: binary.map(Into::into),
            data_type: data_type.into(),
        }
    }

    fn attributes() -> BTreeMap<String, MessageAttribute> {
        BTreeMap::from([
            ("b".to_owned(), attribute("Binary", None, Some("AAEC"))),
            ("a".to_owned(), attribute("String.name", Some("value"), None)),
            ("n".to_owned(), attribute("Number", Some("-1.5"), None)),
        ])
    }

    #[test]
    fn digests_are_those_of_the_service() {
        assert_eq!(md5_of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(md5_of_attributes(&BTreeMap::new()), None);
        // From Python's hashlib, over the bytes that the developer guide describes.
        assert_eq!(md5_of_attributes(&attributes()).unwrap(), "9c6aff8979ff079ebdb977d077dc6d69");
    }

    #[test]
    fn the_size_counts_names_types_and_values() {
        // a + String.name + value, b + Binary + 3 bytes, n + Number + -1.5
        assert_eq!(size("body", &attributes()), 4 + (1 + 11 + 5) + (1 + 6 + 3) + (1 + 6 + 4));
    }

    #[test]
    fn what_may_not_be_sent_is_named() {
        let none = BTreeMap::new();
        let code = |body: &str, most| check(body, &none, most).unwrap_err().code;
        assert_eq!(check("four", &none, 4), Ok(()));
        assert_eq!(code("fives", 4), "InvalidParameterValue");
        assert_eq!(code("", 4), "MissingParameter");
        assert_eq!(code("\u{1}", 4), "InvalidMessageContents");
        for (name, wrong) in [
            ("a", attribute("Colour", Some("red"), None)),
            ("a", attribute("Number", Some("one"), None)),
            ("a", attribute("String", None, Some("AAEC"))),
            ("a", attribute("Binary", None, Some("no base64"))),
            (".a", attribute("String", Some("x"), None)),
        ] {
            let error = check("x", &BTreeMap::from([(name.to_owned(), wrong)]), 1_000);
            assert_eq!(error.unwrap_err().code, "InvalidParameterValue", "{name}");
        }
        let many = (0..11).map(|i| (format!("a{i}"), attribute("String", Some("x"), None)));
        assert!(check("x", &many.collect(), 1_000).is_err());
        assert_eq!(check("x", &attributes(), 1_000), Ok(()));
    }
}
