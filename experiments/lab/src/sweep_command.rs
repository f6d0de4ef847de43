//! Several experiments as one run: each in its own program, one after the other.

use std::path::Path;
use std::process::Stdio;

use lab::cli::SweepArgs;
use lab::interrupt::Interrupt;
use lab::run::{World, default_run_id};
use lab::{LabError, program};
use store::RunId;
use tokio::process::{Child, Command};

/// What makes a folder below `experiments/` an experiment.
const NOTEBOOK: &str = "NOTEBOOK.md";

/// Measures the experiments; prints the run's folder last.
pub(crate) async fn run(
    mut args: SweepArgs,
    experiments: &[String],
    world: &World,
) -> Result<(), LabError> {
    let experiments = chosen(&world.root, experiments)?;
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
        let child = start(&world.programs, experiment, &words, Stdio::piped())?;
        end(child, experiment, Some(&interrupt)).await?;
    }
    program::print(&format!("{}\n", world.runs(&args.options).join(run_id.as_str()).display()));
    Ok(())
}

/// Prints what would be measured.
pub(crate) async fn plan(
    args: &SweepArgs,
    experiments: &[String],
    world: &World,
) -> Result<(), LabError> {
    for experiment in &chosen(&world.root, experiments)? {
        let mut words = vec!["plan".to_owned()];
        words.extend(args.to_words());
        end(start(&world.programs, experiment, &words, Stdio::null())?, experiment, None).await?;
    }
    Ok(())
}

fn start(
    programs: &Path,
    experiment: &str,
    words: &[String],
    stdin: Stdio,
) -> Result<Child, LabError> {
    let program = programs.join(experiment);
    Command::new(&program).args(words).stdin(stdin).spawn().map_err(|e| {
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
    let all = all(root)?;
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

fn all(root: &Path) -> Result<Vec<String>, LabError> {
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
