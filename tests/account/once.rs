//! A measured call that is refused is one row with its error, and exactly one request: a retry that
//! the client hid would be counted as the transport's duration.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Outcome, RunDir};

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

    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let more = ["--yes", "--axis=transport=sync-invoke", "--axis=warmup=0", "--unproved"];
        let words = [&sweep(&runs, "once")[..], &more].concat();
        testkit::programs::Said::from(command_at(&proxy, &words).output().unwrap())
    });
    let said = said.await.unwrap();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let run = RunDir::open(&folder.path().join("once")).unwrap();
    let parts = run.parts().unwrap();
    let rows: Vec<_> = parts.iter().flat_map(|key| run.read_part(key).unwrap()).collect();
    assert_eq!(rows.len(), 8, "two rounds of three messages and one to warm up");
    for row in &rows {
        assert_eq!(row.outcome, Outcome::Rejected, "{row:?}");
        assert_eq!(row.error_code.as_deref(), Some("TooManyRequestsException"), "{row:?}");
    }
    assert_eq!(count.load(Ordering::Relaxed), rows.len(), "one request for each refused call");
}
