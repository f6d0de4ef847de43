//! Which files a run is made of (data/FORMAT.md).

use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

pub(crate) const MANIFEST: &str = "manifest.json";
/// The data sets; `deployment.json` is about what is deployed, not about what was measured.
const DATA_SETS: [&str; 2] = ["timings", "invocations"];

/// The folder of the run that started last, as `just report` finds it.
pub(crate) fn newest(runs: &Path) -> anyhow::Result<PathBuf> {
    let mut newest = None;
    for entry in std::fs::read_dir(runs)? {
        let folder = entry?.path();
        let path = folder.join(MANIFEST);
        if !path.is_file() {
            continue;
        }
        let manifest: Manifest = serde_json::from_slice(&std::fs::read(&path)?)
            .with_context(|| format!("read {}", path.display()))?;
        newest = newest.max(Some((manifest, folder)));
    }
    Ok(newest.context("there is none")?.1)
}

/// What tells the newest.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Manifest {
    /// RFC 3339 in UTC.
    started_at: String,
    run_id: String,
}

/// The files of a run's folder, relative to it.
pub(crate) fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = vec![PathBuf::from(MANIFEST)];
    let mut folders: Vec<PathBuf> = DATA_SETS.map(|set| folder.join(set)).to_vec();
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                files.extend(path.strip_prefix(folder).ok().map(Path::to_owned));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A file's name in S3.
pub(crate) fn name(file: &Path) -> String {
    let parts: Vec<_> = file.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// A file by its name in S3; none where a run has no such file, or the name leads elsewhere.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let of_a_data_set = DATA_SETS.iter().any(|set| path.starts_with(set))
        && path.extension().is_some_and(|extension| extension == "parquet");
    (plain && (name == MANIFEST || of_a_data_set)).then_some(path)
}

/// Whether it can be the name of a run's folder.
pub(crate) fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_that_started_last_is_the_newest() {
        let runs = tempfile::tempdir().unwrap();
        assert!(newest(runs.path()).is_err());
        std::fs::create_dir(runs.path().join("z-no-run")).unwrap();
        for (name, started_at) in [("b", "2026-11-02T00:00:00Z"), ("c", "2026-11-01T00:00:00Z")] {
            let folder = runs.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let manifest = format!(r#"{{"run_id": "{name}", "started_at": "{started_at}"}}"#);
            std::fs::write(folder.join(MANIFEST), manifest).unwrap();
        }
        assert_eq!(newest(runs.path()).unwrap(), runs.path().join("b"));
        std::fs::write(runs.path().join("c").join(MANIFEST), "{").unwrap();
        assert!(newest(runs.path()).is_err(), "it might be that one");
    }

    #[test]
    fn only_a_runs_own_files_come_back() {
        assert!(path("manifest.json").is_some());
        assert!(path("timings/experiment=a/transport=sns/part-1.parquet").is_some());
        for other in [
            "deployment.json",
            "../manifest.json",
            "/manifest.json",
            "timings/../../x.parquet",
            "x",
        ] {
            assert_eq!(path(other), None, "{other}");
        }
        assert!(is_name("20261123T201500Z-quick-346b3b2") && !is_name("..") && !is_name("a/b"));
    }
}
