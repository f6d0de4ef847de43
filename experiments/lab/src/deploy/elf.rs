//! What a function binary was built for, from its ELF header (System V ABI, "Object Files").

use store::Architecture;

const MAGIC: &[u8] = b"\x7fELF";
const MACHINE: usize = 18;
const X86_64: u16 = 62;
const AARCH64: u16 = 183;
/// Offset, size and number of the program headers, in a 64-bit header.
const HEADERS: (usize, usize, usize) = (32, 54, 56);
/// A program header that names the dynamic linker.
const INTERPRETER: u32 = 3;

/// What a binary's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elf {
    /// The instruction set; none where it is neither of Lambda's.
    pub(crate) architecture: Option<Architecture>,
    /// Whether it needs no libraries of the machine that it runs on.
    pub(crate) is_static: bool,
}

/// Reads a header; none where it is no ELF file.
pub(crate) fn read(binary: &[u8]) -> Option<Elf> {
    if !binary.starts_with(MAGIC) {
        return None;
    }
    let u16_at = |at: usize| Some(u16::from_le_bytes(binary.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(binary.get(at..at + 4)?.try_into().ok()?));
    let u64_at = |at: usize| Some(u64::from_le_bytes(binary.get(at..at + 8)?.try_into().ok()?));
    let architecture = match u16_at(MACHINE)? {
        X86_64 => Some(Architecture::X86_64),
        AARCH64 => Some(Architecture::Arm64),
        _ => None,
    };
    let first = usize::try_from(u64_at(HEADERS.0)?).ok()?;
    let (size, count) = (usize::from(u16_at(HEADERS.1)?), usize::from(u16_at(HEADERS.2)?));
    let kinds = (0..count).map(|n| first.checked_add(n * size).and_then(u32_at));
    let is_static = kinds.into_iter().all(|kind| kind != Some(INTERPRETER));
    Some(Elf { architecture, is_static })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_is_for_this_machine() {
        let binary = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let elf = read(&binary);
        assert_eq!(elf.is_some(), cfg!(target_os = "linux"));
        let Some(elf) = elf else { return };
        assert_eq!(elf.architecture, Some(crate::facts::architecture()));
        let is_static = cfg!(target_feature = "crt-static");
        assert_eq!(elf.is_static, is_static);
    }

    #[test]
    fn a_machine_is_told_and_what_is_cut_or_no_binary_is_none() {
        let mut header = vec![0; 64];
        header[..4].copy_from_slice(MAGIC);
        header[MACHINE] = 183;
        let elf = Elf { architecture: Some(Architecture::Arm64), is_static: true };
        assert_eq!(read(&header), Some(elf));
        assert_eq!(read(&header[..30]), None);
        assert_eq!(read(b"#!/bin/sh"), None);
    }
}
