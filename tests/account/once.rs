//! A measured call that is refused is one row with its error, and exactly one request: a retry that
//! the client hid would be counted as the transport's duration.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use store::{Outcome, Row, RunDir};
use wire::Transport;

use crate::account::{Account, command_at, sweep};
use crate::proxy;

/// Whether a request invokes a receiver.
pub(crate) fn invokes_receiver(head: &str) -> bool {
    let line = head.lines().next().unwrap_or_default();
    line.starts_with("POST /2015-03-31/functions/") && line.contains("-receiver/invocations")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_is_one_row_and_one_request() {
    // A takes the account's one place, so that B, invoked while A waits, is throttled every time.
    let account = Account::open(&["--account-concurrency=1"]);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let proxy = proxy::before(&account, move |head| {
        counted.fetch_add(usize::from(invokes_receiver(head)), Ordering::Relaxed);
        None
    })
    .await;

    let rows = rows(proxy, &["--axis=transport=sync-invoke"]).await;
    assert_eq!(rows.len(), 8, "two rounds of three messages and one to warm up");
    for row in &rows {
        assert_eq!(row.outcome, Outcome::Rejected, "{row:?}");
        assert_eq!(row.error_code.as_deref(), Some("TooManyRequestsException"), "{row:?}");
    }
    assert_eq!(count.load(Ordering::Relaxed), rows.len(), "one request for each refused call");
}

/// The transport by which a request hands a message over.
fn hands_over(request: &str) -> Option<Transport> {
    let lower = request.to_lowercase();
    let is_event = lower.contains("x-amz-invocation-type: event");
    if invokes_receiver(request) {
        Some(if is_event { Transport::AsyncInvoke } else { Transport::SyncInvoke })
    } else if lower.contains("x-amz-target: kinesis_20131202.putrecord") {
        Some(Transport::Kinesis)
    } else if lower.contains("x-amz-target: amazonsqs.sendmessage") {
        Some(Transport::Sqs)
    } else {
        lower.contains("action=publish&").then_some(Transport::Sns)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_asked_once() {
    let account = Account::open(&[]);
    let asked = Arc::new(Mutex::new(BTreeMap::<Transport, usize>::new()));
    let counted = Arc::clone(&asked);
    let proxy = proxy::before(&account, move |request| {
        let transport = hands_over(request)?;
        *counted.lock().unwrap().entry(transport).or_default() += 1;
        Some(proxy::unavailable())
    })
    .await;

    let rows = rows(proxy, &[]).await;
    assert!(rows.iter().all(|row| row.outcome == Outcome::Rejected), "{rows:?}");
    let mut sent = BTreeMap::<Transport, usize>::new();
    for row in &rows {
        *sent.entry(row.transport).or_default() += 1;
    }
    assert_eq!(sent.len(), Transport::ALL.len());
    assert_eq!(*asked.lock().unwrap(), sent, "one request for each refused call");
}

/// The rows of a run whose pairs are not proved first.
async fn rows(endpoint: String, more: &'static [&str]) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let usual = ["--yes", "--axis=warmup=0", "--unproved"];
        let words = [&sweep(&runs, "once")[..], &usual, more].concat();
        testkit::programs::Said::from(command_at(&endpoint, &words).output().unwrap())
    });
    let said = said.await.unwrap();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let run = RunDir::open(&folder.path().join("once")).unwrap();
    let parts = run.parts().unwrap();
    parts.iter().flat_map(|key| run.read_part(key).unwrap()).collect()
}
