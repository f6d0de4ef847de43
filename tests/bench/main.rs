//! The figures of `docs/BENCHMARKS.md`: how fast the instrument itself is.
//!
//! `just bench` prints them as Markdown; with `--write FILE` it also replaces what stands between
//! the markers of that file. Nothing here is a test with a time limit: figures are shown beside
//! what was aimed at, and only a wrong result (a message lost, doubled, refused or damaged) fails.

mod commands;
mod containers;
mod instrument;
mod process;
mod statistics;
mod sweeps;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::{Parser, ValueEnum as _};

use crate::table::Table;

/// How fast the embedded cloud and the lab are on this machine
#[derive(Parser)]
#[command(after_help = "Examples:
  just bench                                 optimised binaries, all figures
  just bench --smoke                         whether the benchmark itself works; figures mean nothing
  just bench --only container                local-cloud beside an emulator in a container
  just bench --write docs/BENCHMARKS.md      and replace the figures there")]
struct Options {
    /// A few messages each: whether the benchmark itself works
    #[arg(long)]
    smoke: bool,
    /// Folder of the binaries to measure [default: where this program lies]
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// The program that reads runs [default: where this program lies]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Only these figures [default: all]
    #[arg(long, value_enum, value_name = "WHAT")]
    only: Vec<What>,
    /// Rows of the runs that the statistics are timed with [default: 1000000, 10000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(4_400..=1_000_000_000))]
    rows: Vec<u64>,
    /// File whose figures, between the markers, are replaced
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// How local-cloud starts
    Start,
    /// The first invoke of a function
    FirstInvoke,
    /// Handoff and operation duration, one sender
    OneSender,
    /// The wait for the poll of a Kinesis shard
    ShardPoll,
    /// Throughput, eight senders
    EightSenders,
    /// What a smoke run costs beside its messages
    Overhead,
    /// Whole profiles, and their report
    Commands,
    /// A known delay against the measured shift
    Shift,
    /// A known distribution against the measured quantiles
    Quantiles,
    /// Every statistic of a large run against DuckDB's percentiles
    Statistics,
    /// local-cloud beside an emulator in a container
    Container,
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
    let built = world.programs.clone();
    let report = options.report.clone().unwrap_or_else(|| world.programs.join("report"));
    if let Some(programs) = &options.programs {
        world.programs.clone_from(programs);
    }
    let interrupt = lab::program::listen(false)?;
    let mut table = Table::new(&world, options.smoke);
    let sweeps = sweeps::Sweeps::new(&world, &interrupt, options.smoke)?;
    for what in What::value_variants() {
        if !options.only.is_empty() && !options.only.contains(what) {
            continue;
        }
        let name = what.to_possible_value();
        let help = name.as_ref().and_then(|value| value.get_help().map(ToString::to_string));
        lab::progress::line(&format!("measuring: {}", help.unwrap_or_default()));
        match what {
            What::Start => process::start_up(&world, options.smoke, &mut table).await?,
            What::FirstInvoke => process::first_invoke(&world, options.smoke, &mut table).await?,
            What::OneSender => sweeps.one_sender(&mut table).await?,
            What::ShardPoll => sweeps.shard_poll(&mut table).await?,
            What::EightSenders => sweeps.eight_senders(&mut table).await?,
            What::Overhead => sweeps.smoke_overhead(&mut table).await?,
            What::Commands => commands::run_and_report(&built, options.smoke, &mut table)?,
            What::Shift => instrument::shift(&sweeps, &mut table).await?,
            What::Quantiles => instrument::quantiles(&sweeps, &mut table).await?,
            What::Statistics => statistics::against_duckdb(
                &world.root,
                &report,
                &options.rows,
                options.smoke,
                &mut table,
            )?,
            What::Container => {
                let required = std::env::var_os(testkit::container::REQUIRED).is_some()
                    || options.only.contains(&What::Container);
                containers::side_by_side(&sweeps, required, &mut table).await?;
            }
        }
    }
    Ok(table)
}
