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

/// What a file is called until it is complete.
pub(crate) fn partial(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}{SUFFIX}", path.display()))
}

/// Gives a complete file that is on the disk its name; then brings the folder's entry to the disk
/// too, so that the file survives a power failure.
pub(crate) fn rename(partial: &Path, path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let renamed = fs::rename(partial, path).and_then(|()| File::open(folder)?.sync_all());
    renamed.map_err(StoreError::io("write", path))
}

/// Writes a file under a temporary name in the same folder, brings it to the disk and renames it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
    let partial = partial(path);
    let result = File::create(&partial)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(StoreError::io("write", path))
        .and_then(|()| rename(&partial, path));
    result.inspect_err(|_| {
        // Nothing half made stays; the write's own error is the one to tell.
        let _ = fs::remove_file(&partial);
    })
}
