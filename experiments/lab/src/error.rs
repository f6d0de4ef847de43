//! What can go wrong in the lab, said so that a person knows what to do next.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_lambda::error::ProvideErrorMetadata;
use store::StoreError;

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// What was asked for cannot be done; nothing was made.
    #[error("{0}")]
    Usage(String),
    /// The run's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the lab's own.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that says something else than it should.
    #[error("{}: {reason}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The run was begun with other settings.
    #[error(
        "the run {run} was begun with {what} {begun}, and now it is {now}: {advice}, or choose another --run"
    )]
    OtherRun {
        /// The run.
        run: String,
        /// Which setting differs.
        what: &'static str,
        /// Its value in the manifest.
        begun: String,
        /// Its value now.
        now: String,
        /// What makes them agree.
        advice: &'static str,
    },
    /// Another process works on the run.
    #[error("another process works on this run ({}): wait for it, or choose another --run", lock.display())]
    Busy {
        /// The lock that it holds.
        lock: PathBuf,
    },
    /// The backend did not start or stopped.
    #[error("{0}")]
    Backend(String),
    /// A service refused what the lab asked for, or could not be reached.
    #[error("cannot {action}: {source}")]
    Service {
        /// What was asked for.
        action: String,
        /// What the SDK said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A resource did not come to the state it should.
    #[error("{what} was not {wanted} within {seconds} s; its state is {state}")]
    NotReady {
        /// The resource.
        what: String,
        /// The state waited for.
        wanted: &'static str,
        /// The state seen last.
        state: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A itself failed, so that nothing can be said of its messages.
    #[error("the sender {function} failed: {reason}")]
    Sender {
        /// A's name.
        function: String,
        /// What it said.
        reason: String,
    },
    /// What has the senders begin failed.
    #[error("the execution {name} is {status}: {reason}")]
    Execution {
        /// The execution.
        name: String,
        /// How it ended.
        status: String,
        /// What it said.
        reason: String,
    },
    /// A log line that is no line of A or B.
    #[error("the log group {group} has a line that is none of A's or B's ({reason}): {line}")]
    BadLine {
        /// The log group.
        group: String,
        /// The line.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Stopped by a signal; what was finished is kept.
    #[error("stopped by {}; the same command with the same --run goes on", signal_name(*signal))]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
    /// An experiment's own process failed and has said why.
    #[error("the experiment {name} ended with exit code {code}")]
    Experiment {
        /// The experiment.
        name: String,
        /// Its exit code.
        code: u8,
    },
}

const fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => "SIGHUP",
        2 => "Ctrl-C",
        15 => "SIGTERM",
        _ => "a signal",
    }
}

impl LabError {
    /// The exit code that tells this error to a script: 2 for bad usage, 128 + signal when
    /// stopped by one, 1 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::OtherRun { .. } => 2,
            Self::Interrupted { signal } => u8::try_from(128 + signal).unwrap_or(1),
            Self::Experiment { code, .. } => *code,
            _ => 1,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// For a control call: what was tried, and what the service said of it; where it said nothing,
    /// the whole chain of what kept the SDK from asking.
    pub(crate) fn service<E>(action: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let action = action.into();
        move |error| {
            let said = match (error.code(), error.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => code.to_owned(),
                (None, _) => {
                    let mut chain = error.to_string();
                    let mut cause = error.source();
                    while let Some(error) = cause {
                        chain = format!("{chain}: {error}");
                        cause = error.source();
                    }
                    chain
                }
            };
            Self::Service { action, source: said.into() }
        }
    }
}
