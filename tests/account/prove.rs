//! Before anything is measured, each pair hands a message over; one that is lost is not waited for
//! until the end of the time that a pair has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Outcome, RunDir};
use testkit::programs::Said;

use crate::account::{Account, command_at, sweep};
use crate::once::invokes_receiver;
use crate::proxy;

/// Lambda's answer to an asynchronous invocation.
const ACCEPTED: &str =
    "HTTP/1.1 202 Accepted\r\nx-amzn-requestid: lost\r\ncontent-length: 0\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_message_another_is_sent() {
    let account = Account::open(&[]);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let proxy = proxy::before(&account, move |head| {
        let is_first = invokes_receiver(head) && counted.fetch_add(1, Ordering::Relaxed) == 0;
        is_first.then(|| ACCEPTED.to_owned())
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let began = std::time::Instant::now();
    let said = tokio::task::spawn_blocking(move || {
        let more = ["--yes", "--axis=transport=async-invoke", "--axis=warmup=0"];
        let words = [&sweep(&runs, "lossy")[..], &more].concat();
        Said::from(command_at(&proxy, &words).output().unwrap())
    });
    let said = said.await.unwrap();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(began.elapsed().as_secs() < 120, "the lost one was waited for to the end");
    let run = RunDir::open(&folder.path().join("lossy")).unwrap();
    let parts = run.parts().unwrap();
    let rows: Vec<_> = parts.iter().flat_map(|key| run.read_part(key).unwrap()).collect();
    for row in &rows {
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
    }
    assert_eq!(count.load(Ordering::Relaxed), rows.len() + 2, "one was lost, one has arrived");
}
