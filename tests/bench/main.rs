//! The figures of `docs/BENCHMARKS.md`: how fast the instrument itself is.
//!
//! `just bench` prints them as Markdown; with `--write FILE` it also replaces what stands between
//! the markers of that file. Nothing here is a test with a time limit: figures are shown beside
//! what was aimed at, and only a wrong result (a message lost, doubled, refused or damaged) fails.

mod process;
mod sweeps;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser;
use lab::interrupt::Interrupt;
use lab::run::World;

use crate::table::Table;

/// How fast the embedded cloud and the lab are on this machine
#[derive(Parser)]
#[command(after_help = "Examples:
  just bench                                 optimised binaries, all figures
  just bench --smoke                         whether the benchmark itself works; figures mean nothing
  just bench --write docs/BENCHMARKS.md      and replace the figures there")]
struct Options {
    /// A few messages each: whether the benchmark itself works
    #[arg(long)]
    smoke: bool,
    /// Folder of the binaries to measure [default: where this program lies]
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// File whose figures, between the markers, are replaced
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            lab::progress::line(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let table = runtime.block_on(measure(options))?;
    let text = table.to_string();
    lab::program::print(&text);
    if let Some(file) = &options.write {
        table::replace_in(file, &text).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

async fn measure(options: &Options) -> anyhow::Result<Table> {
    let mut world = lab::program::world(Instant::now())?;
    if let Some(programs) = &options.programs {
        world.programs.clone_from(programs);
    }
    let interrupt = lab::program::listen(false)?;
    let mut table = Table::new(&world, options.smoke);
    let step = |what: &str| lab::progress::line(&format!("measuring {what}"));

    step("how local-cloud starts");
    process::start_up(&world, options.smoke, &mut table).await?;
    step("the first invoke of a function");
    process::first_invoke(&world, options.smoke, &mut table).await?;
    sweeps(&world, &interrupt, options.smoke, &mut table).await?;
    Ok(table)
}

async fn sweeps(
    world: &World,
    interrupt: &Interrupt,
    smoke: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    let step = |what: &str| lab::progress::line(&format!("measuring {what}"));
    let bench = sweeps::Sweeps::new(world, interrupt, smoke)?;
    step("handoff and operation duration, one sender");
    bench.one_sender(table).await?;
    step("the wait for the poll of a Kinesis shard");
    bench.shard_poll(table).await?;
    step("throughput, eight senders");
    bench.eight_senders(table).await?;
    step("what a smoke run costs beside its messages");
    bench.smoke_overhead(table).await
}
