//! local-cloud as a process: how soon it is ready, how much memory it takes, how long a function's
//! first invoke lasts.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use lab::backend::{Backend, Place};
use lab::cli::SweepOptions;
use lab::deploy::Artifacts;
use lab::run::World;
use wire::{BatchId, DurationNs, Envelope, MessageId};

use crate::table::Table;

fn median<T: Copy + Ord>(mut values: Vec<T>) -> anyhow::Result<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied().context("nothing was measured")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// From the start of the process to its ready line, and the memory it then has resident.
pub(crate) async fn start_up(world: &World, smoke: bool, table: &mut Table) -> anyhow::Result<()> {
    let times = if smoke { 2 } else { 21 };
    let mut ready = Vec::new();
    let mut resident = Vec::new();
    for _ in 0..times {
        let started = Instant::now();
        let mut child = Command::new(world.programs.join("local-cloud"))
            .args(["--listen", "127.0.0.1:0", "--ready-format", "json", "--exit-with-parent"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start local-cloud")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no stdout")?).read_line(&mut line)?;
        ready.push(started.elapsed());
        anyhow::ensure!(line.contains("endpoint"), "local-cloud said {line:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        resident.push(resident_kib(child.id())?);
        drop(child.stdin.take());
        child.wait()?;
    }
    let (ready, resident) = (median(ready)?, median(resident)?);
    table.add(
        format!("local-cloud: ready, median of {times}"),
        format!("{:.1} ms", ms(ready)),
        "under 50 ms",
        ready < Duration::from_millis(50),
    );
    table.add(
        "local-cloud: resident when idle, median",
        format!("{:.1} MB", resident as f64 * 1024.0 / 1e6),
        "under 40 MB",
        resident * 1024 < 40_000_000,
    );
    Ok(())
}

/// `VmRSS` of a process, KiB.
fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).context("no figure")?.parse()?)
}

/// The first synchronous invoke of a new function, which starts its process.
pub(crate) async fn first_invoke(
    world: &World,
    smoke: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    let times = if smoke { 2 } else { 21 };
    let backend = Backend::start(Place::Local, &SweepOptions::default(), &world.programs).await?;
    let clients = backend.clients();
    let artifacts = Artifacts::pack(&world.programs, lab::facts::architecture())?;
    let message =
        Envelope::write(MessageId { batch: BatchId::new(1), seq: 0 }, 1024, DurationNs(0), false)?;
    let mut first = Vec::new();
    for number in 0..times {
        let function = format!("first-{number}");
        clients
            .lambda
            .create_function()
            .function_name(&function)
            .runtime(Runtime::Providedal2023)
            .role("arn:aws:iam::000000000000:role/bench")
            .handler("bootstrap")
            .code(FunctionCode::builder().zip_file(artifacts.receiver.zip.clone()).build())
            .send()
            .await?;
        let started = Instant::now();
        let answer = clients
            .invoke
            .invoke()
            .function_name(&function)
            .payload(message.clone().into_bytes().into())
            .send()
            .await?;
        first.push(started.elapsed());
        anyhow::ensure!(answer.function_error().is_none(), "B failed: {answer:?}");
    }
    backend.stop().await;
    let first = median(first)?;
    table.add(
        format!("first invoke of a function, median of {times}"),
        format!("{:.1} ms", ms(first)),
        "under 30 ms",
        first < Duration::from_millis(30),
    );
    Ok(())
}
