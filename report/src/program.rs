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

/// A share as a command line has it: `10%` or `0.1`, above 0 and at most 1.
///
/// # Errors
/// What is expected, where it is no such share.
pub fn share(word: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let share = match word.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(word),
    };
    share
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "expected a share above 0 and at most 1, such as 10% or 0.1".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_or_a_fraction_and_nothing_else() {
        assert_eq!(
            ["10%", "0.1", "5 %", "100%", "1"].map(share),
            [0.1, 0.1, 0.05, 1.0, 1.0].map(Ok)
        );
        for word in ["0", "-1%", "200%", "1.5", "ten", "", "%", "nan", "inf"] {
            assert!(share(word).is_err(), "{word}");
        }
    }
}
