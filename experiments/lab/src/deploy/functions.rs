//! The function binaries as Lambda takes them.

use std::io::{Cursor, Write as _};
use std::path::Path;

use aws_sdk_lambda::primitives::Blob;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::LabError;

/// A function's binary: its hash and its zip.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// SHA-256 of the binary, lower-case hexadecimal.
    pub sha256: String,
    /// The zip with the binary as `bootstrap`.
    pub zip: Blob,
}

/// A and B.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// Lambda A.
    pub sender: Artifact,
    /// Lambda B.
    pub receiver: Artifact,
}

impl Artifacts {
    /// Packs the binaries `sender` and `receiver` of a folder.
    ///
    /// # Errors
    /// When one is missing or cannot be packed.
    pub fn pack(programs: &Path) -> Result<Self, LabError> {
        Ok(Self {
            sender: pack(&programs.join("sender"))?,
            receiver: pack(&programs.join("receiver"))?,
        })
    }
}

fn pack(path: &Path) -> Result<Artifact, LabError> {
    let binary = std::fs::read(path).map_err(LabError::io("read the function binary", path))?;
    let failed =
        |e: zip::result::ZipError| LabError::io("pack the function binary", path)(e.into());
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(binary.len() + 1024)));
    // Stored: squeezing it takes longer than sending it, and Lambda's limit is far away.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options).map_err(failed)?;
    zip.write_all(&binary).map_err(LabError::io("pack the function binary", path))?;
    let zip = zip.finish().map_err(failed)?.into_inner();
    Ok(Artifact { sha256: sha256_hex(&binary), zip: Blob::new(zip) })
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sha_256_in_hexadecimal() {
        // FIPS 180-2, the one-block example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
    }

    #[test]
    fn a_missing_binary_is_named() {
        let error = pack(Path::new("/nowhere/sender")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/sender"), "{error}");
    }
}
