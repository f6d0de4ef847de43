//! A complete run made up from a seed, with known effects: for tests of what reads runs.

mod cells;
mod effects;
mod random;
mod rows;

use std::collections::BTreeMap;
use std::path::Path;

use random::Random;
use store::{
    Architecture, BackendFacts, CellPlan, EndpointKind, ExperimentPlan, FORMAT_VERSION, Functions,
    GitState, HostFacts, Manifest, PartColumns, PartKey, RunDir, RunId, StoreError,
};

pub use effects::{EXPERIMENTS, Effects};

/// Writes the run below `runs`.
///
/// # Errors
/// Whatever the store refuses.
pub fn write(runs: &Path, effects: &Effects) -> Result<RunDir, StoreError> {
    let manifest = manifest(effects);
    let run = RunDir::create(runs, &manifest.run_id)?;
    run.write_manifest(&manifest)?;
    let mut random = Random::new(effects.seed);
    for (number, key, cell) in visits(&manifest, effects) {
        let of = (key.experiment.as_str(), number);
        let rows = rows::rows(effects, of, cell, key.round, &mut random);
        run.write_invocations(&key, &rows::invocations(effects, &rows))?;
        run.write_part(&key, &rows)?;
    }
    Ok(run)
}

/// The run in memory, without its invocations: for simulations of many.
#[must_use]
pub fn in_memory(effects: &Effects) -> (Manifest, Vec<PartColumns>) {
    let manifest = manifest(effects);
    let mut random = Random::new(effects.seed);
    let parts = visits(&manifest, effects).into_iter().map(|(number, key, cell)| {
        let of = (key.experiment.as_str(), number);
        let rows = rows::rows(effects, of, cell, key.round, &mut random);
        PartColumns::of_rows(key, &rows)
    });
    let parts = parts.collect();
    (manifest, parts)
}

/// Every part that the run has, numbered, with its cell.
fn visits<'m>(manifest: &'m Manifest, effects: &Effects) -> Vec<(u64, PartKey, &'m CellPlan)> {
    let mut parts: Vec<(PartKey, &CellPlan)> = Vec::new();
    for (experiment, plan) in &manifest.experiments {
        for round in 0..plan.rounds {
            let visited = plan.cells.iter().filter(|cell| cell.visited_in(round));
            parts.extend(visited.map(|cell| {
                let (transport, number) = (cell.transport, cell.cell);
                let experiment = experiment.clone();
                (PartKey { experiment, transport, cell: number, round }, cell)
            }));
        }
    }
    parts.truncate(parts.len().saturating_sub(effects.missing_parts));
    (0..).zip(parts).map(|(number, (key, cell))| (number, key, cell)).collect()
}

fn manifest(effects: &Effects) -> Manifest {
    let finished = effects.missing_parts == 0;
    let plan = |experiment: &str| ExperimentPlan {
        rounds: effects.rounds,
        cells: cells::cells(experiment, effects),
        finished,
        overhead_ns: finished.then_some(1_234_567_890),
    };
    let experiments: BTreeMap<String, ExperimentPlan> =
        effects.experiments.iter().map(|name| ((*name).to_owned(), plan(name))).collect();
    let interval = format!("{}ms", effects.poll_interval_ns / 1e6);
    let local = effects.backend == "local";
    let mut settings = BTreeMap::new();
    if local {
        settings.insert("shard_poll_interval".to_owned(), interval);
    }
    settings.extend(effects.settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    Manifest {
        format_version: FORMAT_VERSION,
        #[expect(clippy::expect_used, reason = "the test names its run")]
        run_id: RunId::new(&effects.run_id).expect("a valid name"),
        seed: effects.seed,
        profile: effects.profile.clone(),
        git: Some(GitState { commit: "0123456789abcdef".repeat(2), clean: effects.clean }),
        cargo_lock_sha256: Some("c".repeat(64)),
        functions: Functions { sender_sha256: "a".repeat(64), receiver_sha256: "b".repeat(64) },
        backend: BackendFacts {
            name: effects.backend.clone(),
            product: if local { "local-cloud" } else { "AWS" }.into(),
            version: "0.1.0".into(),
            endpoint: if local { EndpointKind::Loopback } else { EndpointKind::Aws },
            settings,
        },
        region: "us-east-1".into(),
        architecture: Architecture::X86_64,
        memory_mb: 512,
        limits: BTreeMap::new(),
        host: HostFacts {
            os: "linux".into(),
            kernel: "6.1".into(),
            cpu_model: "made-up processor".into(),
            cores: 2,
            memory_bytes: 8 << 30,
        },
        started_at: "2026-11-23T20:00:00Z".into(),
        finished_at: finished.then(|| "2026-11-23T20:05:00Z".into()),
        command: ["just", "run-sweep", "local", "quick"].map(String::from).into(),
        experiments,
    }
}
