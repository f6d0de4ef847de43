//! A measured call that is refused is one row with its error, and exactly one request: a retry that
//! the client hid would be counted as the transport's duration.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Outcome, RunDir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

use crate::account::{Account, command_at, sweep};

/// What the first line of every request to invoke B has; the function's name is in between.
const INVOKE: &[u8] = b"POST /2015-03-31/functions/";
/// How much of a line is kept.
const LONGEST_LINE: usize = 4096;
const RECEIVER: &[u8] = b"-receiver/invocations";

/// Passes bytes on and counts the requests that invoke a receiver.
async fn pass_on(client: TcpStream, to: String, count: Arc<AtomicUsize>) -> std::io::Result<()> {
    let cloud = TcpStream::connect(to).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_cloud, mut to_cloud) = cloud.into_split();
    let answers = tokio::spawn(async move { copy(&mut from_cloud, &mut to_client).await });
    let mut buffer = vec![0; 64 * 1024];
    let mut line = Vec::new();
    loop {
        let read = from_client.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        for byte in &buffer[..read] {
            if *byte == b'\n' {
                let has = |what: &[u8]| line.windows(what.len()).any(|part| part == what);
                count.fetch_add(usize::from(has(INVOKE) && has(RECEIVER)), Ordering::Relaxed);
                line.clear();
            } else {
                // A body ends without a new line, so the next request's begins behind it.
                if line.len() == LONGEST_LINE {
                    line.drain(..LONGEST_LINE / 2);
                }
                line.push(*byte);
            }
        }
        to_cloud.write_all(&buffer[..read]).await?;
    }
    to_cloud.shutdown().await?;
    answers.await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_is_one_row_and_one_request() {
    // A takes the account's one place, so that B, invoked while A waits, is throttled every time.
    let account = Account::open(&["--account-concurrency=1"]);
    let to = account.endpoint.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, to.clone(), Arc::clone(&counted)));
        }
    });

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
