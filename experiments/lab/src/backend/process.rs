//! A place that is a program of ours: it prints a line of JSON when it is ready and ends when its
//! standard input does.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::error::LabError;
use crate::progress;

/// How many of its last lines are kept for an error message.
const LAST_WORDS: usize = 20;

/// A program that serves. It ends with this value, or with this process, whatever ends it: it reads
/// from a pipe that only this process holds open.
#[derive(Debug)]
pub(super) struct Served {
    name: &'static str,
    child: Child,
    alive: Option<ChildStdin>,
    ready: Ready,
    said: Said,
    ends_within: Duration,
}

/// What is started, and how long that may last.
#[derive(Debug)]
pub(super) struct Program {
    /// The file's name.
    pub(super) name: &'static str,
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// What makes the file, for who lacks it.
    pub(super) made_by: &'static str,
    /// How long it may take to be ready.
    pub(super) ready_within: Duration,
    /// How long it may take to end after its standard input has.
    pub(super) ends_within: Duration,
}

/// The line that it prints when it is ready.
#[derive(Debug, Deserialize)]
pub(super) struct Ready {
    /// Where the lab reaches it.
    pub(super) endpoint: String,
    /// Where functions reach it, if that is elsewhere.
    pub(super) function_endpoint: Option<String>,
    pub(super) region: String,
    /// What it is, if that is not its program's name.
    pub(super) product: Option<String>,
    pub(super) version: String,
}

type Said = Arc<Mutex<VecDeque<String>>>;

impl Served {
    pub(super) async fn start(folder: &Path, program: Program) -> Result<Self, LabError> {
        let Program { name, arguments, made_by, ready_within, ends_within } = program;
        let path = folder.join(name);
        let mut child = Command::new(&path)
            .args(arguments)
            .arg("--exit-with-parent")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A terminal's Ctrl-C goes to the whole foreground group; the lab tears down first.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| {
                LabError::Backend(format!(
                    "cannot start {}: {e}; `{made_by}` makes it",
                    path.display()
                ))
            })?;
        let said = Said::default();
        if let Some(stderr) = child.stderr.take() {
            keep_last_words(stderr, &said);
        }
        let alive = child.stdin.take();
        let ready = match child.stdout.take() {
            Some(stdout) => read_ready(stdout, ready_within).await,
            None => Err("it has no standard output".to_owned()),
        };
        match ready {
            Ok(ready) => Ok(Self { name, child, alive, ready, said, ends_within }),
            Err(reason) => {
                // Its last words come through a pipe that ends with it.
                drop(alive);
                let _ = timeout(ends_within, child.wait()).await;
                Err(LabError::Backend(format!(
                    "{} did not become ready: {reason}{}",
                    path.display(),
                    quoted(name, &said)
                )))
            }
        }
    }

    pub(super) const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// What serves.
    pub(super) fn product(&self) -> &str {
        self.ready.product.as_deref().unwrap_or(self.name)
    }

    /// Where functions reach it.
    pub(super) fn function_endpoint(&self) -> &str {
        self.ready.function_endpoint.as_ref().unwrap_or(&self.ready.endpoint)
    }

    pub(super) fn last_words(&self) -> String {
        quoted(self.name, &self.said)
    }

    /// Ends it by ending its standard input, as this process' death would.
    pub(super) async fn stop(mut self) {
        drop(self.alive.take());
        let what = match timeout(self.ends_within, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => return,
            Ok(Ok(status)) => format!("ended with {status}"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                // It has not ended by itself; `kill_on_drop` would do the same, later.
                let _ = self.child.kill().await;
                format!("did not end within {} s and was killed", self.ends_within.as_secs())
            }
        };
        progress::line(&format!("warning: {} {what}{}", self.name, self.last_words()));
    }
}

async fn read_ready(
    stdout: tokio::process::ChildStdout,
    within: Duration,
) -> Result<Ready, String> {
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout);
    match timeout(within, stdout.read_line(&mut line)).await {
        Err(_) => return Err(format!("nothing came within {} s", within.as_secs())),
        Ok(Err(e)) => return Err(e.to_string()),
        Ok(Ok(0)) => return Err("it ended".to_owned()),
        Ok(Ok(_)) => {}
    }
    let ready = serde_json::from_str(&line)
        .map_err(|e| format!("it said {:?}, which is no ready line: {e}", line.trim()))?;
    // Whatever else it says is read and dropped, or the pipe would fill up.
    tokio::spawn(async move {
        let mut rest = String::new();
        while matches!(stdout.read_line(&mut rest).await, Ok(read) if read > 0) {
            rest.clear();
        }
    });
    Ok(ready)
}

fn keep_last_words(stderr: tokio::process::ChildStderr, said: &Said) {
    let said = Arc::clone(said);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() == LAST_WORDS {
                said.pop_front();
            }
            said.push_back(line);
        }
    });
}

fn quoted(name: &str, said: &Said) -> String {
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for line in said.iter() {
        text.push_str(&format!("\n  {name}: "));
        text.push_str(line);
    }
    text
}
