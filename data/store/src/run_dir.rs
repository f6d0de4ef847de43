//! The folder of a run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::record::Record;
use crate::{
    FORMAT_VERSION, Invocation, Manifest, PartKey, Row, RunId, StoreError, atomic_file, part_file,
};

const MANIFEST: &str = "manifest.json";

/// The folder of a run: its manifest and its parts.
#[derive(Clone, Debug)]
pub struct RunDir {
    path: PathBuf,
    run_id: RunId,
}

impl RunDir {
    /// The folder of a run that is to be written or gone on with; made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn create(runs: &Path, run_id: &RunId) -> Result<Self, StoreError> {
        let path = runs.join(run_id.as_str());
        fs::create_dir_all(&path).map_err(StoreError::io("create the folder", &path))?;
        Ok(Self { path, run_id: run_id.clone() })
    }

    /// The folder of a run that has a manifest.
    ///
    /// # Errors
    /// When there is no manifest, or it is not one of this format.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let manifest = read_manifest(path)?;
        Ok(Self { path: path.to_owned(), run_id: manifest.run_id })
    }

    /// The run that started last, of those in a folder that have a manifest.
    ///
    /// # Errors
    /// When there is none, or a manifest cannot be read: the newest run might be that one.
    pub fn newest(runs: &Path) -> Result<Self, StoreError> {
        let none = || StoreError::NoRuns { runs: runs.to_owned() };
        if !runs.is_dir() {
            return Err(none());
        }
        let mut newest = None;
        for path in entries(runs)? {
            if !path.join(MANIFEST).is_file() {
                continue;
            }
            let manifest = read_manifest(&path)?;
            let age = (manifest.started_at, manifest.run_id.clone());
            if newest.as_ref().is_none_or(|(other, _)| age > *other) {
                newest = Some((age, Self { path, run_id: manifest.run_id }));
            }
        }
        newest.map(|(_, run)| run).ok_or_else(none)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        &self.run_id
    }

    /// Whether a part was written. It was then written as a whole.
    #[must_use]
    pub fn has_part(&self, key: &PartKey) -> bool {
        self.part_path(key).is_file()
    }

    /// Where a part lies.
    pub(crate) fn part_path(&self, key: &PartKey) -> PathBuf {
        self.path.join(key.path_in(Row::FOLDER))
    }

    /// Where the invocations of a part lie.
    pub(crate) fn invocations_path(&self, key: &PartKey) -> PathBuf {
        self.path.join(key.path_in(Invocation::FOLDER))
    }

    /// Writes a part as a whole or not at all, and says where.
    ///
    /// # Errors
    /// When a row belongs to another part or run, a message has two rows, or the file cannot be
    /// written; then nothing of it is left.
    pub fn write_part(&self, key: &PartKey, rows: &[Row]) -> Result<PathBuf, StoreError> {
        let path = self.part_path(key);
        crate::check::fits_its_place(&path, &self.run_id, key, rows)?;
        self.write_file(path, key, rows)
    }

    /// Writes the invocations of a part, and says where; before the part itself, so that a part
    /// that is there has them.
    ///
    /// # Errors
    /// When one belongs to another part or run, or the file cannot be written; then nothing of it
    /// is left.
    pub fn write_invocations(
        &self,
        key: &PartKey,
        invocations: &[Invocation],
    ) -> Result<PathBuf, StoreError> {
        let path = self.invocations_path(key);
        crate::check::invocations_fit(&path, &self.run_id, key, invocations)?;
        self.write_file(path, key, invocations)
    }

    fn write_file<R: Record>(
        &self,
        path: PathBuf,
        key: &PartKey,
        rows: &[R],
    ) -> Result<PathBuf, StoreError> {
        let name = &key.experiment;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(StoreError::ExperimentName { given: name.clone() });
        }
        let bytes = part_file::encode(&self.run_id, key, rows)
            .map_err(|reason| StoreError::Encode { path: path.clone(), reason })?;
        atomic_file::write(&path, &bytes)?;
        Ok(path)
    }

    /// The rows of a part.
    ///
    /// # Errors
    /// When it is missing, damaged, of another format, or another part.
    pub fn read_part(&self, key: &PartKey) -> Result<Vec<Row>, StoreError> {
        let path = self.part_path(key);
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let rows = part_file::decode(&path, &bytes, &self.run_id, key)?;
        crate::check::fits_its_place(&path, &self.run_id, key, &rows)?;
        Ok(rows)
    }

    /// The invocations of a part.
    ///
    /// # Errors
    /// As [`RunDir::read_part`].
    pub fn read_invocations(&self, key: &PartKey) -> Result<Vec<Invocation>, StoreError> {
        let path = self.invocations_path(key);
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        let invocations = part_file::decode(&path, &bytes, &self.run_id, key)?;
        crate::check::invocations_fit(&path, &self.run_id, key, &invocations)?;
        Ok(invocations)
    }

    /// The parts that were written, in order.
    ///
    /// # Errors
    /// When a folder cannot be read, or holds a file that is no part.
    pub fn parts(&self) -> Result<Vec<PartKey>, StoreError> {
        let timings = self.path.join(Row::FOLDER);
        let mut parts = Vec::new();
        if !timings.is_dir() {
            return Ok(parts);
        }
        for experiment_dir in entries(&timings)? {
            let experiment = partition(&experiment_dir, "experiment=")?;
            for transport_dir in entries(&experiment_dir)? {
                let stray = || StoreError::StrayFile { path: transport_dir.clone() };
                let transport = partition(&transport_dir, "transport=")?;
                let transport = transport.parse().map_err(|_| stray())?;
                for file in entries(&transport_dir)? {
                    let name = file_name(&file);
                    if atomic_file::is_partial(&name) {
                        continue;
                    }
                    let (cell, round) = PartKey::cell_and_round(&name)
                        .ok_or_else(|| StoreError::StrayFile { path: file.clone() })?;
                    let experiment = experiment.clone();
                    parts.push(PartKey { experiment, transport, cell, round });
                }
            }
        }
        parts.sort();
        Ok(parts)
    }

    /// Where the manifest lies.
    pub(crate) fn manifest_path(&self) -> PathBuf {
        self.path.join(MANIFEST)
    }

    /// Whether there is a manifest.
    #[must_use]
    pub fn has_manifest(&self) -> bool {
        self.manifest_path().is_file()
    }

    /// Writes the manifest as a whole or not at all.
    ///
    /// # Errors
    /// When it is another run's, or cannot be written.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let path = self.manifest_path();
        if manifest.run_id != self.run_id {
            let (found, expected) = (manifest.run_id.to_string(), self.run_id.to_string());
            return Err(StoreError::OtherRun { path, found, expected });
        }
        let mut json = serde_json::to_vec_pretty(manifest).map_err(|error| StoreError::Encode {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        json.push(b'\n');
        atomic_file::write(&path, &json)
    }

    /// The manifest.
    ///
    /// # Errors
    /// When it is missing, not of this format, or another run's.
    pub fn manifest(&self) -> Result<Manifest, StoreError> {
        let manifest = read_manifest(&self.path)?;
        if manifest.run_id != self.run_id {
            return Err(StoreError::OtherRun {
                path: self.manifest_path(),
                found: manifest.run_id.to_string(),
                expected: self.run_id.to_string(),
            });
        }
        Ok(manifest)
    }
}

fn read_manifest(run: &Path) -> Result<Manifest, StoreError> {
    let path = run.join(MANIFEST);
    if !path.is_file() {
        return Err(StoreError::NoManifest { path: run.to_owned() });
    }
    let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
    let bad = |source| StoreError::BadManifest { path: path.clone(), source };
    // The version first: a newer format has keys that this one does not know.
    let json: serde_json::Value = serde_json::from_slice(&bytes).map_err(bad)?;
    if let Some(found) = json.get("format_version")
        && *found != FORMAT_VERSION
    {
        return Err(StoreError::OtherFormat { path, found: found.to_string() });
    }
    serde_json::from_slice(&bytes).map_err(bad)
}

/// What a folder holds, in the order of names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read().map_err(StoreError::io("read the folder", folder))?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The value of a folder named `<column>=<value>`.
fn partition(path: &Path, prefix: &str) -> Result<String, StoreError> {
    match file_name(path).strip_prefix(prefix) {
        Some(value) if path.is_dir() => Ok(value.to_owned()),
        _ => Err(StoreError::StrayFile { path: path.to_owned() }),
    }
}
