//! Whether the tests that need containers can run here.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::programs;

/// Set by continuous integration, where a test that is skipped is one that fails.
pub const REQUIRED: &str = "HANDOFF_REQUIRE_CONTAINER";
/// LocalStack's open-source part, as it is made on this machine.
pub const LOCALSTACK: &str = "handoff/localstack-core:4.14.0";
/// What makes it.
pub const LOCALSTACK_RECIPE: &str = "localstack-image";
const SOCKET: &str = "/var/run/docker.sock";

/// Whether containers can be started here; where not, says why on standard error.
///
/// # Panics
/// Where they are required and cannot be started.
#[must_use]
pub fn available() -> bool {
    is_there(missing())
}

/// The same where an image is needed that is only made on this machine, by a recipe.
///
/// # Panics
/// As [`available`].
#[must_use]
pub fn available_with(image: &str, recipe: &str) -> bool {
    is_there(missing().or_else(|| missing_image(image, recipe)))
}

fn is_there(missing: Option<String>) -> bool {
    let Some(reason) = missing else { return true };
    assert!(std::env::var_os(REQUIRED).is_none(), "containers are required here, but {reason}");
    // Not by `eprintln!`, which a test harness captures and shows of tests that fail only.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    false
}

fn missing_image(image: &str, recipe: &str) -> Option<String> {
    let words = ["image", "inspect", "--format", "{{.Id}}", image];
    let found = Command::new("docker").args(words).output();
    let is_there = found.is_ok_and(|found| found.status.success());
    (!is_there).then(|| format!("there is no image {image}: `just {recipe}` makes it"))
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
