//! Function processes of the `local-cloud` program: what they see of it, and how they end with it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::Context as _;
use aws_sdk_lambda::types::Environment;
use serde_json::{Value, json};
use testkit::functions::{Functions, until};
use testkit::programs;

use crate::TEST_FUNCTION;
use crate::service_clients::at;

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
const SIGINT: i32 = 2;

/// Whether a process is there and has not ended.
pub(crate) fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in brackets, may hold anything; the state follows it.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn signal(pid: u32, signal: i32) -> anyhow::Result<()> {
    let status = Command::new("kill").args([format!("-{signal}"), pid.to_string()]).status()?;
    anyhow::ensure!(status.success(), "process {pid} cannot be sent signal {signal}");
    Ok(())
}

/// The program, which ends when its standard input does: with this test, at the latest.
struct Program {
    child: Child,
    functions: Functions,
    /// Where it keeps the functions' code, which stays behind when it is killed.
    _folder: tempfile::TempDir,
}

impl Program {
    async fn start() -> anyhow::Result<Self> {
        let words = ["--listen", "127.0.0.1:0", "--ready-format", "json", "--exit-with-parent"];
        let folder = tempfile::tempdir()?;
        let mut child = programs::command("local-cloud", &words)
            .env("TMPDIR", folder.path())
            .env("HANDOFF_TEST_SECRET", "hidden")
            .stdin(Stdio::piped())
            .spawn()?;
        let mut ready = String::new();
        let output = child.stdout.take().context("its output is a pipe")?;
        BufReader::new(output).read_line(&mut ready)?;
        let ready: Value = serde_json::from_str(&ready)?;
        let endpoint = ready["endpoint"].as_str().context("it says where it listens")?;
        let functions = Functions::new(&at(endpoint.to_owned()).await, TEST_FUNCTION)?;
        Ok(Self { child, functions, _folder: folder })
    }

    /// Waits for its end, for a generous time.
    async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        until("the end of local-cloud", async || Ok(self.child.try_wait()?)).await
    }
}

#[tokio::test]
async fn a_function_sees_lambdas_variables_and_its_own_and_no_others() -> anyhow::Result<()> {
    let program = Program::start().await?;
    let variables =
        Environment::builder().variables("OWN", "mine").variables("AWS_ENDPOINT_URL", "u");
    let request = program.functions.request("f").environment(variables.build());
    request.send().await?;
    let seen = program.functions.answer("f", &json!({ "do": "variables" })).await?;
    assert_eq!((&seen["OWN"], &seen["AWS_ENDPOINT_URL"]), (&json!("mine"), &json!("u")));
    assert_eq!(seen["AWS_LAMBDA_FUNCTION_NAME"], "f");
    assert_eq!(seen["_HANDLER"], "bootstrap");
    let names: BTreeSet<&str> = seen.as_object().into_iter().flatten().map(|(k, _)| &**k).collect();
    // "Defined runtime environment variables" of the developer guide; the runtime client sets
    // the trace id itself.
    let expected = BTreeSet::from([
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "TZ",
        "_HANDLER",
        "AWS_ENDPOINT_URL",
        "OWN",
    ]);
    let unexpected: Vec<_> = names.difference(&expected).collect();
    assert!(unexpected.is_empty() || unexpected == [&"_X_AMZN_TRACE_ID"], "{unexpected:?}");
    assert_eq!(expected.difference(&names).collect::<Vec<_>>(), Vec::<&&str>::new());
    Ok(())
}

#[tokio::test]
async fn functions_end_with_the_server_whatever_ends_it() -> anyhow::Result<()> {
    for by in [Some(SIGKILL), Some(SIGTERM), Some(SIGINT), None] {
        let mut program = Program::start().await?;
        let functions = program.functions.clone();
        functions.create("idle").await?;
        functions.create("busy").await?;
        let idle = functions.answer("idle", &json!({ "do": "who" })).await?["pid"].as_u64();
        let idle = u32::try_from(idle.context("a process has an id")?)?;
        let hold = json!({ "do": "hold", "file": "/nowhere/at/all" });
        let running = tokio::spawn(functions.invoke("busy", &hold).send());
        let busy = functions.started("busy", 1).await?[0].pid;
        assert!(runs(idle) && runs(busy));
        match by {
            Some(number) => signal(program.child.id(), number)?,
            None => drop(program.child.stdin.take()),
        }
        let status = program.ended().await?;
        if by == Some(SIGKILL) {
            assert_eq!(status.signal(), by);
        } else {
            assert_eq!(status.code(), Some(0), "ended by {by:?}");
        }
        let failed = running.await?.map_or(true, |output| output.function_error().is_some());
        assert!(failed, "its caller learns of the end");
        until("the end of its functions", async || Ok((!runs(idle) && !runs(busy)).then_some(())))
            .await?;
    }
    Ok(())
}
