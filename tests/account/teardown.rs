//! A run that is killed at any step of its deployment leaves nothing that teardown does not find,
//! be it by its file or by the tags alone.

use crate::account::{Account, sweep};

#[tokio::test]
async fn killed_at_every_step_everything_is_found_by_file_and_by_tags() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let mut steps = 0;
    loop {
        steps += 1;
        let (run, crash) = (format!("r{steps}"), format!("--crash-after-resources={steps}"));
        let said = account.run(&[&sweep(runs, &run)[..], &["--yes", &crash]].concat());
        let is_whole = said.code == Some(0);
        assert!(is_whole || said.code == Some(86), "{}", said.stderr);
        let made = account.resources().await;
        assert!(!made.is_empty(), "step {steps} made something");
        let file = folder.path().join(&run).join("deployment.json");
        let by_tags = steps % 2 == 0;
        if by_tags {
            std::fs::remove_file(&file).unwrap();
            std::fs::remove_dir_all(folder.path().join(&run)).unwrap();
        }
        let said = account.run(&["teardown", &run, "--runs", runs]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(
            said.stdout.contains("removed") && said.stdout.contains("nothing is left"),
            "{said:?}"
        );
        let left = account.resources().await;
        assert_eq!(left, [""; 0], "step {steps}, by tags: {by_tags}, of {made:?}");
        // Again, without harm.
        let said = account.run(&["teardown", &run, "--runs", runs]);
        assert_eq!(said.code, Some(0), "{said:?}");
        if is_whole {
            break;
        }
    }
    // 2 roles with a policy each, 10 functions with a log group each, a topic, a stream, a queue
    // and 2 mappings.
    assert_eq!(steps - 1, 29, "each resource was a step");
}

#[tokio::test]
async fn what_has_expired_goes_and_what_has_not_stays() {
    let account = Account::open(&[]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let more = ["--yes", "--crash-after-resources=12"];
    let said = account.run(&[&sweep(runs, "fresh")[..], &more].concat());
    assert_eq!(said.code, Some(86), "{}", said.stderr);
    let fresh = account.resources().await;
    let config = account.config();
    let tags = [("handoff:run", "old"), ("handoff:expires", "2020-01-01T00:00:00Z")];
    let sqs = aws_sdk_sqs::Client::new(&config);
    let mut old = sqs.create_queue().queue_name("handoff-old-1-sqs");
    // Somebody else's, who marks an end in the same way.
    let mut theirs = sqs.create_queue().queue_name("theirs");
    for (key, value) in tags {
        (old, theirs) = (old.tags(key, value), theirs.tags(key, value));
    }
    old.send().await.unwrap();
    let theirs = theirs.send().await.unwrap().queue_url.unwrap();

    let said = account.run(&["teardown", "--all-expired", "--runs", runs]);
    assert!(said.stdout.contains("removed queue handoff-old-1-sqs"), "{said:?}");
    let mut expected = fresh;
    expected.push(format!("queue {theirs}"));
    let mut left = account.resources().await;
    expected.sort();
    left.sort();
    assert_eq!(left, expected);
}
