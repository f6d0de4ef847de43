//! What the manifest says of the machine and the checkout. No host name, account or key.

use std::fs;
use std::path::Path;
use std::process::Command;

use store::{Architecture, GitState, HostFacts};

use crate::deploy::sha256_hex;

/// The commit of a checkout and whether its tree is clean; none where there is no git or no
/// checkout.
#[must_use]
pub fn git(root: &Path) -> Option<GitState> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    Some(GitState {
        commit: git(&["rev-parse", "HEAD"])?,
        clean: git(&["status", "--porcelain"])?.is_empty(),
    })
}

/// SHA-256 of a checkout's `Cargo.lock`.
#[must_use]
pub fn cargo_lock_sha256(root: &Path) -> Option<String> {
    Some(sha256_hex(&fs::read(root.join("Cargo.lock")).ok()?))
}

/// This machine; `unknown` and 0 where it does not say.
#[must_use]
pub fn host() -> HostFacts {
    let unknown = || "unknown".to_owned();
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    HostFacts {
        os: value(&read("/etc/os-release"), "PRETTY_NAME", '=')
            .map_or_else(|| std::env::consts::OS.to_owned(), |name| name.replace('"', "")),
        kernel: Some(read("/proc/sys/kernel/osrelease").trim().to_owned())
            .filter(|kernel| !kernel.is_empty())
            .unwrap_or_else(unknown),
        cpu_model: value(&read("/proc/cpuinfo"), "model name", ':').unwrap_or_else(unknown),
        cores: std::thread::available_parallelism()
            .map_or(0, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX)),
        memory_bytes: value(&read("/proc/meminfo"), "MemTotal", ':')
            .and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok())
            .map_or(0, |kib| kib * 1024),
    }
}

/// The value of the first line `key<separator>value`.
fn value(text: &str, key: &str, separator: char) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(separator))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().to_owned())
}

/// The instruction set of the function binaries, which are built for this machine.
#[must_use]
pub const fn architecture() -> Architecture {
    if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_key() {
        let text = "processor\t: 0\nmodel name\t: A CPU @ 2: fast\nmodel name\t: other\n";
        assert_eq!(value(text, "model name", ':').as_deref(), Some("A CPU @ 2: fast"));
        assert_eq!(value(text, "name", ':'), None);
    }

    #[test]
    fn this_machine_has_cores() {
        assert!(host().cores > 0);
    }
}
