//! Execution environments: warm ones are used again, broken ones are replaced.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use aws_sdk_lambda::types::{Environment, FunctionCode};
use serde_json::json;
use testkit::functions::{archive, payload, until};

use crate::with_function;

#[tokio::test]
async fn a_warm_environment_is_used_again() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let mut pids = BTreeSet::new();
    for count in 1..=5 {
        let who = functions.answer("f", &json!({ "do": "who" })).await?;
        assert_eq!(who["invocations"], count);
        pids.insert(who["pid"].as_u64());
    }
    assert_eq!(pids.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_process_that_ends_fails_its_invocation_and_is_replaced() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let before = functions.answer("f", &json!({ "do": "who" })).await?;
    for (exit, reason) in [(3, "exit status 3"), (0, "exited without providing a reason")] {
        let output = functions.invoke("f", &json!({ "do": "exit", "code": exit })).send().await?;
        assert_eq!(output.function_error(), Some("Unhandled"));
        let error = payload(&output)?;
        assert_eq!(error["errorType"], "Runtime.ExitError");
        let message = error["errorMessage"].as_str().unwrap_or_default();
        assert!(message.starts_with("RequestId: ") && message.contains(reason), "{message}");
    }
    let after = functions.answer("f", &json!({ "do": "who" })).await?;
    assert_eq!(after["invocations"], 1);
    assert_ne!(after["pid"], before["pid"]);
    until("a report of the error", async || {
        let lines = functions.log_lines("f").await?;
        let is_report = |line: &&String| {
            line.starts_with("REPORT ") && line.contains("Error Type: Runtime.ExitError")
        };
        Ok((lines.iter().filter(is_report).count() == 2).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_killed_idle_process_is_not_noticed_by_the_next_caller() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let before = functions.answer("f", &json!({ "do": "who" })).await?;
    let kill = Command::new("kill").arg("-9").arg(before["pid"].to_string()).status()?;
    assert!(kill.success());
    // It is gone, not only ended, once the server has noticed.
    let process = Path::new("/proc").join(before["pid"].to_string());
    until("the end of the process", async || Ok((!process.exists()).then_some(()))).await?;
    let after = functions.answer("f", &json!({ "do": "who" })).await?;
    assert_ne!(after["pid"], before["pid"]);
    Ok(())
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_stopped() -> anyhow::Result<()> {
    let functions = with_function().await?;
    functions.request("slow").timeout(1).send().await?;
    let before = functions.answer("slow", &json!({ "do": "who" })).await?;
    let forever = json!({ "do": "hold", "file": "/nowhere/at/all" });
    let output = functions.invoke("slow", &forever).send().await?;
    assert_eq!(output.function_error(), Some("Unhandled"));
    let error = payload(&output)?;
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    let message = error["errorMessage"].as_str().unwrap_or_default();
    assert!(message.ends_with("Task timed out after 1.00 seconds"), "{message}");
    let after = functions.answer("slow", &json!({ "do": "who" })).await?;
    assert_eq!(after["invocations"], 1);
    assert_ne!(after["pid"], before["pid"]);
    until("a report of the timeout", async || {
        let lines = functions.log_lines("slow").await?;
        let has = |text: &str| lines.iter().any(|line| line.contains(text));
        Ok((has("Task timed out after 1.00 seconds") && has("Status: timeout")).then_some(()))
    })
    .await
}

#[tokio::test]
async fn an_environment_that_cannot_begin_fails_who_waits_for_it() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let code = |program: &[u8]| {
        anyhow::Ok(FunctionCode::builder().zip_file(archive("bootstrap", program)?).build())
    };
    functions.request("exits").code(code(b"#!/bin/sh\nexit 3\n")?).send().await?;
    functions.request("unrunnable").code(code(b"#!/nowhere/sh\n")?).send().await?;
    let variables = Environment::builder().variables("INIT", "report").build();
    functions.request("reports").environment(variables).send().await?;
    let cases = [
        ("exits", "Runtime.ExitError", "exit status 3"),
        ("unrunnable", "Runtime.InvalidEntrypoint", "bootstrap"),
        ("reports", "TestInitError", "cannot begin"),
    ];
    for (name, error_type, reason) in cases {
        // Twice, because a failed start must not stand in the way of the next.
        for _ in 0..2 {
            let output = functions.invoke(name, &json!({ "do": "who" })).send().await?;
            assert_eq!(output.function_error(), Some("Unhandled"), "{name}");
            let error = payload(&output)?;
            assert_eq!(error["errorType"], error_type, "{name}: {error}");
            let message = error["errorMessage"].as_str().unwrap_or_default();
            assert!(message.contains(reason), "{name}: {message}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_change_lets_the_running_invocation_finish() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let hold = json!({ "do": "hold", "file": file });
    let running = tokio::spawn(functions.invoke("f", &hold).send());
    functions.started("f", 1).await?;
    let update = functions.lambda.update_function_configuration().function_name("f");
    update.memory_size(256).send().await?;
    let during = functions.answer("f", &json!({ "do": "who" })).await?;
    std::fs::write(&file, "")?;
    let held = payload(&running.await??)?;
    assert_ne!(held["pid"], during["pid"]);
    let after = functions.answer("f", &json!({ "do": "who" })).await?;
    assert_eq!((&after["pid"], &after["invocations"]), (&during["pid"], &json!(2)));
    Ok(())
}

#[tokio::test]
async fn a_deleted_function_finishes_what_it_has_begun() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let hold = json!({ "do": "hold", "file": file });
    let running = tokio::spawn(functions.invoke("f", &hold).send());
    let pid = functions.started("f", 1).await?[0].pid;
    functions.lambda.delete_function().function_name("f").send().await?;
    std::fs::write(&file, "")?;
    assert_eq!(payload(&running.await??)?["pid"], pid);
    until("the end of its process", async || Ok((!crate::processes::runs(pid)).then_some(()))).await
}
