//! Several experiments as one run: each in its own program, one after the other.

use std::path::Path;
use std::process::Stdio;

use lab::cli::{PlanArgs, SweepArgs};
use lab::confirm::confirm;
use lab::interrupt::Interrupt;
use lab::plan::Total;
use lab::run::{World, default_run_id};
use lab::{LabError, program};
use store::RunId;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// Measures the experiments; prints the run's folder last.
pub(crate) async fn run(
    mut args: SweepArgs,
    experiments: &[String],
    world: &World,
) -> Result<(), LabError> {
    args.settle(&program::known(&world.root)?)?;
    let experiments = chosen(&world.root, experiments)?;
    // What cannot be measured is said of every experiment before the first is.
    let mut words = args.to_words();
    words.push("--with-total".to_owned());
    let mut total = Total::default();
    for experiment in &experiments {
        let said = planned(&words, experiment, world).await?;
        let (text, line) = said.trim_end().rsplit_once('\n').unwrap_or_default();
        total.add(&Total::from_line(line)?);
        if args.backend.costs_money() {
            program::print(&format!("{text}\n\n"));
        }
    }
    if args.backend.costs_money() {
        program::print(&total.describe(experiments.len()));
        confirm(&args, &total)?;
        // Once for the whole run: the experiments do not ask again.
        args.options.yes = true;
    }
    let run_id = match &args.options.run {
        Some(run_id) => run_id.clone(),
        None => RunId::new(&default_run_id(world, args.profile.name()))
            .map_err(|e| LabError::Usage(e.to_string()))?,
    };
    args.options.run = Some(run_id.clone());
    // This process may be killed; the experiment's would go on measuring for nobody.
    args.options.exit_with_parent = true;
    let interrupt = program::listen(false)?;
    for experiment in &experiments {
        let mut words = vec!["run".to_owned()];
        words.extend(args.to_words());
        let child = start(&world.programs, experiment, &words, Stdio::piped(), Stdio::inherit())?;
        end(child, experiment, Some(&interrupt)).await?;
    }
    program::print(&format!("{}\n", world.runs(&args.options).join(run_id.as_str()).display()));
    Ok(())
}

/// Prints what would be measured, and what that comes to.
pub(crate) async fn plan(
    mut args: PlanArgs,
    experiments: &[String],
    world: &World,
) -> Result<(), LabError> {
    args.sweep.settle(&program::known(&world.root)?)?;
    let experiments = chosen(&world.root, experiments)?;
    let mut words = args.sweep.to_words();
    words.extend(args.spread.to_words());
    words.push("--with-total".to_owned());
    let mut total = Total::default();
    for experiment in &experiments {
        let said = planned(&words, experiment, world).await?;
        let (text, line) = said.trim_end().rsplit_once('\n').unwrap_or_default();
        total.add(&Total::from_line(line)?);
        program::print(&format!("{text}\n\n"));
    }
    program::print(&total.describe(experiments.len()));
    Ok(())
}

/// What an experiment says that it would measure.
async fn planned(words: &[String], experiment: &str, world: &World) -> Result<String, LabError> {
    let mut all = vec!["plan".to_owned()];
    all.extend_from_slice(words);
    let mut child = start(&world.programs, experiment, &all, Stdio::null(), Stdio::piped())?;
    let mut said = String::new();
    if let Some(mut out) = child.stdout.take() {
        let read = out.read_to_string(&mut said).await;
        read.map_err(|e| LabError::Backend(format!("cannot read what {experiment} says: {e}")))?;
    }
    end(child, experiment, None).await?;
    Ok(said)
}

fn start(
    programs: &Path,
    experiment: &str,
    words: &[String],
    stdin: Stdio,
    stdout: Stdio,
) -> Result<Child, LabError> {
    let program = programs.join(experiment);
    Command::new(&program).args(words).stdin(stdin).stdout(stdout).spawn().map_err(|e| {
        LabError::Backend(format!(
            "cannot start {}: {e}; `cargo build --workspace` makes it",
            program.display()
        ))
    })
}

/// Waits for an experiment. When this process is asked to stop, the experiment is too, and is waited
/// for while it tears down.
async fn end(
    mut child: Child,
    experiment: &str,
    interrupt: Option<&Interrupt>,
) -> Result<(), LabError> {
    // The experiment stops when this pipe ends, be it closed here or by this process' death.
    let alive = child.stdin.take();
    let failed = |e| LabError::Backend(format!("cannot wait for {experiment}: {e}"));
    let waiting = async { child.wait().await.map_err(failed) };
    let waited = match interrupt {
        None => waiting.await,
        Some(interrupt) => interrupt.or(waiting).await,
    };
    drop(alive);
    if let Err(LabError::Interrupted { .. }) = waited {
        child.wait().await.map_err(failed)?;
    }
    match waited?.code() {
        Some(0) => Ok(()),
        code => {
            let code = code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
            Err(LabError::Experiment { name: experiment.to_owned(), code })
        }
    }
}

/// The experiments asked for, or all, in the order of their names.
///
/// # Errors
/// [`LabError::Usage`] naming the one that there is not, and those that there are.
fn chosen(root: &Path, asked: &[String]) -> Result<Vec<String>, LabError> {
    let all = program::known(root)?;
    for name in asked {
        if !all.contains(name) {
            return Err(LabError::Usage(format!(
                "unknown experiment {name:?}: expected one of {}",
                all.join(", ")
            )));
        }
    }
    Ok(all.into_iter().filter(|name| asked.is_empty() || asked.contains(name)).collect())
}
