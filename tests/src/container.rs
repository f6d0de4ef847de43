//! Whether the tests that need containers can run here.

use std::io::Write as _;
use std::os::unix::net::UnixStream;

use crate::programs;

/// Set by continuous integration, where a test that is skipped is one that fails.
pub const REQUIRED: &str = "HANDOFF_REQUIRE_CONTAINER";
const SOCKET: &str = "/var/run/docker.sock";

/// Whether containers can be started here; where not, says why on standard error.
///
/// # Panics
/// Where they are required and cannot be started.
#[must_use]
pub fn available() -> bool {
    let Some(reason) = missing() else { return true };
    assert!(std::env::var_os(REQUIRED).is_none(), "containers are required here, but {reason}");
    // Not by `eprintln!`, which a test harness captures and shows of tests that fail only.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    false
}

fn missing() -> Option<String> {
    let elsewhere = std::env::var_os("DOCKER_HOST").is_some();
    if let (false, Err(e)) = (elsewhere, UnixStream::connect(SOCKET)) {
        return Some(format!("no Docker engine answers at {SOCKET}: {e}"));
    }
    let folder = programs::folder();
    let needed = [
        "../tools/debug/container-host",
        "../tools/debug/s3-sync",
        "../static/x86_64-unknown-linux-gnu/debug/sender",
        "../static/x86_64-unknown-linux-gnu/debug/local-cloud",
    ];
    let lacking = needed.into_iter().find(|file| !folder.join(file).is_file())?;
    Some(format!(
        "{} is not there: `just container-programs` makes it",
        folder.join(lacking).display()
    ))
}
