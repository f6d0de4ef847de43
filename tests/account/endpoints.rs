//! Where the services are must be the same for all of them: A and B learn of one address only.

use crate::account::{Account, sweep};

#[tokio::test]
async fn a_service_that_is_set_to_be_elsewhere_is_refused_before_anything_is_made() {
    let account = Account::open(&[]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let sweep = [&sweep(runs, "r")[..], &["--yes"]].concat();
    let elsewhere = "http://planted.example:4566";
    for words in [&sweep[..], &["teardown", "r", "--runs", runs]] {
        let mut command = account.command(words);
        command.env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", elsewhere);
        command
            .env("AWS_ENDPOINT_URL_SQS", elsewhere)
            .env("AWS_ENDPOINT_URL_SNS", &account.endpoint);
        let said = testkit::programs::Said::from(command.output().unwrap());
        assert_eq!(said.code, Some(2), "{said:?}");
        let named = "SQS, CloudWatch Logs would be reached at an address that the others are not";
        assert!(said.stderr.contains(named), "{}", said.stderr);
        assert!(!said.stderr.contains("planted.example"), "{}", said.stderr);
    }
    assert_eq!(account.resources().await, [""; 0]);
    assert!(!folder.path().join("r").exists(), "no run was begun");
}
