//! Synchronous and asynchronous invoke: the event is the message.

use super::Delivered;

pub(super) fn messages(event: &str) -> Vec<Delivered<'_>> {
    vec![Delivered { payload: event.into(), service_at: None }]
}
