//! Invoke: answers, errors, limits, logs.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::functions::{payload, until};

use crate::service_clients::code;
use crate::with_function;

const SYNC_LIMIT_BYTES: usize = 6_291_456;
const EVENT_LIMIT_BYTES: usize = 1_048_576;
const RESPONSE_LIMIT_BYTES: usize = 6_291_556;

/// An event of exactly so many bytes.
fn event_of(bytes: usize) -> Blob {
    let frame = json!({ "do": "who", "pad": "" }).to_string();
    let pad = "x".repeat(bytes.saturating_sub(frame.len()));
    Blob::new(json!({ "do": "who", "pad": pad }).to_string())
}

#[tokio::test]
async fn an_answer_comes_back_as_the_function_gave_it() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let event = json!({ "do": "echo", "text": "é\n\"\u{1f980}", "list": [1, 2.5, null, {}] });
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    for name in ["f", "f:$LATEST", arn, "000000000000:function:f"] {
        let output = functions.invoke(name, &event).send().await?;
        assert_eq!(output.status_code(), 200);
        assert_eq!((output.function_error(), output.log_result()), (None, None));
        assert_eq!(output.executed_version(), Some("$LATEST"));
        assert_eq!(payload(&output)?, event, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_function_is_an_answer() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let output = functions.invoke("f", &json!({ "do": "fail", "message": "oh" })).send().await?;
    assert_eq!((output.status_code(), output.function_error()), (200, Some("Unhandled")));
    assert_eq!(payload(&output)?, json!({ "errorType": "TestError", "errorMessage": "oh" }));
    // An error that the function raises does not cost it its environment.
    let who = functions.answer("f", &json!({ "do": "who" })).await?;
    assert_eq!(who["invocations"], 2);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_runs_nothing() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let event = json!({ "do": "who" });
    let dry = functions.invoke("f", &event).invocation_type(InvocationType::DryRun).send().await?;
    assert_eq!(dry.status_code(), 204);
    let none = functions.invoke("g", &event).invocation_type(InvocationType::DryRun).send().await;
    assert_eq!(code(none), "ResourceNotFoundException");
    assert_eq!(functions.answer("f", &event).await?["invocations"], 1);
    Ok(())
}

#[tokio::test]
async fn payloads_are_taken_up_to_their_limits() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let invoke = |kind: InvocationType, bytes: usize| {
        let invoke = functions.lambda.invoke().function_name("f").invocation_type(kind);
        invoke.payload(event_of(bytes)).send()
    };
    let sync = |bytes| invoke(InvocationType::RequestResponse, bytes);
    assert_eq!(sync(SYNC_LIMIT_BYTES).await?.function_error(), None);
    assert_eq!(code(sync(SYNC_LIMIT_BYTES + 1).await), "RequestTooLargeException");
    let event = |bytes| invoke(InvocationType::Event, bytes);
    assert_eq!(event(EVENT_LIMIT_BYTES).await?.status_code(), 202);
    assert_eq!(code(event(EVENT_LIMIT_BYTES + 1).await), "RequestTooLargeException");
    // One answer and one event: neither of the others has run.
    assert_eq!(functions.finished("f", 2).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn answers_are_taken_up_to_their_limit() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let answer = |bytes: usize| json!({ "do": "answer", "bytes": bytes });
    let output = functions.invoke("f", &answer(RESPONSE_LIMIT_BYTES)).send().await?;
    assert_eq!(output.function_error(), None);
    assert_eq!(output.payload().map(|p| p.as_ref().len()), Some(RESPONSE_LIMIT_BYTES));
    let output = functions.invoke("f", &answer(RESPONSE_LIMIT_BYTES + 1)).send().await?;
    assert_eq!(output.function_error(), Some("Unhandled"));
    assert_eq!(payload(&output)?["errorType"], "Function.ResponseSizeTooLarge");
    functions.answer("f", &json!({ "do": "who" })).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_no_json_or_of_no_known_kind_is_refused() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let invoke = || functions.lambda.invoke().function_name("f");
    let no_json = invoke().payload(Blob::new("{")).send().await;
    assert_eq!(code(no_json), "InvalidRequestContentException");
    let unknown = invoke().invocation_type("Later".into()).send().await;
    assert_eq!(code(unknown), "ValidationException");
    let version = invoke().qualifier("7").send().await;
    assert_eq!(code(version), "ResourceNotFoundException");
    // No payload at all is an empty object, which the test function does not understand.
    let output = invoke().send().await?;
    assert_eq!(payload(&output)?["errorMessage"], "missing field `do`");
    Ok(())
}

#[tokio::test]
async fn the_tail_of_the_log_comes_with_the_answer_that_asks_for_it() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let print = |lines: &[String]| json!({ "do": "print", "lines": lines });
    let tail = async |event: Value| {
        let output = functions.invoke("f", &event).log_type(LogType::Tail).send().await?;
        assert_eq!(output.function_error(), None, "{:?}", payload(&output));
        let tail = STANDARD.decode(output.log_result().unwrap_or_default())?;
        anyhow::Ok(String::from_utf8(tail)?)
    };
    let short = tail(print(&["one".into(), "two".into()])).await?;
    let lines: Vec<&str> = short.lines().collect();
    assert!(lines[0].starts_with("START RequestId: "), "{short}");
    assert!(short.contains("\none\ntwo\n"), "{short}");
    assert!(lines.last().is_some_and(|line| line.starts_with("REPORT RequestId: ")), "{short}");

    let long: Vec<String> = (0..1_000).map(|i| format!("line {i}")).collect();
    let long = tail(print(&long)).await?;
    assert_eq!(long.len(), 4_096);
    assert!(long.contains("\nline 999\n") && !long.contains("\nline 0\n"), "{long}");
    assert!(!long.contains("one\ntwo"), "the tail is this invocation's");
    Ok(())
}

#[tokio::test]
async fn lines_stand_between_start_and_end_and_a_report_follows() -> anyhow::Result<()> {
    let functions = with_function().await?;
    for text in ["first", "second"] {
        functions.answer("f", &json!({ "do": "print", "lines": [text] })).await?;
    }
    let lines = until("two reports", async || {
        let lines = functions.log_lines("f").await?;
        let reports = lines.iter().filter(|line| line.starts_with("REPORT ")).count();
        Ok((reports == 2).then_some(lines))
    })
    .await?;
    let words = |line: &String| line.split_whitespace().next().map(str::to_owned);
    let kinds: Vec<String> =
        lines.iter().filter(|line| !line.starts_with('{')).filter_map(words).collect();
    assert_eq!(
        kinds,
        ["START", "first", "END", "REPORT", "START", "second", "END", "REPORT"],
        "{lines:?}"
    );
    let reports: Vec<&String> = lines.iter().filter(|line| line.starts_with("REPORT ")).collect();
    for part in ["\tDuration: ", "\tBilled Duration: ", "\tMemory Size: 128 MB\tMax Memory Used: "]
    {
        assert!(reports.iter().all(|report| report.contains(part)), "{reports:?}");
    }
    assert!(reports[0].contains("\tInit Duration: "), "the first start is cold: {reports:?}");
    assert!(!reports[1].contains("Init Duration"), "the second is warm: {reports:?}");
    Ok(())
}
