//! A run that is killed at any step of its deployment leaves nothing that teardown does not find,
//! be it by its file or by the tags alone.

use crate::account::{ACCOUNT, Account, command_at, sweep};
use crate::proxy;

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

#[tokio::test]
async fn in_another_account_or_at_another_address_nothing_is_struck_out() {
    let account = Account::open(&[]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let crashing = [&sweep(runs, "r")[..], &["--yes", "--crash-after-resources=12"]].concat();
    assert_eq!(account.run(&crashing).code, Some(86));
    let made = account.resources().await;
    let file = folder.path().join("r/deployment.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(ACCOUNT), "{text}");

    let teardown = ["teardown", "r", "--runs", runs];
    let other = Account::numbered("210987654322", &[]);
    // The same command again would go on, and first delete what it had made before.
    let again = [&sweep(runs, "r")[..], &["--yes"]].concat();
    for words in [&teardown[..], &again] {
        let said = other.run(words);
        assert_eq!(said.code, Some(2), "{said:?}");
        for named in ["deployment.json", "account digest", "nothing of it would be found here"] {
            assert!(said.stderr.contains(named), "{}", said.stderr);
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "nothing is struck out");
    }
    // As if it had been made in AWS, and AWS_ENDPOINT_URL were a left-over.
    let in_aws = text.replace(r#""endpoint": "loopback""#, r#""endpoint": "aws""#);
    assert_ne!(in_aws, text);
    std::fs::write(&file, &in_aws).unwrap();
    let said = account.run(&teardown);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.stderr.contains("AWS's own endpoints") && said.stderr.contains("of this machine"),
        "{}",
        said.stderr
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), in_aws);
    assert_eq!(account.resources().await, made);

    // A file from before the place was written down says less, and is taken at its word.
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["endpoint", "account"] {
        assert!(old.as_object_mut().unwrap().remove(key).is_some(), "{text}");
    }
    std::fs::write(&file, old.to_string()).unwrap();
    let said = account.run(&teardown);
    assert!(said.code == Some(0) && said.stdout.contains("nothing is left"), "{said:?}");
    assert_eq!(account.resources().await, [""; 0]);
}

#[tokio::test]
async fn a_file_that_lists_nothing_is_no_reason_not_to_look() {
    let account = Account::open(&[]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    // Before the first function there are two roles with their policies and ten log groups.
    let words = [&sweep(runs, "r")[..], &["--yes", "--crash-after-resources=20"]].concat();
    assert_eq!(account.run(&words).code, Some(86));
    let file = folder.path().join("r/deployment.json");
    let mut emptied: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    emptied["resources"] = serde_json::json!([]);
    std::fs::write(&file, emptied.to_string()).unwrap();
    let said = account.run(&["teardown", "r", "--runs", runs]);
    assert!(said.code == Some(0) && said.stdout.contains("removed function"), "{said:?}");
    assert_eq!(account.resources().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_run_could_not_delete_is_said_beside_its_error() {
    let account = Account::open(&[]);
    let proxy = proxy::before(&account, |head| {
        let deletes_b = head.starts_with("DELETE /2015-03-31/functions/")
            && head.lines().next()?.contains("-receiver");
        let reads_lines = head.contains("Logs_20140328.FilterLogEvents");
        (deletes_b || reads_lines).then(|| proxy::refusal("AccessDeniedException"))
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let words = [&sweep(&runs, "r")[..], &["--yes", "--axis=transport=sqs"]].concat();
        testkit::programs::Said::from(command_at(&proxy, &words).output().unwrap())
    });
    let said = said.await.unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    for named in [
        "error: cannot read the log group",
        "left function handoff-r-",
        "1 resources are left, 2 are kept",
        "`just teardown r`",
    ] {
        assert!(said.stderr.contains(named), "{named}: {}", said.stderr);
    }
    let runs = folder.path().to_str().unwrap();
    let said = tokio::task::block_in_place(|| account.run(&["teardown", "r", "--runs", runs]));
    assert!(said.code == Some(0) && said.stdout.contains("nothing is left"), "{said:?}");
    assert_eq!(account.resources().await, [""; 0]);
}
