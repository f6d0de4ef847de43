//! The edge of the programs: a run named on the command line, an outcome for the caller.

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use store::{RunDir, RunId, StoreError};

use crate::ReportError;

/// Writes what a program made to standard output, or why it made nothing to standard error; gives
/// the exit code: 2 for input that is not in order, 1 for work that failed.
#[must_use]
pub fn end(made: Result<impl Display, ReportError>) -> ExitCode {
    match made {
        Ok(said) => {
            let written = write!(std::io::stdout(), "{said}");
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            // Nothing is left to do when even stderr is closed.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The run that a word names: its name below the folder of runs, or its folder.
///
/// # Errors
/// When there is none.
pub fn run(word: &str, runs: &Path) -> Result<RunDir, StoreError> {
    RunDir::open(&folder_of(word, runs))
}

/// A name is looked up below the folder of runs first; anything else is a path.
fn folder_of(word: &str, runs: &Path) -> PathBuf {
    match RunId::new(word) {
        Ok(id) if runs.join(id.as_str()).is_dir() || !Path::new(word).is_dir() => {
            runs.join(id.as_str())
        }
        _ => PathBuf::from(word),
    }
}

fn exit_code(error: &ReportError) -> u8 {
    match error {
        ReportError::Store(StoreError::Io { .. })
        | ReportError::Write { .. }
        | ReportError::Chart(_) => 1,
        ReportError::Store(_)
        | ReportError::Notebook(_)
        | ReportError::Reference(_)
        | ReportError::Compare(_)
        | ReportError::NotAReport { .. } => 2,
    }
}
