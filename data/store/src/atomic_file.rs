//! A file that is there as a whole or not at all, whatever ends the program.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// What a file is called until it is complete. One name per file, so that what a killed program
/// left behind is overwritten by the next one.
const SUFFIX: &str = ".partial";

/// Whether a file was left behind by a program that did not finish it.
pub(crate) fn is_partial(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

/// Writes a file under a temporary name in the same folder, brings it to the disk and renames it;
/// then brings the folder's entry to the disk too, so that the file survives a power failure.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
    let partial = PathBuf::from(format!("{}{SUFFIX}", path.display()));
    let result = File::create(&partial)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&partial, path))
        .and_then(|()| File::open(folder)?.sync_all());
    result.map_err(|source| {
        // Nothing half made stays; the write's own error is the one to tell.
        let _ = fs::remove_file(&partial);
        StoreError::Io { action: "write", path: path.to_owned(), source }
    })
}
