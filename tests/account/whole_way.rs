//! A sweep in an account, from the plan to the teardown.

use store::{EndpointKind, Invocation, Outcome, RunDir, Side};

use crate::account::{Account, sweep};

#[tokio::test]
async fn a_run_has_every_row_says_what_was_billed_and_leaves_its_logs_only() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let words = [&sweep(runs, "whole")[..], &["--yes", "--shard-poll-interval=100ms"]].concat();
    let said = account.run(&words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for side in ["A", "B"] {
        let line = format!("{side}: Lambda GB-seconds: estimated");
        assert!(said.stdout.contains(&line) && said.stdout.contains("billed"), "{}", said.stdout);
    }
    let run = RunDir::open(&folder.path().join("whole")).unwrap();
    let manifest = run.manifest().unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    assert_eq!(manifest.backend.endpoint, EndpointKind::Loopback);
    assert!(!manifest.backend.is_aws(), "it only stands for AWS");
    assert_eq!(manifest.region, "eu-central-1");
    for key in run.parts().unwrap() {
        for row in run.read_part(&key).unwrap() {
            assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
        }
        testkit::invocations::check(&run, &key);
    }

    // Late lines can be read as long as the groups are there.
    let left = account.resources().await;
    assert_eq!(left.len(), 10, "{left:?}");
    assert!(
        left.iter().all(|it| it.starts_with("log group /aws/lambda/handoff-whole-")),
        "{left:?}"
    );
    let said = account.run(&["collect", "whole", "--runs", runs]);
    assert!(said.stdout.contains("0 parts missed lines"), "{said:?}");
    let said = account.run(&["teardown", "whole", "--runs", runs]);
    assert!(said.stdout.contains("10 resources removed, nothing is left"), "{said:?}");
    assert_eq!(account.resources().await, [""; 0]);
    let said = account.run(&["teardown", "whole", "--runs", runs]);
    assert_eq!((said.code, said.stdout.contains("nothing is left")), (Some(0), true), "{said:?}");
}

fn sorted(mut invocations: Vec<Invocation>) -> Vec<Invocation> {
    invocations.sort_by(|one, other| {
        (one.side, &one.request_id, &one.env).cmp(&(other.side, &other.request_id, &other.env))
    });
    invocations
}

#[tokio::test]
async fn lines_that_came_late_complete_their_rows() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let more = ["--yes", "--axis=transport=async-invoke"];
    let said = account.run(&[&sweep(runs, "late")[..], &more].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let run = RunDir::open(&folder.path().join("late")).unwrap();
    let key = run.parts().unwrap().remove(0);
    let whole = run.read_part(&key).unwrap();

    // As if B's line of the last message had not been readable in time.
    let mut rows = whole.clone();
    let last = rows.last_mut().unwrap();
    last.outcome = Outcome::Lost;
    last.deliveries = 0;
    last.received_at_ns = None;
    last.handoff_ns = None;
    run.write_part(&key, &rows).unwrap();
    // And a REPORT line of B's and all of A's.
    let invocations = run.read_invocations(&key).unwrap();
    let mut fewer = invocations.clone();
    fewer.retain(|it| it.side == Side::Receiver);
    fewer.pop();
    run.write_invocations(&key, &fewer).unwrap();
    let said = account.run(&["collect", "late", "--runs", runs]);
    let late = invocations.len() - fewer.len();
    let told = format!("{late} invocations got their REPORT line, 0 still have none");
    assert!(late >= 2 && said.stdout.contains(&told), "{said:?}");
    assert_eq!(sorted(run.read_invocations(&key).unwrap()), sorted(invocations));
    assert!(said.stdout.contains("1 rows were completed, 0 still miss one"), "{said:?}");
    assert_eq!(run.read_part(&key).unwrap(), whole);
}
