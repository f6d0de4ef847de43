//! The folder of a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compacted_file::{self, CompactedFile, FileKey};
use crate::layout::{self, Opened, entries};
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
    opened: Opened,
}

impl RunDir {
    fn at(path: PathBuf, run_id: RunId) -> Self {
        Self { path, run_id, opened: Opened::default() }
    }

    /// The folder of a run that is to be written or gone on with; made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn create(runs: &Path, run_id: &RunId) -> Result<Self, StoreError> {
        let path = runs.join(run_id.as_str());
        fs::create_dir_all(&path).map_err(StoreError::io("create the folder", &path))?;
        Ok(Self::at(path, run_id.clone()))
    }

    /// The folder of a run that has a manifest.
    ///
    /// # Errors
    /// When there is no manifest, or it is not one of this format.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let manifest = read_manifest(path)?;
        Ok(Self::at(path.to_owned(), manifest.run_id))
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
                newest = Some((age, Self::at(path, manifest.run_id)));
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

    /// Whether a part was written, in a file of its own or compacted. It was then written as a whole.
    ///
    /// # Errors
    /// When it may be in a compacted file that is damaged, of another format, or another's.
    pub fn has_part(&self, key: &PartKey) -> Result<bool, StoreError> {
        if self.part_path(key).is_file() {
            return Ok(true);
        }
        let compacted = self.compacted::<Row>(key)?;
        Ok(compacted.is_some_and(|file| file.has((key.cell, key.round))))
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
        let (place, rows) = self.read_file(&self.part_path(key), key)?;
        crate::check::fits_its_place(&place, &self.run_id, key, &rows)?;
        Ok(rows)
    }

    /// The invocations of a part.
    ///
    /// # Errors
    /// As [`RunDir::read_part`].
    pub fn read_invocations(&self, key: &PartKey) -> Result<Vec<Invocation>, StoreError> {
        let (place, invocations) = self.read_file(&self.invocations_path(key), key)?;
        crate::check::invocations_fit(&place, &self.run_id, key, &invocations)?;
        Ok(invocations)
    }

    /// What a part holds in a data set, and where it is.
    fn read_file<R: Record>(
        &self,
        path: &Path,
        key: &PartKey,
    ) -> Result<(PathBuf, Vec<R>), StoreError> {
        let compacted = if path.is_file() { None } else { self.compacted::<R>(key)? };
        let found = layout::find(path, compacted.as_ref(), &self.run_id, key, R::FOLDER)?;
        let missing = || StoreError::io("read", path)(std::io::ErrorKind::NotFound.into());
        let part = found.ok_or_else(missing)?;
        Ok((part.place(key), part.rows(key)?))
    }

    /// The compacted file that may hold a part.
    fn compacted<R: Record>(
        &self,
        key: &PartKey,
    ) -> Result<Option<Arc<CompactedFile>>, StoreError> {
        let path = self.path.join(key.path_in(R::FOLDER)).with_file_name(compacted_file::NAME);
        let (experiment, transport) = (key.experiment.as_str(), key.transport);
        let key = FileKey { run: &self.run_id, data_set: R::FOLDER, experiment, transport };
        self.opened.get(&path, key)
    }

    /// The parts that were written, in order, in files of their own or compacted.
    ///
    /// # Errors
    /// When a folder cannot be read, holds a file that is no part, or has a compacted file that is
    /// damaged, of another format, or another's.
    pub fn parts(&self) -> Result<Vec<PartKey>, StoreError> {
        let mut parts = Vec::new();
        for folder in layout::folders(&self.path, Row::FOLDER)? {
            let compacted = if folder.is_compacted {
                self.compacted::<Row>(&folder.key((0, 0)))?
            } else {
                None
            };
            parts.extend(folder.parts(compacted.as_deref()));
        }
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
        return Err(StoreError::other_format(path, &found.to_string()));
    }
    serde_json::from_slice(&bytes).map_err(bad)
}
