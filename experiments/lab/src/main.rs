//! `lab`: runs experiments one after the other as one run.

mod sweep_command;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use lab::cli::{PlanArgs, SweepArgs, SweepOptions};
use lab::program::{self, EXIT_CODES};
use lab::{LabError, run};
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
  lab teardown mine                        deletes what the run `mine` has left";

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
    /// Delete what a run has left deployed.
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
struct Teardown {
    /// The run [default: the newest].
    run: Option<RunId>,
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
            Command::Teardown(teardown) => tear_down(teardown, &world),
        }
    })
}

fn tear_down(teardown: Teardown, world: &run::World) -> Result<(), LabError> {
    let options = SweepOptions { runs: teardown.runs, ..SweepOptions::default() };
    let runs = world.runs(&options);
    let path = match teardown.run {
        Some(run) => runs.join(run.as_str()),
        None => RunDir::newest(&runs)?.path().to_owned(),
    };
    if !path.is_dir() {
        return Err(LabError::Usage(format!("there is no run in {}", path.display())));
    }
    program::print(&run::teardown(&path)?);
    Ok(())
}
