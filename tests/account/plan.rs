//! Nothing is made before its plan was shown and confirmed.

use crate::account::{Account, command_at, sweep};

#[tokio::test]
async fn without_a_terminal_or_over_the_limit_nothing_is_made() {
    let account = Account::open(&[]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let cases: [(&[&str], &str); 2] =
        [(&[], "give --yes"), (&["--yes", "--max-usd=0.0000001"], "over --max-usd")];
    for (more, named) in cases {
        let said = account.run(&[&sweep(runs, "r")[..], more].concat());
        assert_eq!(said.code, Some(2), "{}", said.stderr);
        assert!(
            said.stderr.contains(named) && said.stderr.contains("nothing was made"),
            "{said:?}"
        );
        for part in ["USD", "2 roles", "10 functions", "GB-seconds", "messages with warm-up, about"]
        {
            assert!(said.stdout.contains(part), "{part} is in the plan: {}", said.stdout);
        }
        assert!(!folder.path().join("r").exists(), "no run was begun");
    }
    assert_eq!(account.resources().await, [""; 0]);
}

#[test]
fn missing_credentials_and_a_missing_region_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let words = [&sweep(runs, "r")[..], &["--yes"]].concat();
    let nowhere = "http://127.0.0.1:1";
    for (missing, named) in
        [("AWS_REGION", "no AWS region"), ("AWS_ACCESS_KEY_ID", "no usable AWS credentials")]
    {
        let said: testkit::programs::Said =
            command_at(nowhere, &words).env_remove(missing).output().unwrap().into();
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.stderr.contains(named), "{}", said.stderr);
        assert!(!folder.path().join("r").exists());
    }
}
