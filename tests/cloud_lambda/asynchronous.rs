//! The queue of asynchronous invokes: retries, and their configuration.

use aws_sdk_lambda::types::InvocationType;
use serde_json::{Value, json};
use testkit::functions::{Functions, Phase};

use crate::service_clients::code;
use crate::with_function;

async fn send(functions: &Functions, event: &Value) -> anyhow::Result<()> {
    let sent = functions.invoke("f", event).invocation_type(InvocationType::Event).send().await?;
    assert_eq!((sent.status_code(), sent.function_error()), (202, None));
    Ok(())
}

fn failing(name: &str) -> Value {
    json!({ "do": "fail", "message": "no", "name": name })
}

fn attempts(phases: &[Phase], name: &str) -> usize {
    let of_name = |phase: &&Phase| phase.name.as_deref() == Some(name);
    phases.iter().filter(of_name).filter(|phase| phase.phase == "failed").count()
}

#[tokio::test]
async fn an_event_is_run_once_and_its_caller_does_not_wait() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    send(&functions, &json!({ "do": "hold", "file": file })).await?;
    functions.started("f", 1).await?;
    std::fs::write(&file, "")?;
    let phases = functions.finished("f", 1).await?;
    assert_eq!(phases.iter().map(|p| p.phase.as_str()).collect::<Vec<_>>(), ["started", "ended"]);
    assert_eq!(functions.answer("f", &json!({ "do": "who" })).await?["invocations"], 2);
    Ok(())
}

#[tokio::test]
async fn a_failing_event_is_tried_three_times_with_one_id() -> anyhow::Result<()> {
    let functions = with_function().await?;
    send(&functions, &failing("a")).await?;
    let first = functions.finished("f", 3).await?;
    assert_eq!(attempts(&first, "a"), 3);
    assert!(first.iter().all(|phase| phase.invocation == first[0].invocation));
    // Its own three attempts are the clock for the fourth of the other, which must not come.
    send(&functions, &failing("b")).await?;
    let all = functions.finished("f", 6).await?;
    assert_eq!((attempts(&all, "a"), attempts(&all, "b")), (3, 3));
    Ok(())
}

#[tokio::test]
async fn a_function_says_how_often_its_events_are_retried() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let put = functions.lambda.put_function_event_invoke_config().function_name("f");
    put.maximum_retry_attempts(0).send().await?;
    send(&functions, &failing("none")).await?;
    functions.finished("f", 1).await?;
    let put = functions.lambda.put_function_event_invoke_config().function_name("f");
    put.maximum_retry_attempts(1).send().await?;
    send(&functions, &failing("one")).await?;
    let phases = functions.finished("f", 3).await?;
    assert_eq!((attempts(&phases, "none"), attempts(&phases, "one")), (1, 2));
    Ok(())
}

#[tokio::test]
async fn the_retry_configuration_is_kept_changed_and_deleted() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    let missing = "ResourceNotFoundException";
    let get = || lambda.get_function_event_invoke_config().function_name("f").send();
    let put = || lambda.put_function_event_invoke_config().function_name("f");
    let update = || lambda.update_function_event_invoke_config().function_name("f");
    assert_eq!(code(get().await), missing);
    assert_eq!(code(update().maximum_retry_attempts(1).send().await), missing);
    put().maximum_retry_attempts(1).maximum_event_age_in_seconds(60).send().await?;
    update().maximum_retry_attempts(0).send().await?;
    let got = get().await?;
    assert_eq!(got.maximum_retry_attempts(), Some(0));
    assert_eq!(got.maximum_event_age_in_seconds(), Some(60));
    assert!(got.last_modified().is_some());
    put().maximum_retry_attempts(2).send().await?;
    assert_eq!(get().await?.maximum_event_age_in_seconds(), None, "put replaces all of it");
    assert_eq!(code(put().maximum_retry_attempts(3).send().await), "ValidationException");
    assert_eq!(code(put().maximum_event_age_in_seconds(59).send().await), "ValidationException");
    lambda.delete_function_event_invoke_config().function_name("f").send().await?;
    assert_eq!(code(get().await), missing);
    let again = lambda.delete_function_event_invoke_config().function_name("f").send().await;
    assert_eq!(code(again), missing);
    Ok(())
}

#[tokio::test]
async fn events_wait_while_a_function_may_not_run() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    let reserve = lambda.put_function_concurrency().function_name("f");
    reserve.reserved_concurrent_executions(0).send().await?;
    for name in ["a", "b"] {
        send(&functions, &json!({ "do": "who", "name": name })).await?;
    }
    assert!(functions.phases("f").await?.is_empty());
    lambda.delete_function_concurrency().function_name("f").send().await?;
    let phases = functions.finished("f", 2).await?;
    let names: std::collections::BTreeSet<_> = phases.iter().map(|p| p.name.as_deref()).collect();
    assert_eq!((names, phases.len()), ([Some("a"), Some("b")].into(), 4));
    Ok(())
}
