//! `local-cloud`, in its own process, so that what is measured is optimised and undisturbed by the
//! lab's own work.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::cli::SweepOptions;
use crate::error::LabError;
use crate::needs;

const PROGRAM: &str = "local-cloud";
const SHARD_POLL_INTERVAL: &str = "shard_poll_interval";
const INJECT_DELIVERY_DELAY: &str = "inject_delivery_delay";
const ACCOUNT_CONCURRENCY: &str = "account_concurrency";
const ENFORCE_IAM: &str = "enforce_iam";
const OPERATOR_POLICY: &str = "operator_policy";
const MAX_ENVIRONMENTS: &str = "max_environments";

/// How many function processes local-cloud runs at a time, unless it is told otherwise.
const USUAL_ENVIRONMENTS: u32 = 256;
/// What is left free beside the invocations that a plan needs at a time: warm environments of
/// other pairs, and invocations that end while others begin.
const SPARE: u32 = 100;

/// How long it may take to be ready: it takes well under a second even on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to end after its standard input has.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// How many of its last lines are kept for an error message.
const LAST_WORDS: usize = 20;

/// A running local-cloud. It ends with this value, or with this process, whatever ends it: it
/// reads from a pipe that only this process holds open.
#[derive(Debug)]
pub(super) struct LocalCloud {
    child: Child,
    alive: Option<ChildStdin>,
    ready: Ready,
    said: Said,
}

/// The line that it prints when it is ready.
#[derive(Debug, Deserialize)]
struct Ready {
    endpoint: String,
    region: String,
    version: String,
}

type Said = Arc<Mutex<VecDeque<String>>>;

pub(super) fn settings(options: &SweepOptions) -> BTreeMap<String, String> {
    let poll = options.shard_poll_interval();
    let mut settings = BTreeMap::from([
        (SHARD_POLL_INTERVAL.to_owned(), format!("{}ms", poll.as_millis())),
        (ACCOUNT_CONCURRENCY.to_owned(), needs::ACCOUNT_CONCURRENCY.to_string()),
    ]);
    if let Some(delay) = &options.inject_delivery_delay {
        settings.insert(INJECT_DELIVERY_DELAY.to_owned(), delay.clone());
    }
    if options.enforce_iam {
        settings.insert(ENFORCE_IAM.to_owned(), true.to_string());
    }
    settings
}

/// Settings that stand in no manifest: they name what lies on this machine only.
pub(super) fn of_this_machine(options: &SweepOptions) -> BTreeMap<String, String> {
    let policy = options.operator_policy.as_deref();
    let policy = policy.map(|path| (OPERATOR_POLICY.to_owned(), path.display().to_string()));
    policy.into_iter().collect()
}

/// The settings that are raised for a plan that needs so many invocations at a time. Without room
/// for all of them, every environment could be an A that waits for a B that finds none.
pub(super) fn raised(concurrency: u32) -> BTreeMap<String, String> {
    let needed = concurrency.saturating_add(SPARE);
    let usual =
        [(ACCOUNT_CONCURRENCY, needs::ACCOUNT_CONCURRENCY), (MAX_ENVIRONMENTS, USUAL_ENVIRONMENTS)];
    let raised = usual.into_iter().filter(|(_, usual)| needed > *usual);
    raised.map(|(name, _)| (name.to_owned(), needed.to_string())).collect()
}

/// Lets this process and those it starts open as many files as the system lets them: an execution
/// environment takes about five of local-cloud's, and programs usually start with 1,024.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, what is there may be enough.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

impl LocalCloud {
    pub(super) async fn start(
        programs: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self, LabError> {
        raise_open_files();
        let program = programs.join(PROGRAM);
        let mut command = Command::new(&program);
        command.args(["--listen", "127.0.0.1:0", "--ready-format", "json", "--exit-with-parent"]);
        for (name, value) in settings {
            command.arg(format!("--{}={value}", name.replace('_', "-")));
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A terminal's Ctrl-C goes to the whole foreground group; the lab tears down first.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| {
                LabError::Backend(format!(
                    "cannot start {}: {e}; `cargo build --workspace` makes it",
                    program.display()
                ))
            })?;
        let said = Said::default();
        if let Some(stderr) = child.stderr.take() {
            keep_last_words(stderr, &said);
        }
        let alive = child.stdin.take();
        let ready = match child.stdout.take() {
            Some(stdout) => read_ready(stdout).await,
            None => Err("it has no standard output".to_owned()),
        };
        match ready {
            Ok(ready) => Ok(Self { child, alive, ready, said }),
            Err(reason) => {
                // Its last words come through a pipe that ends with it.
                drop(alive);
                let _ = timeout(ENDS_WITHIN, child.wait()).await;
                Err(LabError::Backend(format!(
                    "{} did not become ready: {reason}{}",
                    program.display(),
                    quoted(&said)
                )))
            }
        }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.ready.endpoint
    }

    pub(super) fn region(&self) -> &str {
        &self.ready.region
    }

    pub(super) fn version(&self) -> &str {
        &self.ready.version
    }

    pub(super) fn last_words(&self) -> String {
        quoted(&self.said)
    }

    /// Ends it by ending its standard input, as this process' death would.
    pub(super) async fn stop(mut self) {
        drop(self.alive.take());
        if timeout(ENDS_WITHIN, self.child.wait()).await.is_err() {
            // It has not ended by itself; `kill_on_drop` would do the same, later.
            let _ = self.child.kill().await;
        }
    }
}

async fn read_ready(stdout: tokio::process::ChildStdout) -> Result<Ready, String> {
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout);
    match timeout(READY_WITHIN, stdout.read_line(&mut line)).await {
        Err(_) => return Err(format!("nothing came within {} s", READY_WITHIN.as_secs())),
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

fn quoted(said: &Said) -> String {
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for line in said.iter() {
        text.push_str("\n  local-cloud: ");
        text.push_str(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_plan_exceeds_is_raised() {
        assert!(raised(156).is_empty());
        assert_eq!(raised(157), BTreeMap::from([(MAX_ENVIRONMENTS.to_owned(), "257".to_owned())]));
        let all: Vec<_> = raised(2_000).into_values().collect();
        assert_eq!(all, ["2100", "2100"]);
    }
}
