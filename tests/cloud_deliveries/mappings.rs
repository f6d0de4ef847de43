//! Event source mappings: how they are made, found, changed, stopped and deleted.

use aws_sdk_lambda::types::EventSourcePosition;
use testkit::functions::until;

use crate::service_clients::code;
use crate::stream::{Stream, ended, texts};

/// A stream that `f` reads, and `clock` with it; and the mapping of `f`.
async fn with_mapping() -> anyhow::Result<(Stream, String)> {
    let stream = Stream::start(1).await?;
    for name in ["f", "clock"] {
        stream.functions.create(name).await?;
    }
    let mapping = stream.mapping("f").send().await?;
    stream.mapping("clock").send().await?;
    Ok((stream, mapping.uuid.unwrap_or_default()))
}

#[tokio::test]
async fn a_disabled_mapping_waits_and_then_goes_on_where_it_was() -> anyhow::Result<()> {
    let (stream, uuid) = with_mapping().await?;
    let lambda = &stream.functions.lambda;
    let enable = |enabled| lambda.update_event_source_mapping().uuid(&uuid).enabled(enabled).send();
    let state = async || {
        let mapping = lambda.get_event_source_mapping().uuid(&uuid).send().await?;
        anyhow::Ok(mapping.state.unwrap_or_default())
    };
    assert_eq!(state().await?, "Enabled");
    stream.put_texts(&["one"]).await?;
    stream.delivered("f", 1).await?;
    enable(false).await?;
    assert_eq!(state().await?, "Disabled");
    for (count, text) in ["two", "three"].into_iter().enumerate() {
        stream.put_texts(&[text]).await?;
        stream.delivered("clock", count + 2).await?;
    }
    assert_eq!(texts(&ended(&stream.functions.phases("f").await?)), ["one"]);
    enable(true).await?;
    let phases = stream.delivered("f", 3).await?;
    assert_eq!(texts(&ended(&phases)), ["one", "two", "three"]);
    Ok(())
}

#[tokio::test]
async fn a_deleted_mapping_goes_and_delivers_no_more() -> anyhow::Result<()> {
    let (stream, uuid) = with_mapping().await?;
    let lambda = &stream.functions.lambda;
    stream.put_texts(&["one"]).await?;
    stream.delivered("f", 1).await?;
    let deleted = lambda.delete_event_source_mapping().uuid(&uuid).send().await?;
    assert_eq!(deleted.state(), Some("Deleting"));
    let gone = until("the end of the mapping", async || {
        let got = lambda.get_event_source_mapping().uuid(&uuid).send().await;
        Ok(got.is_err().then(|| code(got)))
    })
    .await?;
    assert_eq!(gone, "ResourceNotFoundException");
    for (count, text) in ["two", "three"].into_iter().enumerate() {
        stream.put_texts(&[text]).await?;
        stream.delivered("clock", count + 2).await?;
    }
    assert_eq!(texts(&ended(&stream.functions.phases("f").await?)), ["one"]);
    // Another one for the same source and function may be made now.
    stream.mapping("f").starting_position(EventSourcePosition::Latest).send().await?;
    Ok(())
}

#[tokio::test]
async fn a_mapping_of_a_failing_function_can_be_deleted() -> anyhow::Result<()> {
    let (stream, uuid) = with_mapping().await?;
    stream.put_texts(&["fail"]).await?;
    stream.functions.finished("f", 1).await?;
    let lambda = &stream.functions.lambda;
    lambda.delete_event_source_mapping().uuid(&uuid).send().await?;
    until("the end of the mapping", async || {
        Ok(lambda.get_event_source_mapping().uuid(&uuid).send().await.is_err().then_some(()))
    })
    .await
}

#[tokio::test]
async fn mappings_are_listed_by_function_and_source() -> anyhow::Result<()> {
    let (stream, uuid) = with_mapping().await?;
    let list = || stream.functions.lambda.list_event_source_mappings();
    let all = list().event_source_arn(&stream.arn).send().await?;
    assert_eq!(all.event_source_mappings().len(), 2);
    let of_f = list().function_name("f").send().await?;
    let uuids: Vec<_> = of_f.event_source_mappings().iter().map(|m| m.uuid()).collect();
    assert_eq!(uuids, [Some(uuid.as_str())]);
    let pages = list().into_paginator().page_size(1).items().send();
    assert_eq!(pages.collect::<Result<Vec<_>, _>>().await?.len(), 2);
    let elsewhere = list().event_source_arn(format!("{}x", stream.arn)).send().await?;
    assert!(elsewhere.event_source_mappings().is_empty());
    Ok(())
}

#[tokio::test]
async fn wrong_mappings_are_refused() -> anyhow::Result<()> {
    let (stream, uuid) = with_mapping().await?;
    let lambda = &stream.functions.lambda;
    let (value, missing) = ("InvalidParameterValueException", "ResourceNotFoundException");
    let with = || stream.mapping("g");
    assert_eq!(code(with().send().await), missing);
    stream.functions.create("g").await?;
    let cases = [
        with().batch_size(0),
        with().batch_size(10_001),
        with().parallelization_factor(11),
        with().maximum_retry_attempts(-2),
        with().maximum_record_age_in_seconds(59),
        with().maximum_batching_window_in_seconds(301),
        with().tumbling_window_in_seconds(1),
        with().starting_position(EventSourcePosition::AtTimestamp),
        with().starting_position("NOW".into()),
        with().set_starting_position(None),
        with().set_event_source_arn(None),
        with().event_source_arn(format!("{}x", stream.arn)),
        with().event_source_arn("arn:aws:sqs:us-east-1:000000000000:q"),
        with().event_source_arn("no arn"),
    ];
    for (place, request) in cases.into_iter().enumerate() {
        assert_eq!(code(request.send().await), value, "case {place}");
    }
    assert_eq!(code(stream.mapping("f").send().await), "ResourceConflictException");
    let list = lambda.list_event_source_mappings().send().await?;
    assert_eq!(list.event_source_mappings().len(), 2, "nothing was left behind");
    let update = lambda.update_event_source_mapping().uuid(&uuid).batch_size(0).send().await;
    assert_eq!(code(update), value);
    let got = lambda.get_event_source_mapping().uuid(&uuid).send().await?;
    assert_eq!(got.batch_size(), Some(100));
    let unknown = "00000000-0000-0000-0000-000000000000";
    assert_eq!(code(lambda.get_event_source_mapping().uuid(unknown).send().await), missing);
    assert_eq!(code(lambda.delete_event_source_mapping().uuid(unknown).send().await), missing);
    let update = lambda.update_event_source_mapping().uuid(unknown).enabled(false).send().await;
    assert_eq!(code(update), missing);
    Ok(())
}
