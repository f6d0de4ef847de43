//! An account lets no more than five streams be created at a time, whoever creates them.

use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::programs::Said;

use crate::account::{Account, command_at, sweep};
use crate::proxy;

/// As often as the SDK tries a call by itself (`clients.rs`).
const REFUSED: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_waits_for_those_that_others_create() {
    let account = Account::open(&["--shard-poll-interval=100ms"]);
    let count = AtomicUsize::new(0);
    let proxy = proxy::before(&account, move |head| {
        let refuses = head.contains("Kinesis_20131202.CreateStream")
            && count.fetch_add(1, Ordering::Relaxed) < REFUSED;
        refuses.then(|| proxy::refusal("LimitExceededException"))
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let more = ["--yes", "--axis=transport=kinesis"];
        let words = [&sweep(&runs, "r")[..], &more].concat();
        Said::from(command_at(&proxy, &words).output().unwrap())
    });
    let said = said.await.unwrap();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}
