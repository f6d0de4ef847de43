//! Log lines are read at the pace that an account allows: some windows of time beside each other,
//! within the rate, each line once; and a line that comes late is waited for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use lab::collect::{Collector, Pace, Wanted};
use tokio::time::Instant;
use wire::{
    BatchId, DeliveryContext, DurationNs, Line, MessageId, PutOutcome, ReceivedLine, SentLine,
    WallNs,
};

use crate::account::Account;
use crate::proxy;

const SENDER: &str = "/aws/lambda/a";
const RECEIVER: &str = "/aws/lambda/b";
const STREAM: &str = "environment";
const MINUTE: Duration = Duration::from_secs(60);

fn before(now: WallNs, ago: Duration) -> WallNs {
    WallNs(now.0 - i64::try_from(ago.as_nanos()).unwrap())
}

fn sent(batch: BatchId, seq: u64, at: WallNs) -> Line {
    Line::Sent(SentLine {
        batch,
        message_id: MessageId { batch, seq },
        warmup: false,
        sender_env: STREAM.to_owned(),
        sender_call: seq + 1,
        sender_cold: false,
        sender_request_id: "a".to_owned(),
        intended_at_ns: at,
        put_started_at_ns: at,
        put_finished_at_ns: at,
        operation_ns: DurationNs(1),
        outcome: PutOutcome::Accepted,
    })
}

fn received(batch: BatchId, seq: u64, at: WallNs) -> Line {
    Line::Received(ReceivedLine {
        batch,
        message_id: MessageId { batch, seq },
        context: DeliveryContext {
            receiver_env: STREAM.to_owned(),
            receiver_cold: false,
            receiver_request_id: "b".to_owned(),
            received_at_ns: at,
            batch_size: 1,
        },
        batch_index: 0,
        service_at_ns: None,
        done_at_ns: at,
        payload_ok: true,
        failed: false,
    })
}

async fn with_groups(account: &Account) -> Client {
    let logs = Client::new(&account.config());
    for group in [SENDER, RECEIVER] {
        logs.create_log_group().log_group_name(group).send().await.unwrap();
        let stream = logs.create_log_stream().log_group_name(group).log_stream_name(STREAM);
        stream.send().await.unwrap();
    }
    logs
}

async fn put(logs: &Client, group: &str, line: &Line, at: WallNs) {
    let event = InputLogEvent::builder()
        .timestamp(at.millis())
        .message(serde_json::to_string(line).unwrap())
        .build()
        .unwrap();
    let putting = logs.put_log_events().log_group_name(group).log_stream_name(STREAM);
    putting.log_events(event).send().await.unwrap();
}

/// Reads through a proxy.
async fn collector(account: &Account, endpoint: &str) -> Collector {
    let config = account.config().into_builder().endpoint_url(endpoint).build();
    Collector::new(Client::new(&config), Pace::ACCOUNT)
}

fn reads(request: &str) -> bool {
    request.contains("Logs_20140328.FilterLogEvents")
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_read_within_the_rate_and_each_line_once() {
    let account = Account::open(&[]);
    let logs = with_groups(&account).await;
    let (batch, now) = (BatchId::new(1), WallNs::now());
    // One on each edge between two windows, which belongs to both.
    let oldest = before(now, 9 * MINUTE);
    for seq in 0..9_u64 {
        let at = WallNs(oldest.0 + i64::try_from(seq).unwrap() * 60_000_000_000);
        put(&logs, RECEIVER, &received(batch, seq, at), at).await;
    }
    let asked = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&asked);
    let endpoint = proxy::before(&account, move |head| {
        if reads(head) {
            times.lock().unwrap().push(Instant::now());
        }
        None
    })
    .await;
    let lines = collector(&account, &endpoint).await.batch(RECEIVER, batch, oldest).await.unwrap();
    let mut seqs: Vec<u64> = lines
        .iter()
        .map(|line| match line {
            Line::Received(line) => line.message_id.seq,
            Line::Sent(line) => panic!("{line:?} is of another group"),
        })
        .collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (0..9).collect::<Vec<_>>());

    let asked = asked.lock().unwrap();
    // From a minute before the oldest, in case the clocks disagree: ten windows and what is left.
    assert!((10..=11).contains(&asked.len()), "{} windows of a minute", asked.len());
    let rate = Pace::ACCOUNT.requests_per_s.unwrap();
    assert!(rate < 5, "the quota, less what others may need");
    let least = Duration::from_secs(1) * u32::try_from(asked.len() - 1).unwrap() / rate;
    let took = asked[asked.len() - 1] - asked[0];
    // The first may have been asked for late, on a machine that is busy.
    assert!(took + Duration::from_millis(500) >= least, "{took:?} is less than {least:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_comes_after_the_first_look_is_waited_for() {
    let account = Account::open(&[]);
    let logs = with_groups(&account).await;
    let (batch, now) = (BatchId::new(2), WallNs::now());
    put(&logs, SENDER, &sent(batch, 0, now), now).await;
    // The first look is at the minute before, in case the clocks disagree, and at what is left.
    const FIRST_LOOK: usize = 2;
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let endpoint = proxy::before(&account, move |head| {
        let is_of_b = reads(head) && head.contains(RECEIVER);
        if is_of_b && counted.fetch_add(1, Ordering::Relaxed) == FIRST_LOOK {
            let late = async { put(&logs, RECEIVER, &received(batch, 0, now), now).await };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(late));
        }
        None
    })
    .await;
    let deadline = Instant::now() + MINUTE;
    let wanted = Wanted {
        sender_group: SENDER,
        receiver_group: RECEIVER,
        batch,
        messages: 0..1,
        since: now,
        deadline,
    };
    let lines = collector(&account, &endpoint).await.lines(&wanted).await.unwrap();
    assert!(lines.has_arrived(0));
    assert!(Instant::now() < deadline, "it was there long before");
    assert!(requests.load(Ordering::Relaxed) > FIRST_LOOK, "it was looked for again");
}
