//! The function binaries as Lambda takes them.

use std::io::{self, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use aws_sdk_lambda::primitives::Blob;
use sha2::{Digest as _, Sha256};
use store::Architecture;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::elf;
use crate::error::LabError;

/// What Lambda runs of a zip.
const BOOTSTRAP: &str = "bootstrap";

/// A function's binary: its hash and its zip.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// SHA-256 of the binary, lower-case hexadecimal.
    pub sha256: String,
    /// The zip with the binary as `bootstrap`.
    pub zip: Blob,
    /// Whether it brings its libraries with it.
    pub is_static: bool,
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
    /// Packs the binaries `sender` and `receiver` of a folder, where each may lie in a folder of
    /// its name as `bootstrap`.
    ///
    /// # Errors
    /// When one is missing, was built for another instruction set or cannot be packed.
    pub fn pack(programs: &Path, architecture: Architecture) -> Result<Self, LabError> {
        Ok(Self {
            sender: pack(&binary_of(programs, "sender"), architecture)?,
            receiver: pack(&binary_of(programs, "receiver"), architecture)?,
        })
    }

    /// The same in smaller zips, some two fifths of the size, for where they have a long way to go.
    ///
    /// # Errors
    /// When one cannot be packed.
    pub fn squeezed(self) -> Result<Self, LabError> {
        Ok(Self { sender: squeeze(self.sender)?, receiver: squeeze(self.receiver)? })
    }

    /// Whether both bring their libraries with them: those of Lambda's image may be older than
    /// those of the machine that built them.
    #[must_use]
    pub const fn are_static(&self) -> bool {
        self.sender.is_static && self.receiver.is_static
    }
}

fn binary_of(programs: &Path, name: &str) -> PathBuf {
    let bootstrap = programs.join(name).join(BOOTSTRAP);
    if bootstrap.is_file() { bootstrap } else { programs.join(name) }
}

fn pack(path: &Path, architecture: Architecture) -> Result<Artifact, LabError> {
    let binary = std::fs::read(path).map_err(LabError::io("read the function binary", path))?;
    let elf = elf::read(&binary);
    // What is no ELF file is for a local-cloud on another system than Linux.
    if let Some(built) = elf.map(|elf| elf.architecture)
        && built != Some(architecture)
    {
        let built = built.map_or("an instruction set that Lambda has not", Architecture::name);
        // Static, as the lab wants them on AWS (docs/AWS.md).
        let target = match architecture {
            Architecture::X86_64 => "x86_64-unknown-linux-musl",
            Architecture::Arm64 => "aarch64-unknown-linux-musl",
        };
        let reason = format!(
            "this function binary is built for {built}, and the functions are to be {architecture}: \
             give --architecture, or --functions with a folder of {architecture} binaries \
             (`cargo lambda build --release --target {target} -p sender -p receiver` makes them in \
             target/lambda)"
        );
        return Err(LabError::Usage(format!("{}: {reason}", path.display())));
    }
    // On this machine, squeezing it takes longer than sending it.
    let zip = zipped(&binary, CompressionMethod::Stored)
        .map_err(LabError::io("pack the function binary", path))?;
    let is_static = elf.is_some_and(|elf| elf.is_static);
    Ok(Artifact { sha256: sha256_hex(&binary), zip: Blob::new(zip), is_static })
}

/// The binary as `bootstrap` in a zip.
fn zipped(binary: &[u8], method: CompressionMethod) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(binary.len() + 1024)));
    // The fastest of the levels that squeeze gains nearly all of it.
    let level = (method == CompressionMethod::Deflated).then_some(1);
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .compression_level(level)
        .unix_permissions(0o755);
    zip.start_file(BOOTSTRAP, options)?;
    zip.write_all(binary)?;
    Ok(zip.finish()?.into_inner())
}

fn squeeze(artifact: Artifact) -> Result<Artifact, LabError> {
    let squeeze = || -> io::Result<Vec<u8>> {
        let mut binary = Vec::new();
        let mut zip = ZipArchive::new(Cursor::new(artifact.zip.as_ref()))?;
        zip.by_name(BOOTSTRAP)?.read_to_end(&mut binary)?;
        zipped(&binary, CompressionMethod::Deflated)
    };
    let zip = squeeze().map_err(|e| LabError::Backend(format!("cannot pack a function: {e}")))?;
    Ok(Artifact { zip: Blob::new(zip), ..artifact })
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
    fn a_squeezed_binary_is_smaller_and_the_same() {
        let binary = b"the same again and again, ".repeat(1000);
        let zip = Blob::new(zipped(&binary, CompressionMethod::Stored).unwrap());
        let stored = Artifact { sha256: sha256_hex(&binary), zip, is_static: true };
        let squeezed = squeeze(stored.clone()).unwrap();
        assert!(squeezed.zip.as_ref().len() * 3 < stored.zip.as_ref().len());
        assert_eq!((&squeezed.sha256, squeezed.is_static), (&stored.sha256, true));
        let mut unpacked = Vec::new();
        let mut zip = ZipArchive::new(Cursor::new(squeezed.zip.as_ref())).unwrap();
        let mut file = zip.by_name(BOOTSTRAP).unwrap();
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        file.read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, binary);
    }

    #[test]
    fn a_missing_binary_is_named() {
        let error =
            pack(Path::new("/nowhere/sender"), Architecture::Arm64).unwrap_err().to_string();
        assert!(error.contains("/nowhere/sender"), "{error}");
    }

    #[test]
    fn a_binary_for_another_instruction_set_is_refused_with_what_it_is_for() {
        let folder = std::env::temp_dir().join(format!("handoff-elf-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("sender")).unwrap();
        let mut header = vec![0; 64];
        header[..4].copy_from_slice(b"\x7fELF");
        header[18] = 183;
        std::fs::write(folder.join("sender/bootstrap"), header).unwrap();
        let path = binary_of(&folder, "sender");
        let refused = pack(&path, Architecture::X86_64).unwrap_err();
        assert!(pack(&path, Architecture::Arm64).unwrap().is_static);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(refused.exit_code(), 2);
        let said = refused.to_string();
        assert!(said.contains("built for arm64"), "{said}");
        let makes = "cargo lambda build --release --target x86_64-unknown-linux-musl -p sender -p";
        assert!(said.contains(makes), "{said}");
    }
}
