//! What differs between the manifests of two runs.

use std::collections::BTreeMap;

use store::{CellPlan, ExperimentPlan, Manifest};

use crate::analysis::RunData;

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub what: String,
    /// Of the first run; a dash where it has none.
    pub first: String,
    /// Of the second run.
    pub second: String,
}

/// Everything that differs, in the order of the manifest; names and times of the runs aside.
#[must_use]
pub fn changes(first: &RunData, second: &RunData) -> Vec<Change> {
    let [one, other] = [first, second].map(|run| facts(&run.manifest));
    let mut names: Vec<&String> = one.iter().map(|fact| &fact.0).collect();
    names
        .extend(other.iter().map(|fact| &fact.0).filter(|name| !one.iter().any(|f| f.0 == **name)));
    let of = |facts: &[(String, String)], name: &str| {
        facts.iter().find(|fact| fact.0 == name).map_or("–".to_owned(), |fact| fact.1.clone())
    };
    let rows = names.into_iter().map(|name| Change {
        what: name.clone(),
        first: of(&one, name),
        second: of(&other, name),
    });
    rows.filter(|change| change.first != change.second).collect()
}

fn facts(manifest: &Manifest) -> Vec<(String, String)> {
    let Manifest { git, backend, host, functions, .. } = manifest;
    let hash = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
    let tree = |clean: bool| if clean { "no changes" } else { "uncommitted changes" }.to_owned();
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |what: &str, value: Option<String>| {
        facts.extend(value.map(|value| (what.to_owned(), value)));
    };
    add("commit", git.as_ref().map(|git| hash(&git.commit)));
    add("source tree", git.as_ref().map(|git| tree(git.clean)));
    add("Cargo.lock", manifest.cargo_lock_sha256.as_deref().map(hash));
    add("sender binary", Some(hash(&functions.sender_sha256)));
    add("receiver binary", Some(hash(&functions.receiver_sha256)));
    add("backend", Some(backend.name.clone()));
    add("product", Some(backend.product.clone()));
    add("version of the product", Some(backend.version.clone()));
    add("endpoint", Some(format!("{:?}", backend.endpoint).to_lowercase()));
    for (name, value) in &backend.settings {
        add(&format!("setting {name}"), Some(value.clone()));
    }
    add("region", Some(manifest.region.clone()));
    add("architecture", Some(manifest.architecture.to_string()));
    add("memory of the functions", Some(format!("{} MiB", manifest.memory_mb)));
    for (name, value) in &manifest.limits {
        add(&format!("limit {name}"), Some(value.to_string()));
    }
    add("operating system", Some(host.os.clone()));
    add("kernel", Some(host.kernel.clone()));
    add("processor", Some(host.cpu_model.clone()));
    add("cores", Some(host.cores.to_string()));
    add("main memory", Some(format!("{} bytes", host.memory_bytes)));
    add("profile", Some(manifest.profile.clone()));
    add("seed", Some(manifest.seed.to_string()));
    for (name, plan) in &manifest.experiments {
        for (what, value) in planned(plan) {
            add(&format!("{name}: {what}"), Some(value));
        }
    }
    facts
}

fn planned(plan: &ExperimentPlan) -> Vec<(&'static str, String)> {
    let finished = if plan.finished { "yes" } else { "no" };
    let probes = plan.cells.iter().filter(|cell| cell.probe).count();
    let over = plan.cells.iter().filter(|cell| cell.limit.is_some() && !cell.probe).count();
    vec![
        ("finished", finished.to_owned()),
        ("rounds", plan.rounds.to_string()),
        ("cells", plan.cells.len().to_string()),
        ("cells over a limit", over.to_string()),
        ("probes of limits", probes.to_string()),
        ("measured messages a round", each(plan, |cell| cell.messages.to_string())),
        ("messages to warm up", each(plan, |cell| cell.warmup.to_string())),
        ("transports", each(plan, |cell| cell.transport.to_string())),
        ("payload bytes", each(plan, |cell| cell.payload_bytes.to_string())),
        ("senders", each(plan, |cell| cell.concurrency.to_string())),
        ("receiver duration in ms", each(plan, |cell| cell.receiver_ms.to_string())),
        ("memory of cells in MiB", each(plan, |cell| cell.memory_mb.to_string())),
        ("architectures of cells", each(plan, |cell| cell.architecture.to_string())),
        ("arrivals", each(plan, |cell| cell.arrival.to_string())),
        ("messages per second", each(plan, |cell| cell.rate_per_s.map_or("–".into(), rate))),
        ("mappings", each(plan, |cell| cell.mapping.as_ref().map_or("–".into(), mapping))),
    ]
}

fn rate(rate: f64) -> String {
    rate.to_string()
}

fn mapping(mapping: &store::MappingPlan) -> String {
    let store::MappingPlan {
        shards,
        batch_size,
        batching_window_ms,
        parallelization_factor,
        enhanced_fan_out,
    } = mapping;
    let mut text = format!("batch {batch_size} window {batching_window_ms} ms");
    let more = [
        shards.map(|n| format!("shards {n}")),
        mapping.is_on_demand().then(|| "on demand".to_owned()),
        parallelization_factor.map(|n| format!("factor {n}")),
        enhanced_fan_out.and_then(|on| on.then(|| "fan-out".to_owned())),
    ];
    for word in more.into_iter().flatten() {
        text.push(' ');
        text.push_str(&word);
    }
    text
}

/// The different values of cells, in the order in which the plan has them first.
fn each(plan: &ExperimentPlan, of: impl Fn(&CellPlan) -> String) -> String {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (place, cell) in plan.cells.iter().enumerate() {
        first.entry(of(cell)).or_insert(place);
    }
    let mut values: Vec<(usize, String)> = first.into_iter().map(|(v, place)| (place, v)).collect();
    values.sort_unstable();
    values.into_iter().map(|value| value.1).collect::<Vec<_>>().join(", ")
}
