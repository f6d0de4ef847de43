//! Which files of a data set there are: parts, and what was compacted of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use wire::Transport;

use crate::compacted_file::{self, CompactedFile, FileKey};
use crate::part_data::PartData;
use crate::{PartKey, RunId, StoreError, atomic_file, part_file};

/// The files of one experiment and transport in a data set. A part that has a file of its own is
/// read from that, also when the compacted file has it too: so it is while parts are compacted, and
/// while `collect` corrects one.
#[derive(Debug)]
pub(crate) struct PartFolder {
    pub(crate) experiment: String,
    pub(crate) transport: Transport,
    pub(crate) path: PathBuf,
    /// Cell and round of the parts that have a file of their own.
    pub(crate) files: BTreeSet<(u32, u32)>,
    /// Whether there is a compacted file.
    pub(crate) is_compacted: bool,
}

impl PartFolder {
    /// Where its compacted file is, or would be.
    pub(crate) fn compacted_path(&self) -> PathBuf {
        self.path.join(compacted_file::NAME)
    }

    /// Its compacted file, read through for its checksum.
    pub(crate) fn open(
        &self,
        run: &RunId,
        data_set: &str,
    ) -> Result<Option<Arc<CompactedFile>>, StoreError> {
        let (experiment, transport) = (self.experiment.as_str(), self.transport);
        let key = FileKey { run, data_set, experiment, transport };
        let open = || CompactedFile::open(&self.compacted_path(), key).map(Arc::new);
        self.is_compacted.then(open).transpose()
    }

    /// Every part, in order, given what the compacted file has.
    pub(crate) fn parts(&self, compacted: Option<&CompactedFile>) -> Vec<PartKey> {
        let mut all = self.files.clone();
        all.extend(compacted.into_iter().flat_map(CompactedFile::parts));
        all.into_iter().map(|part| self.key(part)).collect()
    }

    /// A part's key by its cell and round.
    pub(crate) fn key(&self, (cell, round): (u32, u32)) -> PartKey {
        PartKey { experiment: self.experiment.clone(), transport: self.transport, cell, round }
    }
}

/// The folders of a data set in the order of their parts.
pub(crate) fn folders(run: &Path, data_set: &str) -> Result<Vec<PartFolder>, StoreError> {
    let data_set = run.join(data_set);
    let mut folders = Vec::new();
    if !data_set.is_dir() {
        return Ok(folders);
    }
    for experiment_dir in entries(&data_set)? {
        let experiment = partition(&experiment_dir, "experiment=")?;
        for path in entries(&experiment_dir)? {
            let transport = partition(&path, "transport=")?;
            let transport =
                transport.parse().map_err(|_| StoreError::StrayFile { path: path.clone() })?;
            let (mut files, mut is_compacted) = (BTreeSet::new(), false);
            for file in entries(&path)? {
                let name = file_name(&file);
                if name == compacted_file::NAME {
                    is_compacted = true;
                } else if !atomic_file::is_partial(&name) {
                    let part = PartKey::cell_and_round(&name);
                    files.insert(part.ok_or_else(|| StoreError::StrayFile { path: file.clone() })?);
                }
            }
            let experiment = experiment.clone();
            folders.push(PartFolder { experiment, transport, path, files, is_compacted });
        }
    }
    folders.sort_by(|a, b| (&a.experiment, a.transport).cmp(&(&b.experiment, b.transport)));
    Ok(folders)
}

/// What a folder holds, in the order of names.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
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

/// A part, wherever it is; none where it is in neither place.
pub(crate) fn find<'p>(
    path: &'p Path,
    compacted: Option<&Arc<CompactedFile>>,
    run: &RunId,
    key: &PartKey,
    data_set: &str,
) -> Result<Option<PartData<'p>>, StoreError> {
    match part_file::open(path, run, key, data_set) {
        Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Ok(compacted.and_then(|file| file.part((key.cell, key.round))))
        }
        found => found.map(Some),
    }
}

/// What tells a file from the one that has taken its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity([i64; 6]);

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        let [inode, length] = [metadata.ino(), metadata.len()].map(u64::cast_signed);
        let modified = [metadata.mtime(), metadata.mtime_nsec()];
        let changed = [metadata.ctime(), metadata.ctime_nsec()];
        Self([inode, length, modified[0], modified[1], changed[0], changed[1]])
    }
}

/// The compacted files that were opened for single parts, so that not every part reads through the
/// whole file for its checksum.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opened(Arc<Mutex<BTreeMap<PathBuf, OpenedFile>>>);

/// A file, and what tells it from another under its name.
type OpenedFile = (Identity, Arc<CompactedFile>);

impl Opened {
    /// The compacted file at a path, opened when it was not before or is another now.
    pub(crate) fn get(
        &self,
        path: &Path,
        key: FileKey<'_>,
    ) -> Result<Option<Arc<CompactedFile>>, StoreError> {
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = match fs::metadata(path) {
            Ok(metadata) => Identity::of(&metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                opened.remove(path);
                return Ok(None);
            }
            Err(error) => return Err(StoreError::io("read", path)(error)),
        };
        if let Some((_, file)) = opened.get(path).filter(|(known, _)| *known == identity) {
            return Ok(Some(Arc::clone(file)));
        }
        opened.remove(path);
        let file = Arc::new(CompactedFile::open(path, key)?);
        opened.insert(path.to_owned(), (identity, Arc::clone(&file)));
        Ok(Some(file))
    }
}

/// The folders of a data set by experiment and transport.
pub(crate) fn by_place(folders: Vec<PartFolder>) -> HashMap<(String, Transport), PartFolder> {
    folders.into_iter().map(|it| ((it.experiment.clone(), it.transport), it)).collect()
}
