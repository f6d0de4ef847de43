//! Log streams and lines that come through the API; the functions' own lines do not come here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{already_exists, existing_group, invalid, no_such_stream, required};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};

/// Limits of `PutLogEvents` (API reference).
const MOST_EVENTS: usize = 10_000;
const MOST_BYTES: usize = 1_048_576;
const EVENT_OVERHEAD_BYTES: usize = 26;
const DAY_MS: u64 = 86_400_000;
const OLDEST_MS: u64 = 14 * DAY_MS;
const NEWEST_MS: u64 = 2 * 3_600_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamName {
    log_group_name: Option<String>,
    log_stream_name: Option<String>,
}

pub(super) fn create_stream(cloud: &Cloud, input: StreamName) -> ApiResult<Value> {
    let group = existing_group(cloud, &required(input.log_group_name, "logGroupName")?)?;
    let name = required(input.log_stream_name, "logStreamName")?;
    if !(1..=512).contains(&name.len()) || name.contains([':', '*']) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [^:*]* and have 1 to 512 \
             characters"
        )));
    }
    match group.create(&name, cloud.now_ms()) {
        Ok(_) => Ok(json!({})),
        Err(_) => Err(already_exists("stream", &name)),
    }
}

pub(super) fn delete_stream(cloud: &Cloud, input: StreamName) -> ApiResult<Value> {
    let group = existing_group(cloud, &required(input.log_group_name, "logGroupName")?)?;
    let name = required(input.log_stream_name, "logStreamName")?;
    if group.delete(&name) { Ok(json!({})) } else { Err(no_such_stream(&name)) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutEvents {
    log_group_name: Option<String>,
    log_stream_name: Option<String>,
    log_events: Option<Vec<InputEvent>>,
}

#[derive(Deserialize)]
pub(super) struct InputEvent {
    timestamp: Option<i64>,
    message: Option<String>,
}

pub(super) fn put_events(cloud: &Cloud, input: PutEvents) -> ApiResult<Value> {
    let group = existing_group(cloud, &required(input.log_group_name, "logGroupName")?)?;
    let name = required(input.log_stream_name, "logStreamName")?;
    let stream = group.get(&name).ok_or_else(|| no_such_stream(&name))?;
    let events = required(input.log_events, "logEvents")?
        .into_iter()
        .map(|event| {
            let message = required(event.message, "logEvents.1.member.message")?;
            let time = required(event.timestamp, "logEvents.1.member.timestamp")?;
            let time = u64::try_from(time)
                .map_err(|_| invalid(format!("a timestamp is at least 0, not {time}")))?;
            Ok((time, message))
        })
        .collect::<ApiResult<Vec<_>>>()?;
    check(&events)?;
    let now = cloud.now_ms();
    let retention = group.settings().retention_days.map(|days| u64::from(days) * DAY_MS);
    let range = accepted(&events, now, retention.unwrap_or(u64::MAX));
    let rejected = range.rejected(events.len());
    for (time, message) in &events[range.first..range.end.max(range.first)] {
        stream.append_late(*time, now, message.as_str());
    }
    let mut answer = json!({ "nextSequenceToken": "0".repeat(56) });
    if let Some(rejected) = rejected {
        answer["rejectedLogEventsInfo"] = rejected;
    }
    Ok(answer)
}

fn check(events: &[(u64, String)]) -> ApiResult<()> {
    if events.is_empty() || events.len() > MOST_EVENTS {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: \
             Member must have between 1 and {MOST_EVENTS} events, not {}",
            events.len()
        )));
    }
    if events.iter().any(|(_, message)| message.is_empty()) {
        return Err(invalid(
            "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to \
             satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    if !events.is_sorted_by_key(|(time, _)| *time) {
        return Err(invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let bytes: usize = events.iter().map(|(_, text)| text.len() + EVENT_OVERHEAD_BYTES).sum();
    if bytes > MOST_BYTES {
        return Err(invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MOST_BYTES}"
        )));
    }
    let span = events.last().map_or(0, |last| last.0) - events.first().map_or(0, |first| first.0);
    if span > DAY_MS {
        return Err(ApiError::new(
            400,
            "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 \
             hours.",
        ));
    }
    Ok(())
}

/// The events of a batch that are neither too old nor too new.
#[derive(Debug, PartialEq)]
struct Accepted {
    first: usize,
    end: usize,
    expired: usize,
}

fn accepted(events: &[(u64, String)], now_ms: u64, retention_ms: u64) -> Accepted {
    let before = |time: u64| events.partition_point(|event| event.0 < time);
    let expired = before(now_ms.saturating_sub(retention_ms));
    let too_old = before(now_ms.saturating_sub(OLDEST_MS));
    let end = events.partition_point(|event| event.0 <= now_ms + NEWEST_MS);
    Accepted { first: too_old.max(expired), end, expired }
}

impl Accepted {
    fn rejected(&self, events: usize) -> Option<Value> {
        let mut info = json!({});
        if self.end < events {
            info["tooNewLogEventStartIndex"] = self.end.into();
        }
        if self.expired > 0 {
            info["expiredLogEventEndIndex"] = self.expired.into();
        }
        if self.first > self.expired {
            info["tooOldLogEventEndIndex"] = self.first.into();
        }
        info.as_object().is_some_and(|info| !info.is_empty()).then_some(info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(times: &[u64]) -> Vec<(u64, String)> {
        times.iter().map(|time| (*time, "x".to_owned())).collect()
    }

    #[test]
    fn what_is_too_old_or_too_new_is_told_by_its_place() {
        let now = 100 * DAY_MS;
        let times = [now - 15 * DAY_MS, now - 2 * DAY_MS, now, now + NEWEST_MS + 1];
        let range = accepted(&events(&times), now, u64::MAX);
        assert_eq!(range, Accepted { first: 1, end: 3, expired: 0 });
        let info = range.rejected(4).unwrap();
        assert_eq!(info, json!({"tooNewLogEventStartIndex": 3, "tooOldLogEventEndIndex": 1}));
        let range = accepted(&events(&times[1..3]), now, DAY_MS);
        assert_eq!(range.rejected(2).unwrap(), json!({"expiredLogEventEndIndex": 1}));
        assert_eq!(accepted(&events(&[now]), now, DAY_MS).rejected(1), None);
    }

    #[test]
    fn a_batch_is_in_order_within_a_day_and_not_too_large() {
        let code = |events: &[(u64, String)]| check(events).unwrap_err().code;
        assert!(check(&events(&[1, 1, 2])).is_ok());
        assert_eq!(code(&events(&[2, 1])), "InvalidParameterException");
        assert_eq!(code(&events(&[0, DAY_MS + 1])), "InvalidParameterException");
        assert_eq!(code(&events(&[])), "InvalidParameterException");
        assert_eq!(code(&[(1, String::new())]), "InvalidParameterException");
        assert_eq!(code(&[(1, "x".repeat(MOST_BYTES))]), "InvalidParameterException");
    }
}
