//! A run in an account that is asked to stop deletes what it has made, wherever it was.

use std::path::Path;
use std::process::{Child, Command};

use store::RunDir;
use testkit::programs::Said;
use testkit::wait;

use crate::account::{Account, sweep_but};

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

fn start(account: &Account, runs: &str, more: &[&str]) -> Child {
    let words = sweep_but(runs, "stopped", &[&["--yes"], more].concat());
    account.command(&words).spawn().unwrap()
}

fn stop(lab: Child, signal: i32) -> Said {
    let words = [format!("-{signal}"), lab.id().to_string()];
    assert!(Command::new("kill").args(words).status().unwrap().success());
    lab.wait_with_output().unwrap().into()
}

/// How many resources the run's file lists.
fn listed(runs: &Path) -> usize {
    let text = std::fs::read_to_string(runs.join("stopped/deployment.json")).unwrap_or_default();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    file["resources"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn in_the_middle_of_its_deployment_nothing_of_it_stays() {
    // The stream is being created for so long that the signal comes meanwhile.
    let options = ["--shard-poll-interval=100ms", "--stream-creation-time=3s"];
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let account = Account::open(&options);
        let folder = tempfile::tempdir().unwrap();
        let lab = start(&account, folder.path().to_str().unwrap(), &[]);
        wait::until("the stream", || {
            let file = folder.path().join("stopped/deployment.json");
            std::fs::read_to_string(file).is_ok_and(|text| text.contains("\"stream\""))
        });
        let said = stop(lab, signal);
        assert_eq!(said.code, Some(code), "{}", said.stderr);
        assert_eq!(account.resources().await, [""; 0], "{}", said.stderr);
        assert_eq!(listed(folder.path()), 0);
        let run = RunDir::open(&folder.path().join("stopped")).unwrap();
        assert_eq!(run.parts().unwrap(), [], "it was stopped before anything was measured");
    }
}

#[tokio::test]
async fn in_the_middle_of_measuring_only_the_logs_stay_and_are_named() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().to_str().unwrap();
        let lab = start(&account, runs, &["--rounds=200"]);
        let run = folder.path().join("stopped");
        let parts = || RunDir::open(&run).and_then(|run| run.parts()).unwrap_or_default().len();
        wait::until("the first part", || parts() > 0);
        let said = stop(lab, signal);
        assert_eq!(said.code, Some(code), "{}", said.stderr);
        assert!(parts() < 1000, "it was stopped in the middle");
        let told = "10 resources are kept for `just collect stopped`; `just teardown stopped`";
        assert!(said.stderr.contains(told), "{}", said.stderr);
        let left = account.resources().await;
        assert!(left.len() == 10 && left.iter().all(|it| it.starts_with("log group")), "{left:?}");
        assert_eq!(listed(folder.path()), 10);
        let said = account.run(&["teardown", "stopped", "--runs", runs]);
        assert!(said.code == Some(0) && said.stdout.contains("nothing is left"), "{said:?}");
        assert_eq!(account.resources().await, [""; 0]);
    }
}
