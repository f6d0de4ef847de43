//! Deleting what runs have left, and reading once more what they have logged.

use std::fmt::Write as _;

use store::{RunDir, RunId};

use crate::backend::{Backend, Place};
use crate::cli::SweepOptions;
use crate::collect::Collector;
use crate::deploy::{Delete as _, DeploymentLog, TornDown, Which, find, tear_down};
use crate::error::LabError;
use crate::recollect::recollect;
use crate::run::World;

/// Deletes what a run has left; gives what to print, and whether nothing is left.
///
/// What its `deployment.json` lists is deleted by that. A run in the account that has no such file
/// here, or whose file lists nothing, is looked for by its tags.
///
/// # Errors
/// When the run's folder cannot be read or written, or the place cannot be reached;
/// [`LabError::Usage`] when it is another than the one that the run was in, where everything would be
/// taken for deleted.
pub async fn run(
    run_id: &RunId,
    options: &SweepOptions,
    world: &World,
) -> Result<(String, bool), LabError> {
    let path = world.runs(options).join(run_id.as_str());
    let name = path.display().to_string();
    match DeploymentLog::read(&path)? {
        Some(old) if old.backend == Place::Aws.name() => {
            let backend = Backend::start(Place::Aws, options, &world.programs).await?;
            let site = backend.site(run_id);
            old.check_site(&path, &site)?;
            if old.resources.is_empty() {
                return by_tags(&backend, &Which::Run(run_id.to_string()), &name).await;
            }
            let log = DeploymentLog::open(&path, site)?;
            let torn_down = tear_down(&log, &backend.clients(), |_| false).await?;
            backend.stop().await;
            Ok((torn_down.describe(&name), torn_down.left.is_empty()))
        }
        Some(old) if old.resources.is_empty() => Ok((format!("{name}: nothing is left\n"), true)),
        Some(old) => {
            // Its cloud ends with the lab, whatever ends it, and takes everything with it.
            let log = DeploymentLog::open(&path, old.site())?;
            log.strike_out_all()?;
            let (count, place) = (old.resources.len(), old.backend);
            let cloud = if place == Place::Local.name() { "local-cloud" } else { &place };
            let text =
                format!("{name}: {count} resources are gone, with the {cloud} that had them\n");
            Ok((text, true))
        }
        None if is_elsewhere(&path) => Ok((format!("{name}: nothing was deployed\n"), true)),
        None => {
            let which = Which::Run(run_id.to_string());
            let backend = Backend::start(Place::Aws, options, &world.programs).await?;
            by_tags(&backend, &which, &format!("the run {run_id}")).await
        }
    }
}

/// Whether a folder says that its run was not in the account.
fn is_elsewhere(path: &std::path::Path) -> bool {
    let manifest = RunDir::open(path).and_then(|run| run.manifest());
    manifest.is_ok_and(|manifest| manifest.backend.name != Place::Aws.name())
}

/// Deletes whatever of any run is past its time.
///
/// # Errors
/// When the account cannot be reached or listed.
pub async fn all_expired(
    options: &SweepOptions,
    world: &World,
) -> Result<(String, bool), LabError> {
    let now = (world.now)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let backend = Backend::start(Place::Aws, options, &world.programs).await?;
    by_tags(&backend, &Which::ExpiredAt(now), "what has expired").await
}

async fn by_tags(backend: &Backend, which: &Which, name: &str) -> Result<(String, bool), LabError> {
    let clients = backend.clients();
    let mut torn_down = TornDown::default();
    for resource in find(&clients, which).await? {
        match clients.delete(&resource).await {
            Ok(()) => torn_down.removed.push(resource),
            Err(e) => torn_down.left.push((resource, e)),
        }
    }
    Ok((torn_down.describe(name), torn_down.left.is_empty()))
}

/// Reads the log groups of a run once more; gives what to print.
///
/// # Errors
/// As [`recollect`]; [`LabError::Usage`] for a run whose logs ended with its cloud.
pub async fn collect(
    run: &RunDir,
    options: &SweepOptions,
    world: &World,
) -> Result<String, LabError> {
    let place = run.manifest()?.backend.name;
    if place != Place::Aws.name() {
        return Err(LabError::Usage(format!(
            "the logs of {} ended with the cloud of `{place}`: only those on aws stay",
            run.path().display()
        )));
    }
    let backend = Backend::start(Place::Aws, options, &world.programs).await?;
    let collector = Collector::new(backend.clients().logs, backend.pace());
    let found = recollect(run, &collector).await?;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} parts missed lines; {} rows were completed, {} still miss one; {} invocations got \
         their REPORT line, {} still have none",
        run.path().display(),
        found.looked_at,
        found.changed,
        found.missing,
        found.reports,
        found.unreported
    );
    Ok(text)
}
