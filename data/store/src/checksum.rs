//! The checksum that stands in the footer of the file that it guards.
//!
//! Parquet writers need not checksum pages and zstd frames need not either, so a changed byte could
//! pass for a figure. The CRC-32 (IEEE) is of the whole file with the checksum's own digits as dots.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crc32fast::Hasher;
use rayon::prelude::*;

/// The checksum's value until it is known.
pub(crate) const UNKNOWN: &[u8; 14] = b"crc32:........";
const OPENING: &[u8; 6] = b"crc32:";
/// Bytes of a file that are read at a time.
const BLOCK: u64 = 1 << 20;

/// How a checksum is written.
pub(crate) fn text(checksum: u32) -> String {
    format!("crc32:{checksum:08x}")
}

/// Where the checksum stands in bytes: the last that looks like one.
pub(crate) fn place(bytes: &[u8]) -> Option<usize> {
    let place = bytes.windows(OPENING.len()).rposition(|window| window == OPENING)?;
    (place + UNKNOWN.len() <= bytes.len()).then_some(place)
}

/// Whether the bytes are those that were written.
pub(crate) fn check(bytes: &[u8]) -> Result<(), String> {
    let place = place(bytes).ok_or("it has no checksum")?;
    let stated = String::from_utf8_lossy(&bytes[place..place + UNKNOWN.len()]).into_owned();
    let mut hasher = Hasher::new();
    hasher.update(&bytes[..place]);
    hasher.update(UNKNOWN);
    hasher.update(&bytes[place + UNKNOWN.len()..]);
    compare(&stated, &text(hasher.finalize()))
}

/// What is wrong where a stated checksum is not that of the bytes.
pub(crate) fn compare(stated: &str, found: &str) -> Result<(), String> {
    if stated == found {
        Ok(())
    } else {
        Err(format!("its footer states {stated}, its bytes have {found}"))
    }
}

/// Sets the checksum of bytes that were changed on purpose.
#[cfg(test)]
pub(crate) fn seal(bytes: &mut [u8]) {
    let place = place(bytes).unwrap();
    bytes[place..place + UNKNOWN.len()].copy_from_slice(UNKNOWN);
    let checksum = text(crc32fast::hash(bytes));
    bytes[place..place + checksum.len()].copy_from_slice(checksum.as_bytes());
}

/// The checksum of a file of `length` bytes, in which it stands, or is to stand, at `place`. The
/// file is read in blocks, several at a time, and never held as a whole.
pub(crate) fn of_file(file: &File, length: u64, place: u64) -> io::Result<u32> {
    let of_range = |from: u64, to: u64| -> io::Result<Hasher> {
        let mut hasher = Hasher::new();
        let mut block = vec![0; usize::try_from(BLOCK.min(to - from)).unwrap_or(0)];
        let mut at = from;
        while at < to {
            let size = usize::try_from(BLOCK.min(to - at)).unwrap_or(0);
            file.read_exact_at(&mut block[..size], at)?;
            hasher.update(&block[..size]);
            at += size as u64;
        }
        Ok(hasher)
    };
    let behind = place + UNKNOWN.len() as u64;
    if behind > length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // Each thread takes a stretch of the file, which disks and page caches read fastest.
    let stretch = place.div_ceil(rayon::current_num_threads() as u64).max(BLOCK);
    let starts: Vec<u64> = (0..place.div_ceil(stretch)).map(|n| n * stretch).collect();
    let hashers: Vec<Hasher> = starts
        .into_par_iter()
        .map(|start| of_range(start, (start + stretch).min(place)))
        .collect::<io::Result<_>>()?;
    let mut all = Hasher::new();
    for hasher in &hashers {
        all.combine(hasher);
    }
    all.update(UNKNOWN);
    all.combine(&of_range(behind, length)?);
    Ok(all.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::TempDir;

    #[test]
    fn a_file_has_the_checksum_of_its_bytes_whatever_its_length() {
        let temp = TempDir::new();
        let path = temp.path().join("x");
        for (before, after) in [(0, 0), (1, 5), (1 << 20, 3), ((1 << 20) + 1, 0), (3_333_333, 99)] {
            let mut bytes: Vec<u8> = (0..before).map(|n: usize| (n % 251) as u8).collect();
            bytes.extend_from_slice(UNKNOWN);
            bytes.resize(bytes.len() + after, 7);
            std::fs::write(&path, &bytes).unwrap();
            let file = File::open(&path).unwrap();
            let found = of_file(&file, bytes.len() as u64, before as u64).unwrap();
            assert_eq!(found, crc32fast::hash(&bytes), "{before} and {after}");
            assert!(of_file(&file, bytes.len() as u64 + 1, before as u64).is_err());
        }
    }
}
