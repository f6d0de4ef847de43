//! `local-cloud`, in its own process, so that what is measured is optimised and undisturbed by the
//! lab's own work.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::process::{Program, Served};
use crate::cli::SweepOptions;
use crate::error::LabError;
use crate::needs;

const SHARD_POLL_INTERVAL: &str = "shard_poll_interval";
const INJECT_DELIVERY_DELAY: &str = "inject_delivery_delay";
pub(super) const ACCOUNT_CONCURRENCY: &str = "account_concurrency";
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
/// How long it may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

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

pub(super) async fn start(
    programs: &Path,
    settings: &BTreeMap<String, String>,
) -> Result<Served, LabError> {
    raise_open_files();
    let mut arguments = vec!["--listen=127.0.0.1:0".to_owned(), "--ready-format=json".to_owned()];
    arguments.extend(settings.iter().map(|(name, value)| argument(name, value)));
    let program = Program {
        name: "local-cloud",
        arguments,
        made_by: "cargo build --workspace",
        ready_within: READY_WITHIN,
        ends_within: ENDS_WITHIN,
    };
    Served::start(programs, program).await
}

/// A setting as local-cloud's option.
fn argument(name: &str, value: &str) -> String {
    format!("--{}={value}", name.replace('_', "-"))
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
