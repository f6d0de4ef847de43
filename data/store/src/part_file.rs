//! One part as bytes: a Parquet file whose footer says what it is and guards its bytes.

use std::fmt::Display;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use polars::io::parquet::metadata::FileMetadata;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{
    DataFrame, Field, ParquetCompression, ParquetReader, ParquetWriter, Schema, SerReader,
};

use crate::part_data::PartData;
use crate::record::{PARTITION_COLUMNS, Record};
use crate::{FORMAT_VERSION, PartKey, RunId, StoreError, checksum};

pub(crate) const FORMAT_KEY: &str = "handoff.format_version";
pub(crate) const RUN_KEY: &str = "handoff.run_id";
pub(crate) const EXPERIMENT_KEY: &str = "handoff.experiment";
pub(crate) const TRANSPORT_KEY: &str = "handoff.transport";
const CELL_KEY: &str = "handoff.cell";
const ROUND_KEY: &str = "handoff.round";
pub(crate) const DATA_SET_KEY: &str = "handoff.data_set";
pub(crate) const CHECKSUM_KEY: &str = "handoff.file_crc32";

pub(crate) const MAGIC: &[u8; 4] = b"PAR1";

/// How all of a run's files are compressed.
pub(crate) const COMPRESSION: ParquetCompression = ParquetCompression::Zstd(None);

/// A file that cannot be what was written.
pub(crate) fn damaged(path: &Path, reason: impl Display) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

/// The columns that are in the files of a data set.
pub(crate) fn schema<R: Record>() -> Schema {
    let columns = R::COLUMNS.iter().filter(|column| !PARTITION_COLUMNS.contains(&column.name));
    columns.map(|column| Field::new(column.name.into(), column.column_type.data_type())).collect()
}

/// The part as the bytes of a Parquet file.
pub(crate) fn encode<R: Record>(run: &RunId, key: &PartKey, rows: &[R]) -> Result<Vec<u8>, String> {
    let columns = R::to_columns(rows)
        .into_iter()
        .filter(|column| !PARTITION_COLUMNS.contains(&column.name().as_str()))
        .collect();
    let mut frame = DataFrame::new(rows.len(), columns).map_err(|error| error.to_string())?;
    let said = |key: &str, value: &dyn Display| (key.to_owned(), value.to_string());
    let metadata = vec![
        said(FORMAT_KEY, &FORMAT_VERSION),
        said(RUN_KEY, run),
        said(DATA_SET_KEY, &R::FOLDER),
        said(EXPERIMENT_KEY, &key.experiment),
        said(TRANSPORT_KEY, &key.transport),
        said(CELL_KEY, &key.cell),
        said(ROUND_KEY, &key.round),
        // Last, so that it is the last of its kind in the file.
        said(CHECKSUM_KEY, &String::from_utf8_lossy(checksum::UNKNOWN)),
    ];
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(COMPRESSION)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .set_parallel(false)
        .finish(&mut frame)
        .map_err(|error| error.to_string())?;
    let place = checksum::place(&bytes).ok_or("the footer has no room for the checksum")?;
    let found = checksum::text(crc32fast::hash(&bytes));
    bytes[place..place + found.len()].copy_from_slice(found.as_bytes());
    Ok(bytes)
}

/// Reads the file of a part of a data set, when it is the part that it should be.
pub(crate) fn open<'p>(
    path: &'p Path,
    run: &RunId,
    key: &PartKey,
    data_set: &str,
) -> Result<PartData<'p>, StoreError> {
    let bytes = fs::read(path).map_err(StoreError::io("read", path))?;
    if bytes.len() < 12 || !bytes.ends_with(MAGIC) {
        return Err(damaged(path, format!("it ends after {} bytes without a footer", bytes.len())));
    }
    if !bytes.windows(FORMAT_KEY.len()).any(|window| window == FORMAT_KEY.as_bytes()) {
        return Err(StoreError::NotAPart { path: path.to_owned(), missing: FORMAT_KEY });
    }
    // The bytes first: polars panics on a footer with some bytes changed.
    checksum::check(&bytes).map_err(|reason| damaged(path, reason))?;
    let metadata = {
        let mut reader = ParquetReader::new(Cursor::new(&bytes[..]));
        Arc::clone(reader.get_metadata().map_err(|error| damaged(path, error))?)
    };
    let footer = Footer { path, metadata: &metadata };
    footer.is_of(run, data_set)?;
    let keys = [EXPERIMENT_KEY, TRANSPORT_KEY, CELL_KEY, ROUND_KEY];
    let PartKey { experiment, transport, cell, round } = key;
    let is = [experiment.clone(), transport.to_string(), cell.to_string(), round.to_string()];
    let mut says = Vec::new();
    for key in keys {
        says.push(footer.value(key)?);
    }
    if says != is {
        let found =
            format!("{data_set} of {}, {}, cell {}, round {}", says[0], says[1], says[2], says[3]);
        return Err(StoreError::OtherPart { path: path.to_owned(), found });
    }
    Ok(PartData::File { path, bytes, metadata })
}

/// What a file says of itself.
pub(crate) struct Footer<'f> {
    /// The file.
    pub(crate) path: &'f Path,
    /// Its footer.
    pub(crate) metadata: &'f FileMetadata,
}

impl Footer<'_> {
    /// The value of a key.
    pub(crate) fn value(&self, key: &'static str) -> Result<&str, StoreError> {
        let pairs = self.metadata.key_value_metadata().as_deref().unwrap_or_default();
        let pair = pairs.iter().find(|pair| pair.key == key);
        pair.and_then(|pair| pair.value.as_deref())
            .ok_or(StoreError::NotAPart { path: self.path.to_owned(), missing: key })
    }

    /// Whether it is of this format, this run and this data set.
    pub(crate) fn is_of(&self, run: &RunId, data_set: &str) -> Result<(), StoreError> {
        let path = || self.path.to_owned();
        let found = self.value(FORMAT_KEY)?;
        if found != FORMAT_VERSION.to_string() {
            return Err(StoreError::other_format(path(), found));
        }
        let found = self.value(RUN_KEY)?;
        if found != run.as_str() {
            let (found, expected) = (found.to_owned(), run.to_string());
            return Err(StoreError::OtherRun { path: path(), found, expected });
        }
        let found = self.value(DATA_SET_KEY)?;
        if found != data_set {
            let found = format!("of the data set {found}");
            return Err(StoreError::OtherPart { path: path(), found });
        }
        Ok(())
    }
}
