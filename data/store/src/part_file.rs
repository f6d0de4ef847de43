//! One part as bytes: a Parquet file whose footer says what it is and guards its bytes.

use std::io::Cursor;
use std::path::Path;

use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{
    Column, DataFrame, ParquetCompression, ParquetReader, ParquetWriter, Scalar, SerReader,
};

use crate::record::{PARTITION_COLUMNS, Record};
use crate::{FORMAT_VERSION, PartKey, RunId, StoreError};

const FORMAT_KEY: &str = "handoff.format_version";
const RUN_KEY: &str = "handoff.run_id";
const EXPERIMENT_KEY: &str = "handoff.experiment";
const TRANSPORT_KEY: &str = "handoff.transport";
const CELL_KEY: &str = "handoff.cell";
const ROUND_KEY: &str = "handoff.round";
const DATA_SET_KEY: &str = "handoff.data_set";
const CHECKSUM_KEY: &str = "handoff.file_crc32";

/// The checksum's value until it is known. Parquet writers need not checksum pages and zstd frames
/// need not either, so a changed byte could pass for a figure.
const NO_CHECKSUM: &[u8; 14] = b"crc32:........";
const MAGIC: &[u8; 4] = b"PAR1";

/// What a part's footer says.
struct Footer {
    run_id: String,
    data_set: String,
    experiment: String,
    transport: String,
    cell: String,
    round: String,
}

/// The part as the bytes of a Parquet file.
pub(crate) fn encode<R: Record>(run: &RunId, key: &PartKey, rows: &[R]) -> Result<Vec<u8>, String> {
    let columns = R::to_columns(rows)
        .into_iter()
        .filter(|column| !PARTITION_COLUMNS.contains(&column.name().as_str()))
        .collect();
    let mut frame = DataFrame::new(rows.len(), columns).map_err(|error| error.to_string())?;
    let said = |key: &str, value: &dyn std::fmt::Display| (key.to_owned(), value.to_string());
    let metadata = vec![
        said(FORMAT_KEY, &FORMAT_VERSION),
        said(RUN_KEY, run),
        said(DATA_SET_KEY, &R::FOLDER),
        said(EXPERIMENT_KEY, &key.experiment),
        said(TRANSPORT_KEY, &key.transport),
        said(CELL_KEY, &key.cell),
        said(ROUND_KEY, &key.round),
        // Last, so that it is the last of its kind in the file.
        said(CHECKSUM_KEY, &String::from_utf8_lossy(NO_CHECKSUM)),
    ];
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .set_parallel(false)
        .finish(&mut frame)
        .map_err(|error| error.to_string())?;
    let place = checksum_place(&bytes).ok_or("the footer has no room for the checksum")?;
    let checksum = format!("crc32:{:08x}", crc32fast::hash(&bytes));
    bytes[place..place + checksum.len()].copy_from_slice(checksum.as_bytes());
    Ok(bytes)
}

/// Sets the checksum of bytes that were changed on purpose.
#[cfg(test)]
pub(crate) fn seal(bytes: &mut [u8]) {
    let place = checksum_place(bytes).unwrap();
    bytes[place..place + NO_CHECKSUM.len()].copy_from_slice(NO_CHECKSUM);
    let checksum = format!("crc32:{:08x}", crc32fast::hash(bytes));
    bytes[place..place + checksum.len()].copy_from_slice(checksum.as_bytes());
}

fn checksum_place(bytes: &[u8]) -> Option<usize> {
    let opening = b"crc32:";
    let place = bytes.windows(opening.len()).rposition(|window| window == opening)?;
    (place + NO_CHECKSUM.len() <= bytes.len()).then_some(place)
}

/// Whether the bytes are those that were written.
fn check_bytes(bytes: &[u8]) -> Result<(), String> {
    let place = checksum_place(bytes).ok_or("it has no checksum")?;
    let stated = String::from_utf8_lossy(&bytes[place..place + NO_CHECKSUM.len()]).into_owned();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..place]);
    hasher.update(NO_CHECKSUM);
    hasher.update(&bytes[place + NO_CHECKSUM.len()..]);
    let found = format!("crc32:{:08x}", hasher.finalize());
    if stated == found {
        Ok(())
    } else {
        Err(format!("its footer states {stated}, its bytes have {found}"))
    }
}

/// Opens a part of a data set, when it is the part that it should be.
pub(crate) fn open<'b>(
    path: &Path,
    bytes: &'b [u8],
    run: &RunId,
    key: &PartKey,
    data_set: &str,
) -> Result<ParquetReader<Cursor<&'b [u8]>>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { path: path.to_owned(), reason };
    if bytes.len() < 12 || !bytes.ends_with(MAGIC) {
        return Err(damaged(format!("it ends after {} bytes without a footer", bytes.len())));
    }
    if !bytes.windows(FORMAT_KEY.len()).any(|window| window == FORMAT_KEY.as_bytes()) {
        return Err(StoreError::NotAPart { path: path.to_owned(), missing: FORMAT_KEY });
    }
    // The bytes first: polars panics on a footer with some bytes changed.
    check_bytes(bytes).map_err(damaged)?;
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let footer = read_footer(path, &mut reader)?;
    if footer.run_id != run.as_str() {
        let (found, expected) = (footer.run_id, run.to_string());
        return Err(StoreError::OtherRun { path: path.to_owned(), found, expected });
    }
    let says = [footer.data_set, footer.experiment, footer.transport, footer.cell, footer.round];
    let PartKey { experiment, transport, cell, round } = key;
    let is = [
        data_set.to_owned(),
        experiment.clone(),
        transport.to_string(),
        cell.to_string(),
        round.to_string(),
    ];
    if says != is {
        let [data_set, experiment, transport, cell, round] = says;
        let found = format!("{data_set} of {experiment}, {transport}, cell {cell}, round {round}");
        return Err(StoreError::OtherPart { path: path.to_owned(), found });
    }
    Ok(reader)
}

/// The rows of a part, when it is the part that it should be.
pub(crate) fn decode<R: Record>(
    path: &Path,
    bytes: &[u8],
    run: &RunId,
    key: &PartKey,
) -> Result<Vec<R>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { path: path.to_owned(), reason };
    let reader = open(path, bytes, run, key, R::FOLDER)?;
    let PartKey { experiment, transport, .. } = key;
    let mut frame = reader.finish().map_err(|error| damaged(error.to_string()))?;
    let height = frame.height();
    let partition = [experiment.as_str(), transport.name()];
    for (name, value) in PARTITION_COLUMNS.into_iter().zip(partition) {
        let value = Scalar::from(polars::prelude::PlSmallStr::from_str(value));
        frame
            .with_column(Column::new_scalar(name.into(), value, height))
            .map_err(|error| damaged(error.to_string()))?;
    }
    if frame.width() != R::COLUMNS.len() {
        let (found, expected) = (frame.width(), R::COLUMNS.len());
        return Err(damaged(format!("it has {found} columns, expected {expected}")));
    }
    R::from_frame(&frame).map_err(damaged)
}

fn read_footer(
    path: &Path,
    reader: &mut ParquetReader<Cursor<&[u8]>>,
) -> Result<Footer, StoreError> {
    let metadata = reader.get_metadata().map_err(|error| StoreError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let pairs = metadata.key_value_metadata().as_deref().unwrap_or_default();
    let value = |key: &'static str| {
        let pair = pairs.iter().find(|pair| pair.key == key);
        pair.and_then(|pair| pair.value.clone())
            .ok_or(StoreError::NotAPart { path: path.to_owned(), missing: key })
    };
    let found = value(FORMAT_KEY)?;
    if found != FORMAT_VERSION.to_string() {
        return Err(StoreError::OtherFormat { path: path.to_owned(), found });
    }
    Ok(Footer {
        run_id: value(RUN_KEY)?,
        data_set: value(DATA_SET_KEY)?,
        experiment: value(EXPERIMENT_KEY)?,
        transport: value(TRANSPORT_KEY)?,
        cell: value(CELL_KEY)?,
        round: value(ROUND_KEY)?,
    })
}
