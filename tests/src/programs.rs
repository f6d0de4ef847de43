//! The workspace's own binaries, as a user runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of the workspace's binaries: two above a test's own, which is in `deps/`.
///
/// # Panics
/// When the test binary does not lie where Cargo puts it.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its programs can only fail")]
pub fn folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    assert!(
        folder.join("lab").exists(),
        "{} has no `lab`: `just test` builds the binaries first",
        folder.display()
    );
    folder.to_owned()
}

/// The workspace's folder.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// A command of one of the workspace's binaries, started in the workspace's folder.
#[must_use]
pub fn command(program: &str, words: &[&str]) -> Command {
    let mut command = Command::new(folder().join(program));
    command
        .args(words)
        .current_dir(workspace())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs one of the workspace's binaries to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its programs can only fail")]
pub fn run(program: &str, words: &[&str]) -> Said {
    command(program, words).output().expect("the program starts").into()
}
