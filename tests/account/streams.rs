//! An account lets no more than five streams be created at a time, whoever creates them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::programs::Said;

use crate::account::{Account, command_at, sweep, sweep_but};
use crate::proxy;

/// As many as there may be.
const CREATING: usize = 5;

fn creates_stream(request: &str) -> bool {
    request.contains("Kinesis_20131202.CreateStream")
}

async fn run(endpoint: String, more: &'static [&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let usual = ["--yes", "--axis=transport=kinesis", "--messages=1", "--axis=warmup=0"];
        let words = [&sweep_but(&runs, "r", &usual)[..], more].concat();
        Said::from(command_at(&endpoint, &words).output().unwrap())
    });
    said.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_streams_none_is_asked_for_before_there_is_a_place() {
    let account = Account::open(&["--shard-poll-interval=100ms", "--stream-creation-time=300ms"]);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let proxy = proxy::before(&account, move |head| {
        counted.fetch_add(usize::from(creates_stream(head)), Ordering::Relaxed);
        None
    })
    .await;
    let eight =
        &["--axis=shards=1,2", "--axis=batch-size=1,10", "--axis=parallelization-factor=1,2"];
    let said = run(proxy, eight).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(asked.load(Ordering::Relaxed), 8, "a refused request would have been repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_waits_for_those_that_others_create() {
    let account = Account::open(&["--shard-poll-interval=100ms", "--stream-creation-time=2s"]);
    let asked = Arc::new(AtomicUsize::new(0));
    let kinesis = aws_sdk_kinesis::Client::new(&account.config());
    let proxy = proxy::before(&account, {
        let (asked, kinesis) = (Arc::clone(&asked), kinesis.clone());
        move |head| {
            // Others take all places just before.
            if creates_stream(head) && asked.fetch_add(1, Ordering::Relaxed) == 0 {
                let taking = async {
                    for number in 0..CREATING {
                        let taking = kinesis.create_stream().stream_name(format!("other-{number}"));
                        taking.shard_count(1).send().await.unwrap();
                    }
                };
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(taking));
            }
            None
        }
    })
    .await;
    let said = run(proxy, &[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(asked.load(Ordering::Relaxed) > 1, "it was refused at first");
}

#[tokio::test]
async fn a_stream_that_is_still_created_is_deleted_once_it_can_be() {
    let account = Account::open(&["--stream-creation-time=2s"]);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    // Two roles with their policies, two functions with their log groups, the stream.
    let more = ["--yes", "--axis=transport=kinesis", "--crash-after-resources=9"];
    let said = account.run(&[&sweep(runs, "r")[..], &more].concat());
    assert_eq!(said.code, Some(86), "{}", said.stderr);
    let made = account.resources().await;
    assert!(made.iter().any(|it| it.starts_with("stream")), "{made:?}");
    let said = account.run(&["teardown", "r", "--runs", runs]);
    assert!(said.code == Some(0) && said.stdout.contains("nothing is left"), "{said:?}");
    assert_eq!(account.resources().await, [""; 0]);
}
