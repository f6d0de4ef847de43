//! Functions under test: how they are packed and made, and what they say of their invocations.

use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::operation::invoke::builders::InvokeFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use serde::Deserialize;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A role that functions may have.
pub const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// How long something is waited for that has to come.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// An archive with one program.
///
/// # Errors
/// When it cannot be packed.
pub fn archive(name: &str, program: &[u8]) -> anyhow::Result<Blob> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(program.len() + 1024)));
    // Squeezing takes longer than sending.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file(name, options)?;
    zip.write_all(program)?;
    Ok(Blob::new(zip.finish()?.into_inner()))
}

/// A cloud's functions: made of one program, which is the test function, and watched by their logs.
#[derive(Clone, Debug)]
pub struct Functions {
    /// The client.
    pub lambda: aws_sdk_lambda::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    archive: Blob,
}

/// What the test function logs when an invocation starts and when it ends.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Phase {
    /// The invocation's id.
    pub invocation: String,
    /// `started`, then `ended` or `failed`.
    pub phase: String,
    /// When, in nanoseconds since the epoch.
    pub at_ns: u64,
    /// The process that had it.
    pub pid: u32,
    /// The `name` in its event, if there is one.
    pub name: Option<String>,
    /// The messages in its event, if it came through a service.
    pub records: Vec<Record>,
}

/// A message that came through a service.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Record {
    /// Its sequence number or message id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Kinesis: its shard.
    pub shard: Option<String>,
    /// Kinesis: its partition key.
    pub key: Option<String>,
}

impl Functions {
    /// Functions made of this program, in the cloud of this configuration.
    ///
    /// # Errors
    /// When the program cannot be read.
    pub fn new(config: &SdkConfig, program: &str) -> anyhow::Result<Self> {
        let bootstrap = std::fs::read(program).with_context(|| program.to_owned())?;
        Ok(Self {
            lambda: aws_sdk_lambda::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            archive: archive("bootstrap", &bootstrap)?,
        })
    }

    /// A request for a function with what every function needs; the rest can be added to it.
    #[must_use]
    pub fn request(&self, name: &str) -> CreateFunctionFluentBuilder {
        self.lambda
            .create_function()
            .function_name(name)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .role(ROLE)
            .timeout(60)
            .code(FunctionCode::builder().zip_file(self.archive.clone()).build())
    }

    /// Makes a function; gives its ARN.
    ///
    /// # Errors
    /// What the service says.
    pub async fn create(&self, name: &str) -> anyhow::Result<String> {
        let made = self.request(name).send().await?;
        made.function_arn.context("a function has an ARN")
    }

    /// A request to invoke a function with an event and to wait for its answer.
    #[must_use]
    pub fn invoke(&self, name: &str, event: &Value) -> InvokeFluentBuilder {
        self.lambda.invoke().function_name(name).payload(Blob::new(event.to_string()))
    }

    /// The answer of a function that succeeds.
    ///
    /// # Errors
    /// What the service says, or the function's error.
    pub async fn answer(&self, name: &str, event: &Value) -> anyhow::Result<Value> {
        let output = self.invoke(name, event).send().await?;
        let answer = payload(&output)?;
        anyhow::ensure!(output.function_error().is_none(), "{name} failed: {answer}");
        Ok(answer)
    }

    /// A function's log lines so far, in their order; none if it has no log yet.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn log_lines(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let ask = self.logs.filter_log_events().log_group_name(format!("/aws/lambda/{name}"));
        let mut pages = ask.into_paginator().send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    lines.extend(page.events.into_iter().flatten().filter_map(|e| e.message));
                }
                Err(error) => match error.into_service_error() {
                    error if error.is_resource_not_found_exception() => break,
                    error => return Err(error.into()),
                },
            }
        }
        Ok(lines)
    }

    /// What the test function has logged of its invocations, in the order of their times.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn phases(&self, name: &str) -> anyhow::Result<Vec<Phase>> {
        let lines = self.log_lines(name).await?;
        let is_phase = |line: &&String| line.starts_with('{') && line.contains(r#""at_ns":"#);
        let mut phases: Vec<Phase> = lines
            .iter()
            .filter(is_phase)
            .map(|line| serde_json::from_str(line).with_context(|| line.clone()))
            .collect::<Result<_, _>>()?;
        phases.sort_by_key(|phase| phase.at_ns);
        Ok(phases)
    }

    /// Waits until the function has finished so many invocations; gives their phases.
    ///
    /// # Errors
    /// When the log cannot be read, or when they do not come.
    pub async fn finished(&self, name: &str, invocations: usize) -> anyhow::Result<Vec<Phase>> {
        let what = format!("the end of {invocations} invocations of {name}");
        until(&what, async || {
            let phases = self.phases(name).await?;
            let finished = phases.iter().filter(|phase| phase.phase != "started").count();
            Ok((finished >= invocations).then_some(phases))
        })
        .await
    }

    /// Waits until so many invocations of the function have started; gives their phases.
    ///
    /// # Errors
    /// When the log cannot be read, or when they do not come.
    pub async fn started(&self, name: &str, invocations: usize) -> anyhow::Result<Vec<Phase>> {
        let what = format!("the start of {invocations} invocations of {name}");
        until(&what, async || {
            let phases = self.phases(name).await?;
            let started = phases.iter().filter(|phase| phase.phase == "started").count();
            Ok((started >= invocations).then_some(phases))
        })
        .await
    }
}

/// The payload of an answer.
///
/// # Errors
/// When it is no JSON.
pub fn payload(output: &InvokeOutput) -> anyhow::Result<Value> {
    let bytes = output.payload().map(Blob::as_ref).unwrap_or_default();
    Ok(serde_json::from_slice(bytes)?)
}

/// Looks again and again until there is what is waited for.
///
/// # Errors
/// When looking fails, or when it has not come after a generous time.
pub async fn until<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        anyhow::ensure!(Instant::now() < patience, "{what} did not come about");
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}
