//! Going on with a run: only under the settings that it was begun with.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use store::{BackendFacts, ExperimentPlan, Functions, Manifest};
use tokio::time::Instant;

use crate::error::LabError;

/// What must not change within a run.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// The seed, where one is asked for.
    pub seed: Option<u64>,
    /// The profile.
    pub profile: &'a str,
    /// The function binaries.
    pub functions: &'a Functions,
    /// The experiment.
    pub experiment: &'a str,
    /// Its plan.
    pub plan: &'a ExperimentPlan,
    /// The backend's name.
    pub backend: &'a str,
    /// The backend's settings.
    pub backend_settings: &'a BTreeMap<String, String>,
}

/// Whether a run that has this manifest can go on under these settings.
///
/// # Errors
/// [`LabError::OtherRun`] with the first setting that differs.
pub fn check(begun: &Manifest, now: &Settings<'_>) -> Result<(), LabError> {
    let differs = |what, begun_with: String, is_now: String, advice| {
        if begun_with == is_now {
            return Ok(());
        }
        let (run, begun, now) = (begun.run_id.to_string(), begun_with, is_now);
        Err(LabError::OtherRun { run, what, begun, now, advice })
    };
    const USE_THE_SAME: &str = "give the same options again";
    const BUILD_THE_SAME: &str = "build the commit that it was begun with";
    if let Some(seed) = now.seed {
        differs("the seed", begun.seed.to_string(), seed.to_string(), "leave --seed out")?;
    }
    differs("the profile", begun.profile.clone(), now.profile.to_owned(), USE_THE_SAME)?;
    differs("the backend", begun.backend.name.clone(), now.backend.to_owned(), USE_THE_SAME)?;
    differs(
        "the backend settings",
        format!("{:?}", shared(&begun.backend.settings)),
        format!("{:?}", shared(now.backend_settings)),
        USE_THE_SAME,
    )?;
    let hash = |functions: &Functions| {
        format!("{} and {}", functions.sender_sha256, functions.receiver_sha256)
    };
    differs("the function binaries", hash(&begun.functions), hash(now.functions), BUILD_THE_SAME)?;
    match begun.experiments.get(now.experiment) {
        Some(plan) => {
            differs("the plan", outline(plan), outline(now.plan), USE_THE_SAME)?;
            if plan.cells == now.plan.cells {
                return Ok(());
            }
            differs(
                "the cells",
                format!("{:?}", plan.cells),
                format!("{:?}", now.plan.cells),
                USE_THE_SAME,
            )
        }
        None => Ok(()),
    }
}

/// How the manifest names a backend's setting that one experiment has for itself. It follows from
/// the experiment's plan.
#[must_use]
pub fn own_setting(experiment: &str, setting: &str) -> String {
    format!("{experiment}{OWN}{setting}")
}

const OWN: char = '.';

/// The settings that all experiments of a run share.
fn shared(settings: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let shared = settings.iter().filter(|(name, _)| !name.contains(OWN));
    shared.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Whether the started backend is the one that the run was begun on.
///
/// # Errors
/// [`LabError::OtherRun`] when it is another product or version.
pub fn check_backend(begun: &Manifest, now: &BackendFacts) -> Result<(), LabError> {
    let name = |facts: &BackendFacts| format!("{} {}", facts.product, facts.version);
    if name(&begun.backend) == name(now) {
        return Ok(());
    }
    Err(LabError::OtherRun {
        run: begun.run_id.to_string(),
        what: "the backend",
        begun: name(&begun.backend),
        now: name(now),
        advice: "use the same version",
    })
}

fn outline(plan: &ExperimentPlan) -> String {
    let messages: u64 = plan.cells.iter().map(|cell| u64::from(cell.messages)).sum();
    let warmup: u64 = plan.cells.iter().map(|cell| u64::from(cell.warmup)).sum();
    format!(
        "{} cells, {} rounds, {messages} messages a round, {warmup} to warm up",
        plan.cells.len(),
        plan.rounds,
    )
}

/// Locks a run's folder for this process until the returned file is dropped. What is left of a
/// killed attempt may still be tearing down, so the lock is asked for more than once.
///
/// # Errors
/// [`LabError::Busy`] when another process keeps it.
pub async fn lock(run: &Path) -> Result<File, LabError> {
    const WAIT: Duration = Duration::from_secs(10);
    const PAUSE: Duration = Duration::from_millis(50);
    let folder = File::open(run).map_err(LabError::io("open", run))?;
    let end = Instant::now() + WAIT;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(folder),
            Err(TryLockError::Error(e)) => return Err(LabError::io("lock", run)(e)),
            Err(TryLockError::WouldBlock) if Instant::now() > end => {
                return Err(LabError::Busy { lock: run.to_owned() });
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::experiment::{Axes, Profile};
    use crate::limits::Limits;
    use crate::plan;

    fn plan(messages: u32, payload: u32) -> ExperimentPlan {
        let axes = Axes { messages, payload_bytes: vec![payload], ..Axes::of(Profile::Smoke) };
        plan::of(&[axes], store::Architecture::X86_64, &Limits::default()).unwrap()
    }

    fn functions(sender: &str) -> Functions {
        Functions { sender_sha256: sender.into(), receiver_sha256: "b".into() }
    }

    fn backend(version: &str) -> BackendFacts {
        BackendFacts {
            name: "local".into(),
            product: "local-cloud".into(),
            version: version.into(),
            endpoint: store::EndpointKind::Loopback,
            settings: poll("1s"),
        }
    }

    fn poll(interval: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("poll".to_owned(), interval.to_owned())])
    }

    fn manifest() -> Manifest {
        Manifest {
            format_version: store::FORMAT_VERSION,
            run_id: store::RunId::new("r").unwrap(),
            seed: 7,
            profile: "smoke".into(),
            git: None,
            cargo_lock_sha256: None,
            functions: functions("a"),
            backend: backend("1"),
            region: "us-east-1".into(),
            architecture: store::Architecture::X86_64,
            memory_mb: 1024,
            limits: BTreeMap::new(),
            host: crate::facts::host(),
            started_at: "2026-11-23T00:00:00Z".into(),
            finished_at: None,
            command: vec![],
            experiments: BTreeMap::from([("e".to_owned(), plan(24, 1024))]),
        }
    }

    #[test]
    fn the_same_settings_go_on_and_any_other_is_named() {
        let (same, plan_same) = (functions("a"), plan(24, 1024));
        let settings = poll("1s");
        let now = || Settings {
            seed: None,
            profile: "smoke",
            functions: &same,
            experiment: "e",
            plan: &plan_same,
            backend: "local",
            backend_settings: &settings,
        };
        let mut begun = manifest();
        check(&begun, &now()).unwrap();
        // What another experiment of the run has for itself is no difference.
        let own = own_setting("f", "account_concurrency");
        begun.backend.settings.insert(own, "2000".to_owned());
        check(&begun, &now()).unwrap();
        check(&begun, &Settings { seed: Some(7), ..now() }).unwrap();
        // An experiment that the run has not begun yet joins it.
        let (fewer, larger) = (plan(23, 1024), plan(24, 2048));
        check(&begun, &Settings { experiment: "f", plan: &fewer, ..now() }).unwrap();

        let (rebuilt, faster) = (functions("x"), poll("1ms"));
        let others = [
            ("seed", Settings { seed: Some(8), ..now() }),
            ("profile", Settings { profile: "full", ..now() }),
            ("plan", Settings { plan: &fewer, ..now() }),
            ("cells", Settings { plan: &larger, ..now() }),
            ("binaries", Settings { functions: &rebuilt, ..now() }),
            ("backend", Settings { backend: "aws", ..now() }),
            ("settings", Settings { backend_settings: &faster, ..now() }),
        ];
        for (what, other) in others {
            let error = check(&begun, &other).unwrap_err();
            assert!(matches!(error, LabError::OtherRun { .. }));
            assert!(error.to_string().contains(what), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
        check_backend(&begun, &backend("1")).unwrap();
        assert!(check_backend(&begun, &backend("2")).unwrap_err().to_string().contains("2"));
    }

    #[test]
    fn a_finished_or_timed_section_is_the_same_plan() {
        let mut begun = manifest();
        let section = begun.experiments.get_mut("e").unwrap();
        section.finished = true;
        section.overhead_ns = Some(5);
        let (same, plan) = (functions("a"), plan(24, 1024));
        let settings = poll("1s");
        let now = Settings {
            seed: None,
            profile: "smoke",
            functions: &same,
            experiment: "e",
            plan: &plan,
            backend: "local",
            backend_settings: &settings,
        };
        check(&begun, &now).unwrap();
    }
}
