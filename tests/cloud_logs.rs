//! CloudWatch Logs of local-cloud, through the real SDK.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;

mod service_clients;
use service_clients::{code, start};

const GROUP: &str = "/aws/lambda/f";

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

/// Puts `count` lines into each of two streams, a millisecond apart and alternating.
async fn with_lines(count: i64) -> anyhow::Result<(Client, i64)> {
    let logs = Client::new(&start().await?);
    logs.create_log_group().log_group_name(GROUP).send().await?;
    let first = now_ms();
    for (place, stream) in ["one", "two"].into_iter().enumerate() {
        logs.create_log_stream().log_group_name(GROUP).log_stream_name(stream).send().await?;
        let events = (0..count).map(|i| {
            let time = first + 2 * i + place as i64;
            let line = format!(r#"{{"batch":"{:02x}","n":{i},"stream":"{stream}"}}"#, i % 4);
            InputLogEvent::builder().timestamp(time).message(line).build()
        });
        logs.put_log_events()
            .log_group_name(GROUP)
            .log_stream_name(stream)
            .set_log_events(Some(events.collect::<Result<_, _>>()?))
            .send()
            .await?;
    }
    Ok((logs, first))
}

#[tokio::test]
async fn a_filter_gives_every_line_once_in_order_over_its_pages() -> anyhow::Result<()> {
    let (logs, first) = with_lines(1_000).await?;
    let ask = logs.filter_log_events().log_group_name(GROUP).limit(333);
    let mut pages = ask.into_paginator().send();
    let (mut times, mut ids) = (Vec::new(), std::collections::BTreeSet::new());
    while let Some(page) = pages.next().await {
        let page = page?;
        assert!(page.events().len() <= 333);
        for event in page.events() {
            times.extend(event.timestamp());
            ids.extend(event.event_id().map(str::to_owned));
        }
    }
    assert_eq!(times, (first..first + 2_000).collect::<Vec<_>>());
    assert_eq!(ids.len(), 2_000);
    Ok(())
}

#[tokio::test]
async fn a_selector_a_range_and_streams_narrow_it_down() -> anyhow::Result<()> {
    let (logs, first) = with_lines(100).await?;
    let ask = || logs.filter_log_events().log_group_name(GROUP);
    let count =
        |answer: aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput| {
            answer.events().len()
        };
    assert_eq!(count(ask().filter_pattern(r#"{ $.batch = "01" }"#).send().await?), 50);
    let both = r#"{ $.batch = "01" && $.n >= 50 }"#;
    assert_eq!(count(ask().filter_pattern(both).send().await?), 24);
    assert_eq!(count(ask().filter_pattern(r#""two""#).send().await?), 100);
    assert_eq!(count(ask().log_stream_names("two").send().await?), 100);
    assert_eq!(count(ask().log_stream_name_prefix("t").send().await?), 100);
    let range = ask().start_time(first + 10).end_time(first + 19);
    assert_eq!(count(range.send().await?), 10);
    Ok(())
}

#[tokio::test]
async fn one_stream_is_read_both_ways_and_ends_with_the_same_token() -> anyhow::Result<()> {
    let (logs, first) = with_lines(10).await?;
    let ask = || logs.get_log_events().log_group_name(GROUP).log_stream_name("one");
    let tail = ask().limit(3).send().await?;
    assert_eq!(tail.events().first().and_then(|event| event.timestamp()), Some(first + 14));
    let before = ask().set_next_token(tail.next_backward_token).send().await?;
    assert_eq!(before.events().len(), 7);
    let end = ask().set_next_token(tail.next_forward_token.clone()).send().await?;
    assert!(end.events().is_empty());
    assert_eq!(end.next_forward_token, tail.next_forward_token);
    let head = ask().start_from_head(true).limit(4).send().await?;
    assert_eq!(head.events().first().and_then(|event| event.timestamp()), Some(first));
    Ok(())
}

#[tokio::test]
async fn groups_and_streams_are_described_and_tagged() -> anyhow::Result<()> {
    let (logs, _) = with_lines(10).await?;
    logs.put_retention_policy().log_group_name(GROUP).retention_in_days(7).send().await?;
    let groups = logs.describe_log_groups().log_group_name_prefix("/aws").send().await?;
    let group = &groups.log_groups()[0];
    assert_eq!(group.retention_in_days(), Some(7));
    assert!(group.stored_bytes() > Some(0));
    logs.delete_retention_policy().log_group_name(GROUP).send().await?;
    let page = logs.describe_log_streams().log_group_name(GROUP).limit(1).send().await?;
    assert_eq!(page.log_streams()[0].log_stream_name(), Some("one"));
    let next = logs.describe_log_streams().log_group_name(GROUP).set_next_token(page.next_token);
    assert_eq!(next.send().await?.log_streams()[0].log_stream_name(), Some("two"));
    let arn = group.log_group_arn().unwrap_or_default();
    logs.tag_resource().resource_arn(arn).tags("k", "v").send().await?;
    let tags = logs.list_tags_for_resource().resource_arn(arn).send().await?;
    assert_eq!(tags.tags().and_then(|tags| tags.get("k")).map(String::as_str), Some("v"));
    logs.untag_resource().resource_arn(arn).tag_keys("k").send().await?;
    let tags = logs.list_tags_for_resource().resource_arn(arn).send().await?;
    assert!(tags.tags().is_none_or(std::collections::HashMap::is_empty));
    logs.delete_log_group().log_group_name(GROUP).send().await?;
    assert!(logs.describe_log_groups().send().await?.log_groups().is_empty());
    Ok(())
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_services_codes() -> anyhow::Result<()> {
    let (logs, first) = with_lines(1).await?;
    let (missing, invalid) = ("ResourceNotFoundException", "InvalidParameterException");
    let filter = || logs.filter_log_events().log_group_name(GROUP);
    assert_eq!(code(logs.filter_log_events().log_group_name("none").send().await), missing);
    assert_eq!(code(filter().log_stream_names("none").send().await), missing);
    assert_eq!(code(filter().filter_pattern("{ $.a = ").send().await), invalid);
    assert_eq!(code(filter().limit(10_001).send().await), invalid);
    assert_eq!(code(filter().next_token("nonsense").send().await), invalid);
    assert_eq!(code(filter().start_time(-1).send().await), invalid);
    let exists = "ResourceAlreadyExistsException";
    assert_eq!(code(logs.create_log_group().log_group_name(GROUP).send().await), exists);
    let stream = logs.create_log_stream().log_group_name(GROUP).log_stream_name("one");
    assert_eq!(code(stream.send().await), exists);
    assert_eq!(code(logs.create_log_group().log_group_name("a b").send().await), invalid);
    let retention = logs.put_retention_policy().log_group_name(GROUP).retention_in_days(2);
    assert_eq!(code(retention.send().await), invalid);
    let event = |time| InputLogEvent::builder().timestamp(time).message("m").build();
    let put = logs.put_log_events().log_group_name(GROUP).log_stream_name("one");
    let put = put.log_events(event(first)?).log_events(event(first - 1)?);
    assert_eq!(code(put.send().await), invalid);
    assert_eq!(code(logs.delete_log_group().log_group_name("none").send().await), missing);
    assert_eq!(code(logs.describe_queries().send().await), "UnknownOperationException");
    Ok(())
}
