//! Where the rows of one part are: in a file of its own, or in a row group of a compacted file.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::io::mmap::MmapBytesReader;
use polars::io::parquet::metadata::{FileMetadata, FileMetadataRef};
use polars::prelude::{Column, DataFrame, ParquetReader, PlSmallStr, Scalar, SerReader};

use crate::compacted_file::CompactedFile;
use crate::record::{PARTITION_COLUMNS, Record};
use crate::{PartKey, StoreError, part_file};

/// A reader of a part, wherever it is.
pub(crate) type PartReader<'d> = ParquetReader<Box<dyn MmapBytesReader + 'd>>;

/// The rows of one part, checked to be the bytes that were written and the part that was asked for.
#[derive(Debug)]
pub(crate) enum PartData<'p> {
    /// In a file of its own.
    File {
        /// The file.
        path: &'p Path,
        /// All of its bytes.
        bytes: Vec<u8>,
        /// Its footer.
        metadata: FileMetadataRef,
    },
    /// In a compacted file.
    RowGroup {
        /// The file, of which only what is asked for is read.
        file: Arc<CompactedFile>,
        /// Its footer, as if the file had nothing but the part.
        metadata: FileMetadataRef,
    },
}

impl PartData<'_> {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } => path,
            Self::RowGroup { file, .. } => file.path(),
        }
    }

    /// Where it is: the file and, where that holds other parts too, which of them it is.
    pub(crate) fn place(&self, key: &PartKey) -> PathBuf {
        match self {
            Self::File { path, .. } => path.to_path_buf(),
            Self::RowGroup { file, .. } => {
                let (path, PartKey { cell, round, .. }) = (file.path().display(), key);
                PathBuf::from(format!("{path} (cell {cell}, round {round})"))
            }
        }
    }

    /// The footer, of which the row groups are the part's.
    pub(crate) fn metadata(&self) -> &FileMetadata {
        match self {
            Self::File { metadata, .. } | Self::RowGroup { metadata, .. } => metadata,
        }
    }

    /// A reader of the part.
    pub(crate) fn reader(&self) -> Result<PartReader<'_>, StoreError> {
        let (source, metadata): (Box<dyn MmapBytesReader + '_>, _) = match self {
            Self::File { bytes, metadata, .. } => (Box::new(Cursor::new(&bytes[..])), metadata),
            Self::RowGroup { file, metadata } => (Box::new(file.handle()?), metadata),
        };
        let mut reader = ParquetReader::new(source);
        reader.set_metadata(Arc::clone(metadata));
        Ok(reader)
    }

    /// The columns that are in the file, as they are there.
    pub(crate) fn frame(&self) -> Result<DataFrame, StoreError> {
        self.reader()?.finish().map_err(|error| part_file::damaged(self.path(), error))
    }

    /// The rows.
    pub(crate) fn rows<R: Record>(&self, key: &PartKey) -> Result<Vec<R>, StoreError> {
        let mut frame = self.frame()?;
        let height = frame.height();
        let partition = [key.experiment.as_str(), key.transport.name()];
        for (name, value) in PARTITION_COLUMNS.into_iter().zip(partition) {
            let value = Scalar::from(PlSmallStr::from_str(value));
            frame
                .with_column(Column::new_scalar(name.into(), value, height))
                .map_err(|error| part_file::damaged(self.path(), error))?;
        }
        let (found, expected) = (frame.width(), R::COLUMNS.len());
        if found != expected {
            let reason = format!("it has {found} columns, expected {expected}");
            return Err(part_file::damaged(self.path(), reason));
        }
        R::from_frame(&frame).map_err(|reason| part_file::damaged(self.path(), reason))
    }
}
