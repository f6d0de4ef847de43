//! Concurrency: what functions reserve, what the account allows, and what is throttled.

use std::path::Path;

use aws_sdk_lambda::types::InvocationType;
use local_cloud::Config;
use serde_json::{Value, json};
use testkit::functions::{Functions, payload};

use crate::service_clients::{code, serve};
use crate::{TEST_FUNCTION, throttle, with_function};

/// An event that keeps an environment busy until the file is there.
fn hold(file: &Path) -> Value {
    json!({ "do": "hold", "file": file })
}

#[tokio::test]
async fn nothing_runs_of_a_function_that_has_reserved_nothing() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    let reserved = || lambda.get_function_concurrency().function_name("f").send();
    assert_eq!(reserved().await?.reserved_concurrent_executions(), None);
    let reserve = lambda.put_function_concurrency().function_name("f");
    reserve.reserved_concurrent_executions(0).send().await?;
    assert_eq!(reserved().await?.reserved_concurrent_executions(), Some(0));
    let got = lambda.get_function().function_name("f").send().await?;
    assert_eq!(got.concurrency().and_then(|c| c.reserved_concurrent_executions()), Some(0));

    let invoke = || functions.invoke("f", &json!({ "do": "who" })).send();
    assert_eq!(throttle(invoke().await), "ReservedFunctionConcurrentInvocationLimitExceeded");
    lambda.delete_function_concurrency().function_name("f").send().await?;
    assert_eq!(reserved().await?.reserved_concurrent_executions(), None);
    assert_eq!(payload(&invoke().await?)?["invocations"], 1);
    Ok(())
}

#[tokio::test]
async fn a_function_runs_as_often_at_a_time_as_it_has_reserved() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let reserve = functions.lambda.put_function_concurrency().function_name("f");
    reserve.reserved_concurrent_executions(1).send().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let first = tokio::spawn(functions.invoke("f", &hold(&file)).send());
    functions.started("f", 1).await?;
    let second = functions.invoke("f", &json!({ "do": "who" })).send().await;
    assert_eq!(throttle(second), "ReservedFunctionConcurrentInvocationLimitExceeded");
    std::fs::write(&file, "")?;
    assert_eq!(payload(&first.await??)?["invocations"], 1);
    // Its place came back with the answer, and so did its environment.
    assert_eq!(functions.answer("f", &json!({ "do": "who" })).await?["invocations"], 2);
    Ok(())
}

#[tokio::test]
async fn the_account_runs_as_many_at_a_time_as_its_limit() -> anyhow::Result<()> {
    let config = serve(Config { account_concurrency: 2, ..Config::default() }).await?;
    let functions = Functions::new(&config, TEST_FUNCTION)?;
    functions.create("f").await?;
    functions.create("g").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let first = tokio::spawn(functions.invoke("f", &hold(&file)).send());
    let second = tokio::spawn(functions.invoke("g", &hold(&file)).send());
    functions.started("f", 1).await?;
    functions.started("g", 1).await?;
    for name in ["f", "g"] {
        let third = functions.invoke(name, &json!({ "do": "who" })).send().await;
        assert_eq!(throttle(third), "ConcurrentInvocationLimitExceeded");
    }
    std::fs::write(&file, "")?;
    first.await??;
    second.await??;
    functions.answer("f", &json!({ "do": "who" })).await?;
    Ok(())
}

#[tokio::test]
async fn an_event_makes_an_idle_environment_of_another_function_go() -> anyhow::Result<()> {
    let config = serve(Config { max_environments: 1, ..Config::default() }).await?;
    let functions = Functions::new(&config, TEST_FUNCTION)?;
    functions.create("f").await?;
    functions.create("g").await?;
    // The one environment that there is room for stays, idle.
    functions.answer("f", &json!({ "do": "who" })).await?;
    let event = functions.invoke("g", &json!({ "do": "fail", "message": "no", "name": "e" }));
    event.invocation_type(InvocationType::Event).send().await?;
    functions.finished("g", 1).await?;
    Ok(())
}

#[tokio::test]
async fn enough_of_the_account_stays_unreserved() -> anyhow::Result<()> {
    let functions = with_function().await?;
    functions.create("g").await?;
    let reserve = |name: &str, count: i32| {
        let reserve = functions.lambda.put_function_concurrency().function_name(name);
        reserve.reserved_concurrent_executions(count).send()
    };
    reserve("f", 800).await?;
    assert_eq!(code(reserve("g", 101).await), "InvalidParameterValueException");
    reserve("g", 100).await?;
    assert_eq!(code(reserve("g", -1).await), "ValidationException");
    let settings = functions.lambda.get_account_settings().send().await?;
    let limit = settings.account_limit();
    assert_eq!(limit.map(|limit| limit.concurrent_executions()), Some(1_000));
    assert_eq!(limit.and_then(|limit| limit.unreserved_concurrent_executions()), Some(100));
    functions.lambda.delete_function().function_name("f").send().await?;
    reserve("g", 900).await?;
    assert_eq!(code(reserve("none", 1).await), "ResourceNotFoundException");
    Ok(())
}

#[tokio::test]
async fn invocations_at_the_same_time_have_environments_of_their_own() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let running: Vec<_> =
        (0..3).map(|_| tokio::spawn(functions.invoke("f", &hold(&file)).send())).collect();
    let phases = functions.started("f", 3).await?;
    std::fs::write(&file, "")?;
    for invocation in running {
        assert_eq!(payload(&invocation.await??)?["invocations"], 1);
    }
    let pids: std::collections::BTreeSet<u32> = phases.iter().map(|phase| phase.pid).collect();
    assert_eq!(pids.len(), 3);
    let after = functions.answer("f", &json!({ "do": "who" })).await?;
    assert_eq!(after["invocations"], 2, "one of them is used again");
    Ok(())
}
