//! Function code: zip archives, each unpacked once into a private folder that goes with the server.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::validation::constraint;
use crate::error::{ApiError, ApiResult};

/// The most that code may take unpacked, in bytes (AWS: 250 MB).
const UNZIPPED_LIMIT_BYTES: u64 = 262_144_000;

/// Begins the name of a server's folder; its process and a random number follow.
const PREFIX: &str = "local-cloud-";

/// The folder that all code is unpacked in.
#[derive(Debug)]
pub(crate) struct CodeStore {
    folder: PathBuf,
    /// The folder, locked as long as this server runs.
    _lock: File,
    known: Mutex<HashMap<[u8; 32], Weak<Code>>>,
}

/// Unpacked code; its folder goes when nobody uses it any more.
#[derive(Debug)]
pub(crate) struct Code {
    /// Where it is unpacked: the function's task root.
    pub(crate) folder: PathBuf,
    /// Base64 of the archive's SHA-256, as the API shows it.
    pub(crate) sha256: String,
    /// The archive's length.
    pub(crate) zip_bytes: u64,
}

impl Code {
    /// Stands for code while the rest of a configuration is checked.
    pub(crate) fn none() -> Self {
        Self { folder: PathBuf::new(), sha256: String::new(), zip_bytes: 0 }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if self.folder.as_os_str().is_empty() {
            return;
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl CodeStore {
    /// Makes the folder, readable for nobody else.
    pub(crate) fn new() -> io::Result<Self> {
        let temp = std::env::temp_dir();
        remove_leftovers(&temp);
        let name = format!("{PREFIX}{}-{:016x}", std::process::id(), rand::random::<u64>());
        let folder = temp.join(name);
        DirBuilder::new().mode(0o700).create(&folder)?;
        let lock = File::open(&folder)?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock, known: Mutex::default() })
    }

    /// Unpacks an archive, unless the same one is there already.
    ///
    /// # Errors
    /// `InvalidParameterValueException` when it is no archive, too large, or has no `bootstrap`.
    pub(crate) fn unpack(&self, zip: &Bytes) -> ApiResult<Arc<Code>> {
        let digest: [u8; 32] = Sha256::digest(zip).into();
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known().get(&digest).and_then(Weak::upgrade) {
            return Ok(code);
        }
        // A number of its own, because the folder of the same code may just be on its way out.
        let folder = self.folder.join(format!("{:016x}", rand::random::<u64>()));
        let code =
            Arc::new(Code { folder, sha256: STANDARD.encode(digest), zip_bytes: zip.len() as u64 });
        unpack_into(zip, &code.folder)?;
        known().insert(digest, Arc::downgrade(&code));
        Ok(code)
    }

    /// Removes everything.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for CodeStore {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes the folders of servers that have ended without doing it, as after a kill -9: those that
/// are named after a process that is not there any more, and that nobody holds a lock on: a server in
/// a container has a number of its own there. What cannot be removed, as it is another user's, stays.
fn remove_leftovers(temp: &Path) {
    let Ok(entries) = fs::read_dir(temp) else { return };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_folder || !entry.file_name().to_str().and_then(owner).is_some_and(has_ended) {
            continue;
        }
        if let Ok(folder) = File::open(entry.path())
            && folder.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that a folder is named after.
fn owner(name: &str) -> Option<i32> {
    let (pid, random) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let is_ours = random.len() == 16 && random.bytes().all(|b| b.is_ascii_hexdigit());
    pid.parse().ok().filter(|pid| is_ours && *pid > 0)
}

fn has_ended(pid: i32) -> bool {
    let pid = rustix::process::Pid::from_raw(pid);
    // One of another user's is there, too: asking about it is not permitted.
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
}

fn unreadable(what: impl std::fmt::Display) -> ApiError {
    constraint(format!(
        "Could not unzip uploaded file. Please check your file, then try to upload again. ({what})"
    ))
}

fn unpack_into(zip: &Bytes, folder: &Path) -> ApiResult<()> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(unreadable)?;
    let mut left = UNZIPPED_LIMIT_BYTES;
    let write_error = |error: io::Error| {
        ApiError::new(500, "ServiceException", format!("the code cannot be unpacked: {error}"))
    };
    let mut folders = DirBuilder::new();
    folders.recursive(true).mode(0o700);
    folders.create(folder).map_err(write_error)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(unreadable)?;
        let name = entry
            .enclosed_name()
            .ok_or_else(|| unreadable(format!("{:?} lies outside of the archive", entry.name())))?;
        let path = folder.join(name);
        if entry.is_dir() {
            folders.create(&path).map_err(write_error)?;
            continue;
        }
        if entry.is_symlink() {
            return Err(unreadable(format!("{:?} is a symbolic link", entry.name())));
        }
        if let Some(parent) = path.parent() {
            folders.create(parent).map_err(write_error)?;
        }
        let mode = entry.unix_mode().unwrap_or(0o644) & 0o777 | 0o400;
        let mut file: File = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&path)
            .map_err(write_error)?;
        let written = io::copy(&mut (&mut entry).take(left + 1), &mut file).map_err(unreadable)?;
        left = left.checked_sub(written).ok_or_else(|| {
            constraint(format!("Unzipped size must be smaller than {UNZIPPED_LIMIT_BYTES} bytes"))
        })?;
    }
    if !folder.join("bootstrap").is_file() {
        return Err(constraint(
            "The archive has no file named bootstrap at its top, which the provided runtimes start",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(entries: &[(&str, &[u8])]) -> Bytes {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner().into()
    }

    #[test]
    fn code_is_unpacked_once_and_goes_with_its_last_user() {
        let store = CodeStore::new().unwrap();
        let archive = zip(&[("bootstrap", b"#!/bin/sh\n"), ("lib/x.txt", b"x")]);
        let code = store.unpack(&archive).unwrap();
        assert!(Arc::ptr_eq(&code, &store.unpack(&archive).unwrap()));
        assert_eq!(fs::read(code.folder.join("lib/x.txt")).unwrap(), b"x");
        let folder = code.folder.clone();
        drop(code);
        assert!(!folder.exists());
        let root = store.folder.clone();
        drop(store);
        assert!(!root.exists());
    }

    #[test]
    fn what_is_no_archive_or_has_no_bootstrap_is_refused() {
        let store = CodeStore::new().unwrap();
        for archive in [Bytes::from_static(b"no zip"), zip(&[("main", b"x")])] {
            assert_eq!(store.unpack(&archive).unwrap_err().code, "InvalidParameterValueException");
        }
        assert_eq!(fs::read_dir(&store.folder).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn what_a_server_that_was_killed_left_is_removed() {
        let temp = std::env::temp_dir().join(format!("leftovers-{:016x}", rand::random::<u64>()));
        let make = |name: &str| fs::create_dir_all(temp.join(name).join("code")).unwrap();
        // A process that has ended and been waited for, and nobody has its number yet.
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let dead = format!("{PREFIX}{}-0123456789abcdef", child.id());
        let alive = format!("{PREFIX}{}-0123456789abcdef", std::process::id());
        let held = format!("{PREFIX}{}-fedcba9876543210", child.id());
        let others = format!("{PREFIX}{}-mine", child.id());
        for name in [&dead, &alive, &held, &others] {
            make(name);
        }
        let lock = File::open(temp.join(&held)).unwrap();
        lock.lock().unwrap();
        remove_leftovers(&temp);
        assert!(!temp.join(&dead).exists());
        assert!(temp.join(&alive).exists(), "its process lives");
        assert!(temp.join(&held).exists(), "somebody holds it");
        assert!(temp.join(&others).exists(), "no folder of a server");
        fs::remove_dir_all(&temp).unwrap();
    }

    #[test]
    fn an_entry_outside_of_the_archive_is_refused() {
        let store = CodeStore::new().unwrap();
        assert!(store.unpack(&zip(&[("../evil", b"x"), ("bootstrap", b"")])).is_err());
    }
}
