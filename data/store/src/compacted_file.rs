//! Many parts in one file: a row group for each, and a footer that lists them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::io::parquet::metadata::{FileMetadata, FileMetadataRef};
use polars::prelude::{ParquetReader, SerReader};
use serde::{Deserialize, Serialize};
use wire::Transport;

use crate::part_data::PartData;
use crate::part_file::{EXPERIMENT_KEY, FORMAT_KEY, Footer, MAGIC, TRANSPORT_KEY, damaged};
use crate::{RunId, StoreError, checksum};

/// What the file of an experiment, a transport and a data set is called once it is compacted.
pub(crate) const NAME: &str = "compacted.parquet";
/// The footer's key for the list of its parts.
pub(crate) const PARTS_KEY: &str = "handoff.parts";
/// How Arrow's readers know the columns' types, which the pieces of a footer must keep.
const ARROW_SCHEMA_KEY: &str = "ARROW:schema";

/// A part, as the footer lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListedPart {
    /// The cell's number.
    pub(crate) cell: u32,
    /// The round.
    pub(crate) round: u32,
    /// Its rows; a part of none has no row group.
    pub(crate) rows: u64,
}

/// A compacted file whose bytes are those that were written.
#[derive(Debug)]
pub(crate) struct CompactedFile {
    path: PathBuf,
    file: File,
    /// The footer, without the keys that only the file as a whole needs.
    metadata: FileMetadata,
    /// The place of each part's row group, by cell and round; none where it has no rows.
    parts: BTreeMap<(u32, u32), Option<usize>>,
}

/// Which file it should be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileKey<'k> {
    pub(crate) run: &'k RunId,
    pub(crate) data_set: &'k str,
    pub(crate) experiment: &'k str,
    pub(crate) transport: Transport,
}

impl CompactedFile {
    /// Opens a file, reads through it once for its checksum, and keeps its footer.
    pub(crate) fn open(path: &Path, key: FileKey<'_>) -> Result<Self, StoreError> {
        let io = |error| StoreError::io("read", path)(error);
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        check_bytes(path, &file, length)?;
        let mut reader = ParquetReader::new(file.try_clone().map_err(io)?);
        let read = reader.get_metadata().map_err(|error| damaged(path, error))?;
        let mut metadata = FileMetadata::clone(read);
        drop(reader);
        let footer = Footer { path, metadata: &metadata };
        footer.is_of(key.run, key.data_set)?;
        let (experiment, transport) = (footer.value(EXPERIMENT_KEY)?, footer.value(TRANSPORT_KEY)?);
        if experiment != key.experiment || transport != key.transport.name() {
            let found = format!("{} of {experiment}, {transport}", key.data_set);
            return Err(StoreError::OtherPart { path: path.to_owned(), found });
        }
        let parts = places(&footer)?;
        if let Some(pairs) = &mut metadata.key_value_metadata {
            pairs.retain(|pair| pair.key == ARROW_SCHEMA_KEY);
        }
        Ok(Self { path: path.to_owned(), file, metadata, parts })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The cells and rounds of its parts, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (u32, u32)> {
        self.parts.keys().copied()
    }

    /// Whether it has a part.
    pub(crate) fn has(&self, part: (u32, u32)) -> bool {
        self.parts.contains_key(&part)
    }

    /// The file itself, also when another has taken its place meanwhile.
    pub(crate) fn handle(&self) -> Result<File, StoreError> {
        self.file.try_clone().map_err(StoreError::io("read", &self.path))
    }

    /// A part, where it has it.
    pub(crate) fn part(self: &Arc<Self>, part: (u32, u32)) -> Option<PartData<'static>> {
        let group = *self.parts.get(&part)?;
        let row_groups: Vec<_> = group
            .and_then(|group| self.metadata.row_groups.get(group))
            .cloned()
            .into_iter()
            .collect();
        let rows = row_groups.iter().map(|group| group.num_rows()).sum();
        let metadata = FileMetadata {
            version: self.metadata.version,
            num_rows: rows,
            max_row_group_height: rows,
            created_by: None,
            row_groups,
            key_value_metadata: self.metadata.key_value_metadata.clone(),
            schema_descr: self.metadata.schema_descr.clone(),
            column_orders: self.metadata.column_orders.clone(),
            footer_buf: self.metadata.footer_buf.clone(),
        };
        let metadata = FileMetadataRef::new(metadata);
        Some(PartData::RowGroup { file: Arc::clone(self), metadata })
    }
}

/// A footer as bytes.
pub(crate) struct RawFooter {
    start: u64,
    bytes: Vec<u8>,
}

impl RawFooter {
    /// The footer of a file of `length` bytes; none where it does not end in one.
    pub(crate) fn read(file: &File, length: u64) -> io::Result<Option<Self>> {
        if length < 12 {
            return Ok(None);
        }
        let mut end = [0; 8];
        file.read_exact_at(&mut end, length - 8)?;
        let size = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
        let start = (length - 8).checked_sub(u64::from(size));
        let (Some(start), true) = (start.filter(|start| *start >= 4), end.ends_with(MAGIC)) else {
            return Ok(None);
        };
        let mut bytes = vec![0; size as usize];
        file.read_exact_at(&mut bytes, start)?;
        Ok(Some(Self { start, bytes }))
    }

    /// Where in the file the checksum stands.
    pub(crate) fn checksum_place(&self) -> Option<u64> {
        checksum::place(&self.bytes).map(|place| self.start + place as u64)
    }

    fn names(&self, key: &str) -> bool {
        self.bytes.windows(key.len()).any(|window| window == key.as_bytes())
    }
}

/// Whether the bytes are those that were written; polars panics on a footer with some bytes changed.
fn check_bytes(path: &Path, file: &File, length: u64) -> Result<(), StoreError> {
    let io = |error| StoreError::io("read", path)(error);
    let Some(footer) = RawFooter::read(file, length).map_err(io)? else {
        return Err(damaged(path, format!("it ends after {length} bytes without a footer")));
    };
    if !footer.names(FORMAT_KEY) {
        return Err(StoreError::NotAPart { path: path.to_owned(), missing: FORMAT_KEY });
    }
    let place = footer.checksum_place().ok_or_else(|| damaged(path, "it has no checksum"))?;
    drop(footer);
    let mut stated = [0; checksum::UNKNOWN.len()];
    file.read_exact_at(&mut stated, place).map_err(io)?;
    let found = checksum::of_file(file, length, place).map_err(io)?;
    checksum::compare(&String::from_utf8_lossy(&stated), &checksum::text(found))
        .map_err(|reason| damaged(path, reason))
}

/// The row group of each part that the footer lists.
fn places(footer: &Footer<'_>) -> Result<BTreeMap<(u32, u32), Option<usize>>, StoreError> {
    let wrong = |reason: String| damaged(footer.path, reason);
    let listed: Vec<ListedPart> = serde_json::from_str(footer.value(PARTS_KEY)?)
        .map_err(|error| wrong(format!("its list of parts cannot be read: {error}")))?;
    let mut groups = footer.metadata.row_groups.iter().enumerate();
    let mut parts = BTreeMap::new();
    let mut before = None;
    for ListedPart { cell, round, rows } in listed {
        let group = if rows == 0 { None } else { groups.next() };
        let found = group.map_or(0, |(_, group)| group.num_rows() as u64);
        if found != rows {
            return Err(wrong(format!(
                "its list of parts has {rows} rows of cell {cell}, round {round}, and its row group \
                 has {found}"
            )));
        }
        if before.is_some_and(|before| before >= (cell, round)) {
            return Err(wrong(format!(
                "its list of parts has cell {cell}, round {round} out of order"
            )));
        }
        before = Some((cell, round));
        parts.insert((cell, round), group.map(|(place, _)| place));
    }
    match groups.count() {
        0 => Ok(parts),
        more => Err(wrong(format!("it has {more} row groups more than its list of parts"))),
    }
}
