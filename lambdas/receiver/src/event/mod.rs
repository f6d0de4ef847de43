//! The event shapes in which the transports hand messages to B: a file for each.

mod invoke;
mod kinesis;
mod sns;
mod sqs;
mod stamp;

use std::borrow::Cow;

use serde::Deserialize;
use wire::WallNs;

/// One message as it came out of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delivered<'a> {
    /// What A handed to the service.
    pub(crate) payload: Cow<'a, str>,
    /// The service's own stamp, where it adds one: exactly what the event says.
    pub(crate) service_at: Option<WallNs>,
}

/// Why an event could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    /// The event has the shape of a service's, but not its content.
    #[error("this {shape} event cannot be read: {source}")]
    Malformed { shape: &'static str, source: serde_json::Error },
    /// Records of a service that is no transport.
    #[error("records of {0:?} are not expected: expected aws:sns, aws:kinesis or aws:sqs")]
    UnknownSource(String),
    /// A record's data is no text.
    #[error("a {shape} record holds bytes that are no UTF-8 text")]
    NotText { shape: &'static str },
    /// A record's data is no base64.
    #[error("the data of a {shape} record is not base64: {source}")]
    NotBase64 { shape: &'static str, source: base64::DecodeError },
    /// The service's stamp is there and cannot be read. A wrong one would pass for a measurement,
    /// and none for a service that adds none.
    #[error(transparent)]
    Stamp(#[from] stamp::StampError),
}

/// Just enough of an event to tell the service that made it.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<RecordShape<'a>>>,
}

#[derive(Deserialize)]
struct RecordShape<'a> {
    #[serde(borrow, alias = "EventSource", rename = "eventSource")]
    event_source: Cow<'a, str>,
}

/// Takes the messages out of an event of whatever shape.
///
/// # Errors
/// [`EventError`] when it has the shape of a service's event but cannot be read as one. Anything
/// without `Records` counts as what a direct invoke hands over: the message itself.
pub(crate) fn messages(event: &str) -> Result<Vec<Delivered<'_>>, EventError> {
    // A handoff message starts with its id and needs no second look, however long it is.
    if event.starts_with(r#"{"id":"#) {
        return Ok(invoke::messages(event));
    }
    let Ok(Shape { records: Some(records) }) = serde_json::from_str::<Shape<'_>>(event) else {
        return Ok(invoke::messages(event));
    };
    match records.first().map(|record| record.event_source.as_ref()) {
        None => Ok(Vec::new()),
        Some("aws:sns") => sns::messages(event),
        Some("aws:kinesis") => kinesis::messages(event),
        Some("aws:sqs") => sqs::messages(event),
        Some(other) => Err(EventError::UnknownSource(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_an_unexpected_service_are_named() {
        let error = messages(r#"{"Records":[{"eventSource":"aws:s3"}]}"#).unwrap_err();
        assert!(error.to_string().contains("aws:s3"));
    }

    #[test]
    fn an_event_without_records_is_the_message_itself() {
        for event in [r#"{"id":"x"}"#, r#"{"hello":1}"#, "[1,2]"] {
            let messages = messages(event).unwrap();
            assert_eq!(messages, [Delivered { payload: event.into(), service_at: None }]);
        }
    }

    #[test]
    fn a_malformed_service_event_is_an_error() {
        let error = messages(r#"{"Records":[{"EventSource":"aws:sns"}]}"#).unwrap_err();
        assert!(error.to_string().contains("SNS"), "{error}");
    }
}
