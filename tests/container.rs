//! The backend `container`, as a user goes it. Skipped, with the reason, where no Docker engine
//! answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use store::{EndpointKind, Outcome, Row, RunDir};
use testkit::{cloud, container, programs, wait};
use wire::Transport;

fn rows(run: &RunDir) -> Vec<Row> {
    run.parts().unwrap().iter().flat_map(|key| run.read_part(key).unwrap()).collect()
}

/// The process that holds a lab's container: a descendant of the lab.
fn host_of(lab: u32) -> Option<u32> {
    let parent = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold anything; state and parent follow it.
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()
    };
    let is_host = |pid: u32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.trim() == "container-host"
            && std::iter::successors(Some(pid), |pid| parent(*pid)).any(|above| above == lab)
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(|pid| is_host(*pid))
}

/// Whether a host has a container; those of tests beside this one are other hosts'.
fn has_container(host: u32) -> bool {
    !docker(&["ps", "--all", "--quiet", "--filter", &owned_by(host)]).is_empty()
}

fn owned_by(host: u32) -> String {
    format!("label=handoff.owner-pid={host}")
}

fn docker(words: &[&str]) -> String {
    let said = Command::new("docker").args(words).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).into_owned()
}

/// A run that is complete and torn down.
fn measure(more: &[&str]) -> (RunDir, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let mut words = vec!["run-sweep", "container", "smoke", "baseline", "--run=boxed", "--seed=5"];
    words.extend(["--runs", runs, "--messages=8", "--shard-poll-interval=200ms"]);
    words.extend(more);
    let said = programs::run("lab", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let run = RunDir::open(&folder.path().join("boxed")).unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    let manifest = run.manifest().unwrap();
    assert_eq!(
        (manifest.backend.name.as_str(), manifest.backend.endpoint),
        ("container", EndpointKind::Container)
    );
    let left = std::fs::read_to_string(run.path().join("deployment.json")).unwrap();
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["resources"], serde_json::json!([]), "everything is torn down");
    assert_eq!(rows(&run).len(), 10 * 2 * (8 + 5));
    (run, folder)
}

/// The transports whose payloads all arrive, once and as they were sent.
fn intact(run: &RunDir) -> BTreeSet<Transport> {
    let rows = rows(run);
    for row in &rows {
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
    }
    let intact = |transport: &Transport| {
        rows.iter()
            .filter(|row| row.transport == *transport)
            .all(|row| row.payload_ok == Some(true))
    };
    Transport::ALL.into_iter().filter(intact).collect()
}

/// How the report of a run begins.
fn banner(folder: &tempfile::TempDir) -> String {
    let out = folder.path().join("report");
    let words =
        ["boxed", "--runs", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()];
    let said = programs::run("report", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let text = std::fs::read_to_string(out.join("REPORT.md")).unwrap();
    text.split("\n## ").next().unwrap().to_owned()
}

#[test]
fn ministack_carries_all_five_transports() {
    if !container::available() {
        return;
    }
    // As from a registry of a company's own, which stays there.
    let registry = "registry.planted.example:5000";
    let mirrored = format!("{registry}/ministackorg/ministack:1.5.33");
    docker(&["tag", "ministackorg/ministack:1.5.33", &mirrored]);
    let (run, folder) = measure(&[&format!("--image={mirrored}")]);
    let banner = banner(&folder);
    docker(&["rmi", &mirrored]);
    let words = ["--recursive", "--files-with-matches", registry];
    let found = Command::new("grep").args(words).arg(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "the registry is written down");
    // It parses the event of an invoke and writes it anew, so B does not get the bytes that A sent
    // (docs/CONFORMANCE.md).
    let expected = [Transport::Sns, Transport::Kinesis, Transport::Sqs];
    assert_eq!(intact(&run), expected.into_iter().collect(), "payloads byte for byte");
    for key in run.parts().unwrap() {
        let invocations = run.read_invocations(&key).unwrap();
        assert!(!invocations.is_empty(), "REPORT lines are found: {key:?}");
    }

    assert!(banner.contains("not AWS"), "{banner}");
    assert!(banner.contains("ministackorg/ministack 1.5.33"), "{banner}");
    let changed = "Payloads that it changes on the way: async-invoke, sync-invoke.";
    assert!(banner.contains(changed), "{banner}");
    drop(run);
}

#[test]
fn local_cloud_in_a_container_of_its_own_keeps_every_byte() {
    if !container::available() {
        return;
    }
    let (run, _folder) = measure(&["--image=local-cloud"]);
    assert_eq!(intact(&run), Transport::ALL.into_iter().collect());
    assert_eq!(run.manifest().unwrap().backend.product, "local-cloud");
    for key in run.parts().unwrap() {
        testkit::invocations::check(&run, &key);
    }
}

/// Held by a test in which each environment is a container: two at a time have more to do than two
/// processors can, and MiniStack then misses log lines by the dozen, each of which is waited for.
static MANY_CONTAINERS: Mutex<()> = Mutex::new(());

/// MiniStack as LocalStack and Floci run functions: each environment a container beside its own, here
/// of an image that stands for AWS's.
#[test]
fn functions_may_run_in_containers_of_their_own() {
    if !container::available() {
        return;
    }
    let _alone = MANY_CONTAINERS.lock().unwrap_or_else(PoisonError::into_inner);
    let beside = ["--image=ministackorg/ministack:1.5.33-docker", "--docker-socket"];
    let (run, _folder) = measure(&beside);
    for transport in Transport::ALL {
        let rows = rows(&run).into_iter().filter(|row| row.transport == transport);
        let (known, unknown): (Vec<Row>, Vec<Row>) =
            rows.partition(|row| row.outcome == Outcome::Delivered && row.deliveries == 1);
        // MiniStack takes a function's lines from Docker's log when it answers, and misses those
        // that come a moment later: what they tell of counts as lost.
        assert!(unknown.iter().all(|row| row.outcome == Outcome::Lost), "{unknown:?}");
        assert!(known.len() > 4 * unknown.len(), "{transport}: {}", unknown.len());
    }
    assert_eq!(run.manifest().unwrap().backend.settings["docker_socket"], "true");

    // A lab that is killed leaves functions to be removed with the emulator.
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let mut words = vec!["run-sweep", "container", "smoke", "baseline", "--run=s", "--runs", runs];
    words.extend(beside);
    let mut lab = programs::command("lab", &words).spawn().unwrap();
    let parts = || RunDir::open(&folder.path().join("s")).and_then(|run| run.parts());
    wait::until("the first part", || parts().is_ok_and(|parts| !parts.is_empty()));
    let host = host_of(lab.id()).unwrap();
    let network = docker(&["network", "ls", "--quiet", "--filter", &owned_by(host)]);
    let within = format!("network={}", network.trim());
    let functions = || docker(&["ps", "--all", "--quiet", "--filter", &within]);
    assert!(functions().lines().count() > 1, "the emulator and its functions");
    lab.kill().unwrap();
    lab.wait().unwrap();
    wait::until("the end of the functions", || functions().is_empty());
    let networks = || docker(&["network", "ls", "--quiet", "--filter", &owned_by(host)]);
    wait::until("the end of their network", || networks().is_empty());
}

/// LocalStack's open-source part, each environment a container beside its own.
#[test]
fn localstack_carries_all_five_transports() {
    if !container::available_with(container::LOCALSTACK, container::LOCALSTACK_RECIPE) {
        return;
    }
    let _alone = MANY_CONTAINERS.lock().unwrap_or_else(PoisonError::into_inner);
    let image = format!("--image={}", container::LOCALSTACK);
    let (run, folder) = measure(&[&image, "--docker-socket"]);
    // It parses the body of a queue's message and writes it anew (docs/CONTAINERS.md).
    let mut expected: BTreeSet<_> = Transport::ALL.into_iter().collect();
    expected.remove(&Transport::Sqs);
    assert_eq!(intact(&run), expected, "payloads byte for byte");
    let facts = run.manifest().unwrap().backend;
    assert_eq!(format!("{}:{}", facts.product, facts.version), container::LOCALSTACK);
    for key in run.parts().unwrap() {
        let invocations = run.read_invocations(&key).unwrap();
        assert!(!invocations.is_empty(), "REPORT lines are found: {key:?}");
        let named: BTreeSet<_> = invocations.iter().map(|it| &it.env).collect();
        let rows = run.read_part(&key).unwrap();
        let sent_in: BTreeSet<_> = rows.iter().filter_map(|row| row.sender_env.as_ref()).collect();
        assert!(sent_in.is_subset(&named), "{sent_in:?} in {named:?}");
    }

    let banner = banner(&folder);
    assert!(banner.contains("Payloads that it changes on the way: sqs."), "{banner}");
}

/// MiniStack runs the state machine by its definition, so this tests the definition.
#[test]
fn senders_are_invoked_by_a_state_machine() {
    if !container::available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let mut words = vec!["run-sweep", "container", "smoke", "baseline", "--run=driven", "--seed=5"];
    words.extend(["--runs", runs, "--messages=8", "--rounds=1", "--driver=step-functions"]);
    words.extend(["--axis=concurrency=4", "--axis=transport=async-invoke,sqs"]);
    let said = programs::run("lab", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let run = RunDir::open(&folder.path().join("driven")).unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    let rows = rows(&run);
    assert!(rows.len() >= 2 * (8 + 4), "{}", rows.len());
    for row in &rows {
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
    }
    let left = std::fs::read_to_string(run.path().join("deployment.json")).unwrap();
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["resources"], serde_json::json!([]), "everything is torn down");
}

/// What a commercial emulator is unlocked with.
const LICENCE: &str = "planted-licence-of-nobody";

/// A `container-host` by itself, and the line that says that it is ready.
fn host(words: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = programs::command("../tools/debug/container-host", words);
    // Not to outlive a test that fails.
    command.arg("--exit-with-parent");
    command.env("LOCALSTACK_AUTH_TOKEN", LICENCE).stdin(Stdio::piped());
    let mut host = command.spawn().unwrap();
    let said = BufReader::new(host.stdout.take().unwrap());
    (host, said)
}

/// The backend `aws`, with an emulator in the account's place: its log lines are read in windows, by ids
/// that change from look to look.
#[test]
fn what_stands_for_an_account_may_be_in_a_container() {
    if !container::available() {
        return;
    }
    let (mut host, mut said) = host(&[]);
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let region = ready["region"].as_str().unwrap();
    // An address that its functions, too, find it at.
    let id = docker(&["ps", "--quiet", "--filter", &owned_by(host.id())]);
    let address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let address = docker(&["inspect", "--format", address, id.trim()]);
    let endpoint = format!("http://{}:4566", address.trim());
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let lab = |words: &[&str]| -> programs::Said {
        cloud::lab_at(&endpoint, region, cloud::Credentials::ANY, words).output().unwrap().into()
    };
    let sweep = ["run-sweep", "aws", "smoke", "baseline", "--yes", "--runs", runs];
    let whole = lab(&[&sweep[..], &["--run=whole", "--rounds=1", "--messages=8"]].concat());
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    let run = RunDir::open(&folder.path().join("whole")).unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    assert_eq!(run.manifest().unwrap().backend.endpoint, EndpointKind::Custom);
    let rows = rows(&run);
    assert_eq!(rows.len(), 10 * (8 + 5));
    for row in &rows {
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
    }
    let said = lab(&["teardown", "whole", "--runs", runs]);
    assert!(said.code == Some(0) && said.stdout.contains("nothing is left"), "{said:?}");

    // One that is killed while it deploys. By its file: MiniStack finds not all kinds by their tags.
    let killed = lab(&[&sweep[..], &["--run=killed", "--crash-after-resources=27"]].concat());
    assert_eq!(killed.code, Some(86), "{}", killed.stderr);
    let said = lab(&["teardown", "killed", "--runs", runs]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let removed = said.stdout.lines().filter(|line| line.starts_with("  removed ")).count();
    assert!(removed >= 27 && said.stdout.contains("nothing is left"), "{said:?}");
    drop(host.stdin.take());
    assert_eq!(host.wait().unwrap().code(), Some(0));
}

#[test]
fn told_to_stop_a_host_removes_what_it_has_made_and_ends_well() {
    if !container::available() {
        return;
    }
    let beside = ["--image=ministackorg/ministack:1.5.33-docker", "--docker-socket"];
    let networks = |host: u32| docker(&["network", "ls", "--quiet", "--filter", &owned_by(host)]);
    for (words, signal, waits) in [
        (&[][..], "-INT", true),
        (&[], "-TERM", true),
        (&beside, "-INT", true),
        (&beside, "-TERM", true),
        // Before it is ready.
        (&beside, "-INT", false),
    ] {
        let (mut host, mut said) = host(words);
        let pid = host.id();
        if waits {
            let mut line = String::new();
            said.read_line(&mut line).unwrap();
            assert!(line.contains("\"endpoint\"") && has_container(pid), "{line}");
            assert!(!line.contains(LICENCE), "{line}");
            let emulator = docker(&["ps", "--quiet", "--filter", &owned_by(pid)]);
            let told = docker(&["inspect", "--format", "{{.Config.Env}}", emulator.trim()]);
            assert!(told.contains(&format!("LOCALSTACK_AUTH_TOKEN={LICENCE}")), "{told}");
        } else {
            wait::until("its network", || !networks(pid).is_empty());
        }
        let killed = Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
        assert!(killed.success());
        let mut errors = String::new();
        host.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(host.wait().unwrap().code(), Some(0), "{words:?} {signal}: {errors}");
        assert!(!errors.contains(LICENCE), "{errors}");
        assert!(!has_container(pid) && networks(pid).is_empty(), "{words:?} {signal}");
    }
}

#[test]
fn the_container_goes_whatever_ends_the_lab() {
    if !container::available() {
        return;
    }
    for signal in ["-INT", "-KILL"] {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().to_str().unwrap();
        let words = ["run-sweep", "container", "smoke", "baseline", "--run=s", "--runs", runs];
        let mut lab = programs::command("lab", &words).spawn().unwrap();
        let parts = || RunDir::open(&folder.path().join("s")).and_then(|run| run.parts());
        wait::until("the first part", || parts().is_ok_and(|parts| !parts.is_empty()));
        let host = host_of(lab.id()).unwrap();
        assert!(has_container(host), "it runs");
        let killed = Command::new("kill").args([signal, &lab.id().to_string()]).status().unwrap();
        assert!(killed.success());
        lab.wait().unwrap();
        wait::until("the end of the container", || !has_container(host));
    }
}
