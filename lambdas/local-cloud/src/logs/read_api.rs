//! `FilterLogEvents`, `GetLogEvents` and `DescribeLogStreams`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::filter_pattern::FilterPattern;
use super::group_api::group_arn;
use super::input::{existing_group, group_name, invalid, limit, no_such_stream, required};
use super::read::{Cursor, Filter, filter, read};
use super::stream::{Event, LogStream, Position};
use crate::cloud::Cloud;
use crate::error::ApiResult;

/// A page has at most so many events (API reference of both operations).
const MOST_EVENTS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilterEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilteredEvents {
    events: Vec<FilteredEvent>,
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilteredEvent {
    #[serde(serialize_with = "text")]
    log_stream_name: Arc<str>,
    timestamp: u64,
    #[serde(serialize_with = "text")]
    message: Arc<str>,
    ingestion_time: u64,
    event_id: String,
}

pub(super) fn filter_events(cloud: &Cloud, input: FilterEvents) -> ApiResult<FilteredEvents> {
    let name = group_name(input.log_group_name, input.log_group_identifier)?;
    let group = existing_group(cloud, &name)?;
    let pattern = FilterPattern::parse(input.filter_pattern.as_deref().unwrap_or_default())
        .map_err(|problem| invalid(format!("Invalid filter pattern: {problem}")))?;
    let streams = match (input.log_stream_names, input.log_stream_name_prefix) {
        (Some(_), Some(_)) => {
            return Err(invalid("logStreamNames and logStreamNamePrefix must not both be given"));
        }
        (Some(names), None) => named_streams(&group, names)?,
        (None, prefix) => {
            let prefix = prefix.unwrap_or_default();
            let mut streams = group.streams();
            streams.retain(|stream| stream.name().starts_with(&prefix));
            streams
        }
    };
    let after = match input.next_token {
        None => Position::START,
        Some(token) => Position::from_digits(&token)
            .ok_or_else(|| invalid("The specified nextToken is invalid."))?,
    };
    let question = Filter {
        pattern,
        from_ms: time(input.start_time, "startTime", 0)?,
        to_ms: time(input.end_time, "endTime", u64::MAX)?,
        after,
        limit: limit(input.limit, MOST_EVENTS, MOST_EVENTS)?,
    };
    group.expire(cloud.now_ms(), cloud.log_retention_ms());
    let page = filter(&streams, &question);
    let names: Vec<Arc<str>> = streams.iter().map(|stream| stream.name().into()).collect();
    let event = |(stream, event): (usize, Event)| FilteredEvent {
        log_stream_name: Arc::clone(&names[stream]),
        timestamp: event.at.timestamp_ms,
        ingestion_time: event.ingested_ms,
        event_id: event.at.to_digits(),
        message: event.message,
    };
    Ok(FilteredEvents {
        events: page.events.into_iter().map(event).collect(),
        searched_log_streams: [],
        next_token: page.next.map(Position::to_digits),
    })
}

fn named_streams(
    group: &super::LogGroup,
    mut names: Vec<String>,
) -> ApiResult<Vec<Arc<LogStream>>> {
    if !(1..=100).contains(&names.len()) {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'logStreamNames' failed to satisfy constraint: \
             Member must have between 1 and 100 names, not {}",
            names.len()
        )));
    }
    // Each stream once: its lock is held while the page is put together.
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| group.get(name).ok_or_else(|| no_such_stream(name))).collect()
}

fn time(value: Option<i64>, member: &str, default: u64) -> ApiResult<u64> {
    value.map_or(Ok(default), |value| {
        u64::try_from(value).map_err(|_| {
            invalid(format!(
                "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
                 constraint: Member must have value greater than or equal to 0"
            ))
        })
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamEvents {
    events: Vec<StreamEvent>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamEvent {
    timestamp: u64,
    #[serde(serialize_with = "text")]
    message: Arc<str>,
    ingestion_time: u64,
}

/// A shared text; serde writes those only with a feature that nothing else here needs.
fn text<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

pub(super) fn get_events(cloud: &Cloud, input: GetEvents) -> ApiResult<StreamEvents> {
    let name = group_name(input.log_group_name, input.log_group_identifier)?;
    let group = existing_group(cloud, &name)?;
    let name = required(input.log_stream_name, "logStreamName")?;
    let stream = group.get(&name).ok_or_else(|| no_such_stream(&name))?;
    let cursor = match input.next_token.as_deref() {
        None if input.start_from_head => Cursor::Forward(Position::START),
        None => Cursor::Backward(Position::END),
        Some(token) => {
            cursor(token).ok_or_else(|| invalid("The specified nextToken is invalid."))?
        }
    };
    let from = time(input.start_time, "startTime", 0)?;
    let before = time(input.end_time, "endTime", u64::MAX)?;
    let limit = limit(input.limit, MOST_EVENTS, MOST_EVENTS)?;
    group.expire(cloud.now_ms(), cloud.log_retention_ms());
    let mut page = read(&stream, cursor, from, before, limit);
    // The end of an empty stream is its beginning: what comes later is still to be found.
    if page.events.is_empty() && cursor == Cursor::Backward(Position::END) {
        page.forward = Position::START;
    }
    let event = |event: Event| StreamEvent {
        timestamp: event.at.timestamp_ms,
        message: event.message,
        ingestion_time: event.ingested_ms,
    };
    Ok(StreamEvents {
        events: page.events.into_iter().map(event).collect(),
        next_forward_token: format!("f/{}", page.forward.to_digits()),
        next_backward_token: format!("b/{}", page.backward.to_digits()),
    })
}

fn cursor(token: &str) -> Option<Cursor> {
    let (way, digits) = token.split_once('/')?;
    let position = Position::from_digits(digits)?;
    match way {
        "f" => Some(Cursor::Forward(position)),
        "b" => Some(Cursor::Backward(position)),
        _ => None,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeStreams {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

pub(super) fn describe_streams(cloud: &Cloud, input: DescribeStreams) -> ApiResult<Value> {
    let name = group_name(input.log_group_name, input.log_group_identifier)?;
    let group = existing_group(cloud, &name)?;
    let limit = limit(input.limit, 50, 50)?;
    let by_time = match input.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => {
            return Err(invalid(format!(
                "1 validation error detected: Value '{other}' at 'orderBy' failed to satisfy \
                 constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]"
            )));
        }
    };
    if by_time && input.log_stream_name_prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    let mut streams = group.streams();
    streams.retain(|stream| stream.name().starts_with(&prefix));
    let last_time = |stream: &LogStream| stream.events().last_ms().map_or(0, |(time, _)| time);
    if by_time {
        streams.sort_by_cached_key(|stream| (last_time(stream), stream.name().to_owned()));
    }
    if input.descending {
        streams.reverse();
    }
    let first = match input.next_token {
        None => 0,
        Some(token) => streams
            .iter()
            .position(|stream| stream.name() == token)
            .map(|place| place + 1)
            .ok_or_else(|| invalid("The specified nextToken is invalid."))?,
    };
    let page = &streams[first..streams.len().min(first + limit)];
    let arn = group_arn(cloud, &name);
    let mut answer = json!({
        "logStreams": page.iter().map(|stream| description(&arn, stream)).collect::<Vec<_>>()
    });
    if first + limit < streams.len()
        && let Some(last) = page.last()
    {
        answer["nextToken"] = last.name().into();
    }
    Ok(answer)
}

fn description(group_arn: &str, stream: &LogStream) -> Value {
    let events = stream.events();
    let mut value = json!({
        "logStreamName": stream.name(),
        "creationTime": stream.created_ms(),
        "arn": format!("{group_arn}:log-stream:{}", stream.name()),
        "storedBytes": events.stored_bytes(),
        "uploadSequenceToken": "0".repeat(56),
    });
    if let (Some(first), Some((last, ingested))) = (events.first_ms(), events.last_ms()) {
        value["firstEventTimestamp"] = first.into();
        value["lastEventTimestamp"] = last.into();
        value["lastIngestionTime"] = ingested.into();
    }
    value
}
