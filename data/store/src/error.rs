//! What can be wrong with a run's files, and what to do about it.

use std::path::PathBuf;

use crate::FORMAT_VERSION;

/// What is wrong with a run's files. Each names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// The folder holds no run.
    #[error(
        "{} is no run: it has no manifest.json; give the folder of a run, \
         such as data/runs/<run>, or make one with `just run-sweep`",
        path.display()
    )]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// There are no runs at all.
    #[error("there is no run in {}: make one with `just run-sweep`", runs.display())]
    NoRuns {
        /// The folder of runs.
        runs: PathBuf,
    },
    /// The run has a manifest and nothing else yet.
    #[error(
        "the run {} has no part yet: go on with `just run-sweep --run <run>`",
        path.display()
    )]
    NoParts {
        /// The run's folder.
        path: PathBuf,
    },
    /// The manifest cannot be read.
    #[error(
        "{} is not a manifest of format {FORMAT_VERSION}: {source}; restore it or run the sweep \
         again under another name",
        path.display()
    )]
    BadManifest {
        /// The manifest.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Written by another version of this program.
    #[error(
        "{} has format version {found}, and this program reads version {FORMAT_VERSION}: {advice}",
        path.display()
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// The version it states.
        found: String,
        /// What is wrong with that version, and what to do.
        advice: &'static str,
    },
    /// The file is truncated or its bytes have changed.
    #[error(
        "{} is damaged ({reason}): restore it, or delete it and go on with `just run-sweep --run \
         <run>`, which measures again what it held",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was noticed.
        reason: String,
    },
    /// A part whose invocations are not there; they are written first.
    #[error(
        "{} is missing, and {} is there: restore it, or delete that part and go on with `just \
         run-sweep --run <run>`, which measures that cell and round again",
        path.display(), part.display()
    )]
    NoInvocations {
        /// Where the invocations should be.
        path: PathBuf,
        /// The part.
        part: PathBuf,
    },
    /// A Parquet file that this program did not write.
    #[error(
        "{} is a Parquet file, but no part of a run (its footer lacks {missing}): move it away",
        path.display()
    )]
    NotAPart {
        /// The file.
        path: PathBuf,
        /// The footer's missing key.
        missing: &'static str,
    },
    /// A file among the parts that has another name.
    #[error(
        "{} does not belong here: parts are named \
         experiment=<e>/transport=<t>/part-c<cell>-r<round>.parquet, and what was compacted of \
         them compacted.parquet; move it away",
        path.display()
    )]
    StrayFile {
        /// The file.
        path: PathBuf,
    },
    /// The part was written by another run.
    #[error(
        "{} is a part of run {found}, not of run {expected}: move it back to its run",
        path.display()
    )]
    OtherRun {
        /// The part.
        path: PathBuf,
        /// The run it names.
        found: String,
        /// The run it lies in.
        expected: String,
    },
    /// The part says that it is another part.
    #[error("{} says that it is {found}: it was renamed or moved; move it back", path.display())]
    OtherPart {
        /// The part.
        path: PathBuf,
        /// What it says it is.
        found: String,
    },
    /// The plan has no such cell or round, or the cell is over a service limit.
    #[error(
        "{} is not in the plan of {}: {reason}; move it away, or restore the manifest it was \
         written with",
        path.display(), manifest.display()
    )]
    NotInManifest {
        /// The part.
        path: PathBuf,
        /// The manifest.
        manifest: PathBuf,
        /// What the plan lacks.
        reason: String,
    },
    /// The part has more or fewer rows than planned.
    #[error(
        "{} has {found} {kind} rows, and its manifest plans {planned}: delete it and go on with \
         `just run-sweep --run <run>`, which measures that cell and round again",
        path.display()
    )]
    RowCount {
        /// The part.
        path: PathBuf,
        /// `measured` or `warm-up`.
        kind: &'static str,
        /// Rows found.
        found: u64,
        /// Rows planned.
        planned: u64,
    },
    /// A message has two rows.
    #[error(
        "{} has a second row for message {message_id}{elsewhere}: every message has exactly one; \
         delete the part and go on with `just run-sweep --run <run>`",
        path.display()
    )]
    DuplicatedMessage {
        /// The part.
        path: PathBuf,
        /// The message.
        message_id: String,
        /// Where the first one is, when that is another part.
        elsewhere: String,
    },
    /// A row says something else than the plan or the part's name.
    #[error(
        "{}: row {row} has {column} = {found}, expected {expected}; the part does not fit its \
         place: restore it, or delete it and run the sweep again",
        path.display()
    )]
    RowDoesNotFit {
        /// The part.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The column.
        column: &'static str,
        /// What it says.
        found: String,
        /// What its place says.
        expected: String,
    },
    /// An experiment's name that cannot be a folder.
    #[error(
        "{given:?} cannot name an experiment: expected letters, digits and - only, as in \
         receiver-duration"
    )]
    ExperimentName {
        /// The name.
        given: String,
    },
    /// A compacted file that differs from the parts that it was made of.
    #[error(
        "{} was written and reads back with another {part}: the parts are kept as they were; \
         look whether the disk is in order, and give the same command again",
        path.display()
    )]
    NotTheSame {
        /// The file, which was removed.
        path: PathBuf,
        /// What differs.
        part: String,
    },
    /// Polars could not make the file.
    #[error("cannot write {}: {reason}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Why older formats are refused.
const OLDER: &str = "in format 2 and older, service stamps of Kinesis were read wrongly and \
                     cannot be recovered, and marks of cold starts meant something else; measure \
                     again, or use the version of the program that wrote it (see data/FORMAT.md, \
                     Versions)";
const NEWER: &str = "use the version of the program that wrote it";

impl StoreError {
    /// A file of another format.
    pub(crate) fn other_format(path: PathBuf, found: &str) -> Self {
        let is_older = found.parse::<u32>().is_ok_and(|found| found < FORMAT_VERSION);
        let advice = if is_older { OLDER } else { NEWER };
        Self::OtherFormat { path, found: found.to_owned(), advice }
    }

    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
