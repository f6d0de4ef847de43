//! Whether two runs were made in the same place: what a reader must know before any figure.

use store::{GitState, Manifest};

/// In one line: which of machine, backend, commit and function binaries differ, and how.
///
/// A machine is told by its processor, cores, memory and operating system, for a manifest has no
/// name of it.
#[must_use]
pub fn place(first: &Manifest, second: &Manifest) -> String {
    let both = [first, second];
    let different = |what: &str, differences: Vec<String>| {
        let differences = differences.join(", ");
        (!differences.is_empty()).then(|| format!("different {what} ({differences})"))
    };
    let said = [
        ("machine", different("machine", differences(both.map(machine)))),
        ("backend", different("backend", differences(both.map(backend)))),
        ("commit", commit(both.map(|run| run.git.as_ref()))),
        ("function binaries", different("function binaries", differences(both.map(functions)))),
    ];
    let same: Vec<&str> = said.iter().filter(|(_, said)| said.is_none()).map(|s| s.0).collect();
    let mut parts: Vec<String> = said.iter().filter_map(|(_, said)| said.clone()).collect();
    if !same.is_empty() {
        parts.push(format!("same {}", listed(&same)));
    }
    let mut line = parts.join("; ");
    if let Some(first) = line.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    line.push('.');
    line
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.join(""),
    }
}

type Facts = Vec<(String, String)>;

fn fact(what: &str, value: impl ToString) -> (String, String) {
    (what.to_owned(), value.to_string())
}

fn machine(manifest: &Manifest) -> Facts {
    let host = &manifest.host;
    // What a kernel keeps for itself differs from boot to boot.
    #[expect(clippy::cast_precision_loss, reason = "to a tenth of a GiB")]
    let memory = format!("{:.1} GiB", host.memory_bytes as f64 / f64::from(1 << 30));
    vec![
        fact("processor", &host.cpu_model),
        fact("cores", host.cores),
        fact("memory", memory),
        fact("system", format!("{} {}", host.os, host.kernel)),
    ]
}

fn backend(manifest: &Manifest) -> Facts {
    let backend = &manifest.backend;
    let mut facts = vec![
        fact("name", &backend.name),
        fact("product", format!("{} {}", backend.product, backend.version)),
        fact("endpoint", format!("{:?}", backend.endpoint).to_lowercase()),
        fact("region", &manifest.region),
    ];
    facts.extend(backend.settings.iter().map(|(name, value)| fact(name, value)));
    facts
}

fn functions(manifest: &Manifest) -> Facts {
    let hash = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
    vec![
        fact("sender", hash(&manifest.functions.sender_sha256)),
        fact("receiver", hash(&manifest.functions.receiver_sha256)),
        fact("architecture", manifest.architecture),
        fact("memory", format!("{} MiB", manifest.memory_mb)),
    ]
}

/// `cores 2 → 4` for each fact that is not the same in both.
fn differences([first, second]: [Facts; 2]) -> Vec<String> {
    let of = |facts: &Facts, name: &str| {
        let found = facts.iter().find(|fact| fact.0 == name);
        found.map_or("none".to_owned(), |fact| fact.1.clone())
    };
    let only_second = second.iter().filter(|fact| first.iter().all(|other| other.0 != fact.0));
    first
        .iter()
        .chain(only_second)
        .filter_map(|(name, _)| {
            let [one, other] = [&first, &second].map(|facts| of(facts, name));
            (one != other).then(|| format!("{name} {one} → {other}"))
        })
        .collect()
}

/// What is to be said of the commits, if they are not the same. A tree with uncommitted changes is
/// no commit that another could be the same as.
fn commit(both: [Option<&GitState>; 2]) -> Option<String> {
    let name = |git: &GitState| git.commit.get(..12).unwrap_or(&git.commit).to_owned();
    let [first, second] = both;
    let (Some(one), Some(other)) = (first, second) else {
        let names = both.map(|git| git.map_or("not known".to_owned(), name));
        return Some(format!("commits that cannot be compared ({})", names.join(" → ")));
    };
    if one.commit != other.commit {
        let names = [one, other].map(|git| {
            let changed = if git.clean { "" } else { " with uncommitted changes" };
            format!("{}{changed}", name(git))
        });
        return Some(format!("different commit ({})", names.join(" → ")));
    }
    let whose = match (one.clean, other.clean) {
        (true, true) => return None,
        (false, true) => "in the first run",
        (true, false) => "in the second run",
        (false, false) => "in both runs",
    };
    Some(format!("uncommitted changes {whose} to the same commit ({})", name(one)))
}
