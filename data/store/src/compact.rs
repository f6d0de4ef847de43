//! Compacting: the parts of a finished experiment become one file per data set and transport.
//!
//! At every moment each part is whole in a file: the compacted file is written beside the parts,
//! brought to the disk, read back and compared with them, and renamed; only then are they removed.
//! Whatever is stopped in between is completed by compacting again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::io::parquet::write::{BatchedWriter, KeyValueMetadata};
use polars::prelude::{DataFrame, ParquetWriter};

use crate::compacted_file::{self, CompactedFile, FileKey, ListedPart, RawFooter};
use crate::layout::{self, PartFolder};
use crate::part_data::PartData;
use crate::record::Record;
use crate::{
    FORMAT_VERSION, Invocation, PartKey, Row, RunDir, RunId, StoreError, atomic_file, checksum,
    part_file,
};

impl RunDir {
    /// Brings the parts of an experiment together: one file per data set and transport, to which
    /// those are added that were written since it was compacted before. Gives how many files of
    /// parts it has removed.
    ///
    /// # Errors
    /// When a part or a compacted file cannot be read, or the new file cannot be written or is not
    /// the same when it is read back. Then the parts are as they were.
    pub fn compact(&self, experiment: &str) -> Result<usize, StoreError> {
        // The timings last, as they are written last: who has them has both.
        let invocations = self.compact_data_set::<Invocation>(experiment)?;
        Ok(invocations + self.compact_data_set::<Row>(experiment)?)
    }

    fn compact_data_set<R: Record>(&self, experiment: &str) -> Result<usize, StoreError> {
        let folders = layout::folders(self.path(), R::FOLDER)?;
        let mut removed = 0;
        for folder in folders.iter().filter(|it| it.experiment == experiment) {
            if folder.files.is_empty() {
                continue;
            }
            let compaction = Compaction {
                run: self.run_id(),
                data_set: R::FOLDER,
                earlier: folder.open(self.run_id(), R::FOLDER)?,
                folder,
            };
            compaction.write::<R>()?;
            removed += compaction.remove_parts()?;
        }
        Ok(removed)
    }
}

/// The compaction of one folder.
struct Compaction<'c> {
    run: &'c RunId,
    data_set: &'static str,
    folder: &'c PartFolder,
    /// What was compacted before.
    earlier: Option<Arc<CompactedFile>>,
}

impl Compaction<'_> {
    /// Writes the file under a temporary name, reads it back, and gives it its name.
    fn write<R: Record>(&self) -> Result<(), StoreError> {
        let path = self.folder.compacted_path();
        let partial = atomic_file::partial(&path);
        let result = self
            .write_partial::<R>(&partial)
            .and_then(|()| self.verify(&partial))
            .and_then(|()| atomic_file::rename(&partial, &path));
        if result.is_err() {
            // Nothing half made stays; the first error is the one to tell.
            let _ = fs::remove_file(&partial);
        }
        result
    }

    fn write_partial<R: Record>(&self, partial: &Path) -> Result<(), StoreError> {
        let keys = self.folder.parts(self.earlier.as_deref());
        let mut listed = Vec::with_capacity(keys.len());
        for key in &keys {
            let rows = self.with_part(key, |part| Ok(part.metadata().num_rows as u64))?;
            listed.push(ListedPart { cell: key.cell, round: key.round, rows });
        }
        let io = |error| StoreError::io("write", partial)(error);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(true);
        let file = options.open(partial).map_err(io)?;
        let mut writer = self.writer::<R>(BufWriter::new(&file), &listed, partial)?;
        for key in &keys {
            let frame = self.with_part(key, |part| part.frame())?;
            let written = writer.write_batch(&rechunked(frame));
            written.map_err(|error| not_encoded(partial, &error))?;
        }
        writer.finish().map_err(|error| not_encoded(partial, &error))?;
        drop(writer);
        seal(&file).map_err(io)?;
        file.sync_all().map_err(io)
    }

    fn writer<'f, R: Record>(
        &self,
        file: BufWriter<&'f File>,
        listed: &[ListedPart],
        partial: &Path,
    ) -> Result<BatchedWriter<BufWriter<&'f File>>, StoreError> {
        let said = |key: &str, value: &dyn std::fmt::Display| (key.to_owned(), value.to_string());
        let list = serde_json::to_string(listed).map_err(|error| not_encoded(partial, &error))?;
        let metadata = vec![
            said(part_file::FORMAT_KEY, &FORMAT_VERSION),
            said(part_file::RUN_KEY, self.run),
            said(part_file::DATA_SET_KEY, &self.data_set),
            said(part_file::EXPERIMENT_KEY, &self.folder.experiment),
            said(part_file::TRANSPORT_KEY, &self.folder.transport),
            said(compacted_file::PARTS_KEY, &list),
            // Last, so that it is the last of its kind in the file.
            said(part_file::CHECKSUM_KEY, &String::from_utf8_lossy(checksum::UNKNOWN)),
        ];
        ParquetWriter::new(file)
            .with_compression(part_file::COMPRESSION)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
            .set_parallel(false)
            .batched(&part_file::schema::<R>())
            .map_err(|error| not_encoded(partial, &error))
    }

    /// Whether the written file, read anew, has every part as it is in its place.
    fn verify(&self, partial: &Path) -> Result<(), StoreError> {
        let PartFolder { experiment, transport, .. } = self.folder;
        let (run, data_set) = (self.run, self.data_set);
        let key = FileKey { run, data_set, experiment, transport: *transport };
        let written = Arc::new(CompactedFile::open(partial, key)?);
        let keys = self.folder.parts(self.earlier.as_deref());
        if !written.parts().eq(keys.iter().map(|key| (key.cell, key.round))) {
            return Err(StoreError::NotTheSame { path: partial.to_owned(), part: "list".into() });
        }
        for key in &keys {
            let again = written.part((key.cell, key.round)).map(|part| part.frame()).transpose()?;
            let is_same = self.with_part(key, |part| {
                let frame = part.frame()?;
                Ok(again.is_some_and(|again| {
                    again.schema() == frame.schema() && again.equals_missing(&frame)
                }))
            })?;
            if !is_same {
                let (path, part) = (partial.to_owned(), key.to_string());
                return Err(StoreError::NotTheSame { path, part });
            }
        }
        Ok(())
    }

    /// Removes the parts' own files; a stopped removal is gone on with by the next compaction.
    fn remove_parts(&self) -> Result<usize, StoreError> {
        for part in &self.folder.files {
            let path = self.part_path(&self.folder.key(*part));
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
        let folder = &self.folder.path;
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(StoreError::io("write", folder))?;
        Ok(self.folder.files.len())
    }

    fn part_path(&self, key: &PartKey) -> PathBuf {
        self.folder.path.join(key.file_name())
    }

    /// Looks at a part where it is now, one at a time.
    fn with_part<T>(
        &self,
        key: &PartKey,
        look: impl FnOnce(&PartData<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let path = self.part_path(key);
        let part = layout::find(&path, self.earlier.as_ref(), self.run, key, self.data_set)?;
        let missing = || StoreError::io("read", &path)(io::ErrorKind::NotFound.into());
        look(&part.ok_or_else(missing)?)
    }
}

/// In one piece, which becomes one row group.
fn rechunked(mut frame: DataFrame) -> DataFrame {
    frame.rechunk_mut();
    frame
}

fn not_encoded(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Encode { path: path.to_owned(), reason: error.to_string() }
}

/// Writes the checksum into the footer of a file that is complete but for it.
fn seal(file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let place = RawFooter::read(file, length)?.and_then(|footer| footer.checksum_place());
    let place = place.ok_or_else(|| io::Error::other("the footer has no room for the checksum"))?;
    let found = checksum::text(checksum::of_file(file, length, place)?);
    file.write_all_at(found.as_bytes(), place)
}
