//! REPORT lines: what they say of warm and cold, timed-out and crashed invocations; and that a
//! changed function begins afresh.

use std::collections::BTreeSet;

use anyhow::Context as _;
use aws_sdk_lambda::types::{Environment, FunctionCode, InvocationType};
use serde_json::json;
use testkit::functions::{Functions, archive, until};

use crate::with_function;

/// A REPORT line, read.
#[derive(Debug)]
struct Report {
    request_id: String,
    duration_ms: f64,
    billed_ms: u64,
    memory_mb: u64,
    max_memory_mb: u64,
    init_ms: Option<f64>,
    line: String,
}

impl Report {
    fn read(line: &str) -> anyhow::Result<Self> {
        let field = |name: &str| {
            let field = line.trim_end().split('\t').find_map(|field| field.strip_prefix(name));
            field.map(|value| value.trim().split(' ').next().unwrap_or_default().to_owned())
        };
        let number = |name: &str| field(name).with_context(|| format!("{name} in {line}"));
        let duration = number("Duration:")?;
        let decimals = duration.split_once('.').map(|(_, decimals)| decimals.len());
        anyhow::ensure!(decimals == Some(2), "two decimals in {line}");
        Ok(Self {
            request_id: number("REPORT RequestId:")?,
            duration_ms: duration.parse()?,
            billed_ms: number("Billed Duration:")?.parse()?,
            memory_mb: number("Memory Size:")?.parse()?,
            max_memory_mb: number("Max Memory Used:")?.parse()?,
            init_ms: field("Init Duration:").map(|ms| ms.parse()).transpose()?,
            line: line.to_owned(),
        })
    }

    /// What is billed is the duration with that of the initialisation, in whole milliseconds.
    fn is_billed_in_full(&self) -> bool {
        let used_ms = self.duration_ms + self.init_ms.unwrap_or(0.0);
        // The figures are rounded to hundredths, what is billed is not.
        (self.billed_ms as f64 - used_ms) > -0.02 && (self.billed_ms as f64 - used_ms) < 1.02
    }
}

/// Waits for so many reports of a function; gives them in their order.
async fn reports(functions: &Functions, name: &str, count: usize) -> anyhow::Result<Vec<Report>> {
    until(&format!("{count} reports of {name}"), async || {
        let lines = functions.log_lines(name).await?;
        let reports = lines.iter().filter(|line| line.starts_with("REPORT "));
        let reports = reports.map(|line| Report::read(line)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok((reports.len() >= count).then_some(reports))
    })
    .await
}

#[tokio::test]
async fn a_cold_start_is_reported_and_billed_and_a_warm_one_has_none() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        let output = functions.invoke("f", &json!({ "do": "who" })).send().await?;
        let id = aws_sdk_lambda::operation::RequestId::request_id(&output);
        ids.insert(id.context("an answer has an id")?.to_owned());
    }
    let reports = reports(&functions, "f", 2).await?;
    assert_eq!(reports.iter().map(|r| r.request_id.clone()).collect::<BTreeSet<_>>(), ids);
    assert!(reports[0].init_ms.is_some_and(|ms| ms > 0.0) && reports[1].init_ms.is_none());
    for report in &reports {
        assert!(report.is_billed_in_full(), "{}", report.line);
        assert!(report.memory_mb == 128 && report.max_memory_mb > 0, "{}", report.line);
    }
    Ok(())
}

#[tokio::test]
async fn a_timed_out_invocation_is_reported_with_its_timeout_and_its_init() -> anyhow::Result<()> {
    let functions = with_function().await?;
    functions.request("slow").timeout(1).send().await?;
    let forever = json!({ "do": "hold", "file": "/nowhere/at/all" });
    functions.invoke("slow", &forever).send().await?;
    let report = &reports(&functions, "slow", 1).await?[0];
    assert_eq!(report.duration_ms, 1_000.0, "{}", report.line);
    assert!(report.init_ms.is_some() && report.is_billed_in_full(), "{}", report.line);
    assert!(report.max_memory_mb > 0, "{}", report.line);
    assert!(report.line.trim_end().ends_with("Status: timeout"), "{}", report.line);
    Ok(())
}

#[tokio::test]
async fn a_crashed_invocation_is_reported_with_its_init() -> anyhow::Result<()> {
    let functions = with_function().await?;
    functions.invoke("f", &json!({ "do": "exit", "code": 1 })).send().await?;
    let report = &reports(&functions, "f", 1).await?[0];
    assert!(report.init_ms.is_some() && report.is_billed_in_full(), "{}", report.line);
    assert!(report.max_memory_mb > 0, "{}", report.line);
    assert!(
        report.line.contains("Status: error\tError Type: Runtime.ExitError"),
        "{}",
        report.line
    );
    Ok(())
}

#[tokio::test]
async fn an_invocation_whose_environment_cannot_begin_is_reported() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let code = FunctionCode::builder().zip_file(archive("bootstrap", b"#!/bin/sh\nexit 3\n")?);
    functions.request("exits").code(code.build()).send().await?;
    let output = functions.invoke("exits", &json!({ "do": "who" })).send().await?;
    let id = aws_sdk_lambda::operation::RequestId::request_id(&output);
    let report = &reports(&functions, "exits", 1).await?[0];
    assert_eq!(Some(report.request_id.as_str()), id);
    assert!(
        report.line.contains("Status: error\tError Type: Runtime.ExitError"),
        "{}",
        report.line
    );
    Ok(())
}

/// What forces a fresh environment for each message: a change of a variable, however often.
#[tokio::test]
async fn after_each_change_of_a_variable_the_next_invocation_is_cold() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let mut pids = BTreeSet::new();
    for round in 0..10 {
        let variables = Environment::builder().variables("ROUND", round.to_string()).build();
        let update = functions.lambda.update_function_configuration().function_name("f");
        let updated = update.environment(variables).send().await?;
        assert_eq!(updated.last_update_status().map(|s| s.as_str()), Some("Successful"));
        let who = functions.answer("f", &json!({ "do": "who" })).await?;
        assert_eq!(who["invocations"], 1);
        pids.insert(who["pid"].as_u64());
    }
    assert_eq!(pids.len(), 10);
    let reports = reports(&functions, "f", 10).await?;
    assert!(reports.iter().all(|report| report.init_ms.is_some()), "{reports:?}");
    Ok(())
}

#[tokio::test]
async fn after_new_code_the_next_invocations_of_all_environments_are_cold() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("go");
    let both = [0; 2].map(|_| {
        tokio::spawn(functions.invoke("f", &json!({ "do": "hold", "file": file })).send())
    });
    functions.started("f", 2).await?;
    std::fs::write(&file, "")?;
    for running in both {
        running.await??;
    }
    let bootstrap = std::fs::read(crate::TEST_FUNCTION)?;
    let update = functions.lambda.update_function_code().function_name("f");
    update.zip_file(archive("bootstrap", &bootstrap)?).send().await?;
    functions.answer("f", &json!({ "do": "who" })).await?;
    // An asynchronous invocation finds the same environment, and not one from before.
    let event = functions.invoke("f", &json!({ "do": "who" }));
    event.invocation_type(InvocationType::Event).send().await?;
    let reports = reports(&functions, "f", 4).await?;
    let cold: Vec<_> = reports.iter().map(|report| report.init_ms.is_some()).collect();
    assert_eq!(cold, [true, true, true, false]);
    Ok(())
}
