//! Kinesis to Lambda, when functions fail.

use aws_sdk_lambda::types::FunctionResponseType;
use testkit::functions::until;

use crate::stream::{Stream, batches, ended, texts};

#[tokio::test]
async fn a_failed_batch_is_tried_until_it_succeeds_and_the_shard_waits() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("f").await?;
    stream.put_texts(&["a", "fail:2", "b", "c"]).await?;
    stream.mapping("f").batch_size(2).send().await?;
    let phases = stream.delivered("f", 4).await?;
    assert_eq!(batches(&phases), [["a", "fail:2"], ["a", "fail:2"], ["a", "fail:2"], ["b", "c"]]);
    assert_eq!(texts(&ended(&phases)), ["a", "fail:2", "b", "c"]);
    Ok(())
}

#[tokio::test]
async fn a_batch_is_given_up_after_its_retries() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("none").await?;
    stream.functions.create("one").await?;
    stream.put_texts(&["fail", "after"]).await?;
    stream.mapping("none").batch_size(1).maximum_retry_attempts(0).send().await?;
    stream.mapping("one").batch_size(1).maximum_retry_attempts(1).send().await?;
    let phases = stream.delivered("none", 1).await?;
    assert_eq!(batches(&phases), [["fail"], ["after"]]);
    let phases = stream.delivered("one", 1).await?;
    assert_eq!(batches(&phases), [["fail"], ["fail"], ["after"]]);
    Ok(())
}

#[tokio::test]
async fn a_failed_batch_is_halved_down_to_the_record_that_fails() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("f").await?;
    stream.put_texts(&["0", "1", "2", "fail", "4", "5", "6", "7"]).await?;
    let mapping = stream.mapping("f").batch_size(8).bisect_batch_on_function_error(true);
    mapping.maximum_retry_attempts(0).send().await?;
    let phases = stream.delivered("f", 7).await?;
    assert_eq!(texts(&ended(&phases)), ["0", "1", "2", "4", "5", "6", "7"]);
    let expected: [&[&str]; 7] = [
        &["0", "1", "2", "fail", "4", "5", "6", "7"],
        &["0", "1", "2", "fail"],
        &["0", "1"],
        &["2", "fail"],
        &["2"],
        &["fail"],
        &["4", "5", "6", "7"],
    ];
    assert_eq!(batches(&phases), expected);
    Ok(())
}

#[tokio::test]
async fn only_what_is_reported_and_what_follows_it_is_tried_again() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("reports").await?;
    stream.functions.create("ignored").await?;
    stream.put_texts(&["a", "b", "report:2", "c"]).await?;
    let reports = FunctionResponseType::ReportBatchItemFailures;
    stream.mapping("reports").function_response_types(reports).send().await?;
    stream.mapping("ignored").send().await?;
    stream.put_texts(&["last"]).await?;
    let phases = stream.functions.finished("reports", 3).await?;
    let tried = batches(&phases);
    assert_eq!(tried[0][..4], ["a", "b", "report:2", "c"]);
    assert_eq!(tried[1][..2], ["report:2", "c"]);
    assert_eq!(tried[2][..2], ["report:2", "c"]);
    stream.delivered("reports", 5).await?;
    let phases = stream.delivered("ignored", 5).await?;
    let times = ended(&phases).into_iter().filter(|record| record.text == "report:2").count();
    assert_eq!(times, 1, "an answer is not looked at unless that was asked for");
    Ok(())
}

#[tokio::test]
async fn being_throttled_is_no_attempt() -> anyhow::Result<()> {
    let stream = Stream::start(1).await?;
    stream.functions.create("f").await?;
    let reserve = stream.functions.lambda.put_function_concurrency().function_name("f");
    reserve.reserved_concurrent_executions(0).send().await?;
    stream.put_texts(&["a"]).await?;
    let mapping = stream.mapping("f").maximum_retry_attempts(0).send().await?;
    let uuid = mapping.uuid().unwrap_or_default();
    let get = || stream.functions.lambda.get_event_source_mapping().uuid(uuid).send();
    until("a failed call", async || {
        let result = get().await?.last_processing_result;
        Ok((result.as_deref() == Some("PROBLEM: Function call failed")).then_some(()))
    })
    .await?;
    stream.functions.lambda.delete_function_concurrency().function_name("f").send().await?;
    let phases = stream.delivered("f", 1).await?;
    assert_eq!(batches(&phases), [["a"]]);
    until("a good result", async || {
        Ok((get().await?.last_processing_result.as_deref() == Some("OK")).then_some(()))
    })
    .await
}
