//! The edge of the programs: words in, exit code out.

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::cli::{ExperimentCli, ExperimentCommand, PlanArgs, find_root};
use crate::confirm::confirm;
use crate::cost::Prices;
use crate::error::LabError;
use crate::experiment::Experiment;
use crate::interrupt::Interrupt;
use crate::limits::Limits;
use crate::plan::Total;
use crate::redact::redact;
use crate::run::{self, World};
use crate::sample_size::Spreads;
use crate::{plan, progress};

/// What every program of the lab says of its exit codes.
pub const EXIT_CODES: &str = "Exit codes: 0 done; 1 the work failed; 2 bad usage; 129 stopped by \
                              SIGHUP; 130 stopped by Ctrl-C; 143 stopped by SIGTERM.";

/// The whole program of an experiment: reads the command line, measures, prints.
#[must_use]
pub fn main(experiment: &Experiment) -> ExitCode {
    let began = Instant::now();
    let about = format!("{}\n\nHypothesis: {}", experiment.question, experiment.hypothesis);
    let name = experiment.name;
    let command = ExperimentCli::command().name(name).about(about).after_help(format!(
        "Examples:\n  {name} run local smoke\n  {name} run local quick --axis payload-bytes=1KiB,64KiB\n  \
         {name} plan local full --plan my.toml\n\n{EXIT_CODES}"
    ));
    let cli = match command.try_get_matches().and_then(|m| ExperimentCli::from_arg_matches(&m)) {
        Ok(cli) => cli,
        Err(e) => e.exit(),
    };
    in_runtime(async {
        let world = world(began)?;
        let known = known(&world.root)?;
        match cli.command {
            ExperimentCommand::Plan(mut args) => {
                args.sweep.settle(&known)?;
                print(&planned(experiment, &args, &world)?.1);
            }
            ExperimentCommand::Run(mut args) => {
                args.settle(&known)?;
                if args.backend.costs_money() {
                    let sweep = args.clone();
                    let plan = PlanArgs { sweep, spread: Spreads::default(), with_total: false };
                    let (total, text) = planned(experiment, &plan, &world)?;
                    // Who asks for no confirmation has seen it.
                    if !args.options.yes {
                        print(&text);
                    }
                    confirm(&args, &total)?;
                }
                let interrupt = listen(args.options.exit_with_parent)?;
                print(&run::run(experiment, &args, &world, &interrupt).await?);
            }
        }
        Ok(())
    })
}

/// What would be measured, in words, and what it comes to.
fn planned(
    experiment: &Experiment,
    args: &PlanArgs,
    world: &World,
) -> Result<(Total, String), LabError> {
    let limits = Limits::read(&world.root)?;
    let prices = Prices::read(&world.root)?;
    let sweeps = args.sweep.sweeps(experiment)?;
    let plan = plan::of(&sweeps, args.sweep.architecture(), &limits)?;
    let poll = args.sweep.options.shard_poll_interval();
    let total = Total::of(&plan, args.sweep.backend, &args.sweep.options, &prices);
    let mut text = plan::describe(experiment.name, experiment.question, &plan, poll);
    text.push_str(&format!("  makes {}\n", total.resources_in_words()));
    text.push_str(&total.cost.describe());
    text.push_str(&plan::sample_size(&plan, &args.spread));
    if args.with_total {
        text.push_str(&total.to_line());
    }
    Ok((total, text))
}

/// What makes a folder below `experiments/` an experiment.
const NOTEBOOK: &str = "NOTEBOOK.md";

/// The experiments of the workspace, in the order of their names.
///
/// # Errors
/// When the folder cannot be read or holds none.
pub fn known(root: &Path) -> Result<Vec<String>, LabError> {
    let folder = root.join("experiments");
    let io = |source| LabError::Io { action: "read the folder", path: folder.clone(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if entry.path().join(NOTEBOOK).is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        let folder = folder.display();
        return Err(LabError::Usage(format!("no folder in {folder} holds a {NOTEBOOK}")));
    }
    names.sort();
    Ok(names)
}

/// What this process stands in: its folders, its clock, its random bits.
///
/// # Errors
/// When the workspace's folder is not found.
pub fn world(began: Instant) -> Result<World, LabError> {
    let here = Path::new(".");
    let program = std::env::current_exe().map_err(LabError::io("find the program", here))?;
    let started_in = std::env::current_dir().map_err(LabError::io("find the folder", here))?;
    let root = find_root(&started_in, &program).ok_or_else(|| {
        LabError::Usage(format!(
            "no folder above {} or {} holds {}: start this from the workspace",
            started_in.display(),
            program.display(),
            crate::limits::FILE
        ))
    })?;
    // Relative where it can be, so that no path of this machine comes into messages.
    let root = if root == started_in { here.to_owned() } else { root };
    let programs = program.parent().unwrap_or(here).to_owned();
    let (random, now) = (rand::random::<u64>, jiff::Timestamp::now);
    Ok(World { root, programs, began, random, now })
}

/// Listens for signals.
///
/// # Errors
/// When the system gives no signal handler.
pub fn listen(with_parent: bool) -> Result<Interrupt, LabError> {
    Interrupt::listen(with_parent)
        .map_err(|e| LabError::Backend(format!("cannot listen for signals: {e}")))
}

/// Runs a program's work; its error goes to standard error, its exit code to the caller.
pub fn in_runtime(work: impl Future<Output = Result<(), LabError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            progress::line(&format!("error: cannot start: {e}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            // An experiment's process has said itself what went wrong.
            if !matches!(e, LabError::Experiment { .. }) {
                progress::line(&redact(&format!("error: {e}")));
            }
            ExitCode::from(e.exit_code())
        }
    }
}

/// Writes a result to standard output; a reader that has gone away is no failure.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
