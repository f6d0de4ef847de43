//! `lab`: runs experiments one after the other as one run.

mod sweep_command;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use lab::cli::{PlanArgs, SweepArgs, SweepOptions};
use lab::program::{self, EXIT_CODES};
use lab::{LabError, run, teardown_command};
use store::{RunDir, RunId};

/// Measures how long Lambda A takes to hand a message to Lambda B.
#[derive(Parser, Debug)]
#[command(name = "lab", version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  lab run-sweep                            all experiments, here, in a few minutes
  lab run-sweep local smoke baseline       one experiment, in under a minute
  lab run-sweep local full --run mine      goes on where the run `mine` was stopped
  lab run-sweep local quick payload-size --axis payload-bytes=1KiB,64KiB
                                           one experiment with other values of an axis
  lab plan local full --plan my.toml       what that would measure, how long it would take and
                                           what it would cost, with the settings of a file
  lab run-sweep aws smoke baseline         shows what it would cost in your account, and asks
  lab collect mine                         reads lines of `mine` that came late
  lab teardown mine                        deletes what the run `mine` has left
  lab teardown --all-expired               deletes what any run has left in your AWS account";

const PLAN_FILE: &str = "A plan file holds the names of --axis, for all experiments or for one:
  rounds = 5
  [experiments.payload-size]
  payload-bytes = [256, \"64KiB\"]
  load = \"poisson:20\"";

#[derive(Subcommand, Debug)]
enum Command {
    /// Measure experiments and write one run's folder.
    #[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
    RunSweep(Sweep),
    /// Say what would be measured, how long it would take and what it would cost; run nothing.
    #[command(after_help = format!("{PLAN_FILE}\n\n{EXAMPLES}\n\n{EXIT_CODES}"))]
    Plan(Plan),
    /// Read a run's logs once more for lines that came late; run nothing.
    Collect(Collect),
    /// Delete what a run has left deployed, its logs too.
    Teardown(Teardown),
}

#[derive(Args, Debug)]
struct Sweep {
    #[command(flatten)]
    args: SweepArgs,
    /// Which experiments [default: all, in the order of their names].
    experiments: Vec<String>,
}

#[derive(Args, Debug)]
struct Plan {
    #[command(flatten)]
    args: PlanArgs,
    /// Which experiments [default: all, in the order of their names].
    experiments: Vec<String>,
}

#[derive(Args, Debug)]
struct Collect {
    /// The run [default: the newest].
    run: Option<RunId>,
    /// Folder of the runs [default: data/runs of the workspace].
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct Teardown {
    /// The run [default: the newest]; one without a folder here is looked for in the AWS account, by
    /// its tags.
    run: Option<RunId>,
    /// In the AWS account: whatever of any run is past its time, by its tags.
    #[arg(long, conflicts_with = "run")]
    all_expired: bool,
    /// Append each control call, its operation and parameters, to a file.
    #[arg(long, value_name = "FILE", hide = true)]
    record_calls: Option<PathBuf>,
    /// Folder of the runs [default: data/runs of the workspace].
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
}

fn main() -> ExitCode {
    let began = Instant::now();
    let cli = Cli::parse();
    program::in_runtime(async {
        let world = program::world(began)?;
        match cli.command {
            Command::RunSweep(sweep) => {
                sweep_command::run(sweep.args, &sweep.experiments, &world).await
            }
            Command::Plan(plan) => sweep_command::plan(plan.args, &plan.experiments, &world).await,
            Command::Teardown(teardown) => tear_down(teardown, &world).await,
            Command::Collect(args) => collect(args, &world).await,
        }
    })
}

async fn tear_down(teardown: Teardown, world: &run::World) -> Result<(), LabError> {
    let options = SweepOptions {
        runs: teardown.runs,
        record_calls: teardown.record_calls,
        ..SweepOptions::default()
    };
    let (text, is_done) = if teardown.all_expired {
        teardown_command::all_expired(&options, world).await?
    } else {
        let run = match teardown.run {
            Some(run) => run,
            None => RunDir::newest(&world.runs(&options))?.run_id().clone(),
        };
        teardown_command::run(&run, &options, world).await?
    };
    program::print(&text);
    if is_done { Ok(()) } else { Err(LabError::Backend("not everything could be deleted".into())) }
}

async fn collect(collect: Collect, world: &run::World) -> Result<(), LabError> {
    let options = SweepOptions { runs: collect.runs, ..SweepOptions::default() };
    let runs = world.runs(&options);
    let run = match collect.run {
        Some(run) => RunDir::open(&runs.join(run.as_str()))?,
        None => RunDir::newest(&runs)?,
    };
    program::print(&teardown_command::collect(&run, &options, world).await?);
    Ok(())
}
