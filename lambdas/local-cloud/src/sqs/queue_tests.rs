use super::*;
use crate::queue_memory::QueueMemory;
use crate::sqs::message;

/// A queue at a time of its own, which the test moves on.
struct Test {
    queue: Queue,
    now: Instant,
}

impl Test {
    fn new(attributes: &[(&str, &str)]) -> Self {
        Self { queue: queue(attributes), now: Instant::now() }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn put(&self, text: &str, delay_s: u64) {
        self.queue.put(message(text), Duration::from_secs(delay_s), self.now);
    }

    fn take(&self, most: usize) -> Vec<Delivery> {
        self.queue.take(&ask(most, usize::MAX), self.now, crate::clock::now_ms()).0
    }

    fn counts(&self) -> Counts {
        self.queue.counts(self.now, crate::clock::now_ms())
    }
}

fn ask(most: usize, most_bytes: usize) -> Receive {
    Receive { most, most_bytes, visibility: None, until: Instant::now() }
}

fn queue(attributes: &[(&str, &str)]) -> Queue {
    let mut all = Attributes::default();
    let given = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.apply(&given.collect()).unwrap();
    Queue::new("q".into(), "arn:aws:sqs:r:1:q".into(), all, BTreeMap::new(), 1)
}

fn message(text: &str) -> Message {
    Message {
        id: text.to_owned(),
        body: text.into(),
        md5_of_body: message::md5_of_body(text),
        attributes: BTreeMap::new(),
        trace_header: None,
        group_id: None,
        sent_ms: crate::clock::now_ms(),
        event_bytes: text.len(),
        share: QueueMemory::new(1 << 20).take(1).unwrap(),
    }
}

fn texts(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| &*delivery.message.body).collect()
}

#[test]
fn a_received_message_comes_again_unless_it_is_deleted() {
    let mut test = Test::new(&[]);
    test.put("a", 0);
    test.put("b", 0);
    let first = test.take(10);
    assert_eq!(texts(&first), ["a", "b"]);
    assert_eq!(test.counts(), Counts { visible: 0, delayed: 0, in_flight: 2 });
    test.queue.delete_message(first[0].receipt).unwrap();
    test.wait(29);
    assert!(test.take(10).is_empty());
    test.wait(1);
    let again = test.take(10);
    assert_eq!((texts(&again), again[0].receives), (vec!["b"], 2));
    // The receipt of an earlier receive deletes nothing.
    test.queue.delete_message(first[1].receipt).unwrap();
    assert_eq!(test.counts().in_flight, 1);
    test.queue.delete_message(again[0].receipt).unwrap();
    assert_eq!(test.counts(), Counts::default());
}

#[test]
fn a_delayed_message_is_received_after_its_delay() {
    let mut test = Test::new(&[]);
    test.put("a", 3);
    assert_eq!(test.counts().delayed, 1);
    assert!(test.take(1).is_empty());
    test.wait(3);
    assert!(test.queue.has_visible(test.now));
    assert_eq!(texts(&test.take(1)), ["a"]);
    assert!(!test.queue.has_visible(test.now));
}

#[test]
fn visibility_can_be_changed_while_a_message_is_in_flight() {
    let mut test = Test::new(&[("VisibilityTimeout", "10")]);
    test.put("a", 0);
    let first = test.take(1)[0].receipt;
    let change = |test: &Test, receipt, seconds| {
        test.queue.change_visibility(receipt, Duration::from_secs(seconds), test.now)
    };
    change(&test, first, 0).unwrap();
    let second = test.take(1)[0].receipt;
    assert_eq!(change(&test, first, 0), Err(WrongReceipt::NoMessage));
    change(&test, second, 100).unwrap();
    test.wait(99);
    assert!(test.take(1).is_empty());
    test.wait(1);
    assert_eq!(change(&test, second, 0), Err(WrongReceipt::NotInFlight));
    let other = Receipt { queue_created_ms: 2, ..second };
    assert_eq!(test.queue.delete_message(other), Err(WrongReceipt::OtherQueue));
}

#[test]
fn a_message_that_was_received_too_often_is_taken_out() {
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:d","maxReceiveCount":2}"#;
    let test = Test::new(&[("RedrivePolicy", policy), ("VisibilityTimeout", "0")]);
    test.put("a", 0);
    for receives in 1..=2 {
        assert_eq!(test.take(1)[0].receives, receives);
    }
    let (deliveries, dead) = test.queue.take(&ask(1, 1), test.now, crate::clock::now_ms());
    assert!(deliveries.is_empty());
    assert_eq!(dead[0].target_arn, "arn:aws:sqs:r:1:d");
    assert_eq!(test.counts(), Counts::default());
}

#[test]
fn a_receive_takes_so_many_bytes_but_at_least_one_message() {
    let test = Test::new(&[]);
    for text in ["long text", "b", "c"] {
        test.put(text, 0);
    }
    let take = || test.queue.take(&ask(10, 2), test.now, crate::clock::now_ms()).0;
    assert_eq!(texts(&take()), ["long text"]);
    assert_eq!(texts(&take()), ["b", "c"]);
}

#[test]
fn messages_expire_and_are_purged() {
    let mut test = Test::new(&[("MessageRetentionPeriod", "60")]);
    test.put("a", 0);
    let now_ms = crate::clock::now_ms();
    assert_eq!(test.queue.counts(test.now, now_ms + 59_000).visible, 1);
    assert_eq!(test.queue.counts(test.now, now_ms + 61_000).visible, 0);
    test.put("b", 0);
    test.take(1);
    test.put("c", 1);
    test.queue.purge();
    assert_eq!(test.counts(), Counts::default());
    test.wait(40);
    assert!(test.take(1).is_empty());
}

const SOON: Duration = Duration::from_millis(20);

fn waiter(queue: &Arc<Queue>, wait: Duration) -> tokio::task::JoinHandle<Vec<Delivery>> {
    let (queue, until) = (Arc::clone(queue), Instant::now() + wait);
    tokio::spawn(async move {
        queue.receive(&Receive { until, ..ask(1, 1) }, &Timer::default()).await.0
    })
}

#[tokio::test]
async fn each_who_waits_gets_a_message_when_it_comes() {
    let queue = Arc::new(queue(&[]));
    let waiting: Vec<_> = (0..3).map(|_| waiter(&queue, Duration::from_secs(20))).collect();
    tokio::time::sleep(SOON).await;
    for text in ["a", "b", "c"] {
        queue.put(message(text), Duration::ZERO, Instant::now());
    }
    let mut got = Vec::new();
    for task in waiting {
        got.extend(texts(&task.await.unwrap()).into_iter().map(str::to_owned));
    }
    got.sort_unstable();
    assert_eq!(got, ["a", "b", "c"]);
    assert!(waiter(&queue, SOON).await.unwrap().is_empty());
}

/// One who knows of a time goes; another who waits must learn of it.
#[tokio::test]
async fn a_time_is_kept_although_who_knew_it_has_gone() {
    let queue = Arc::new(queue(&[]));
    let patience = Duration::from_secs(20);
    let (first, second) = (waiter(&queue, patience), waiter(&queue, patience));
    tokio::time::sleep(SOON).await;
    let started = Instant::now();
    queue.put(message("later"), SOON * 3, started);
    tokio::time::sleep(SOON).await;
    queue.put(message("now"), Duration::ZERO, Instant::now());
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let mut got = [texts(&first), texts(&second)].concat();
    got.sort_unstable();
    assert_eq!(got, ["later", "now"]);
    // Sooner than the patience of any who waits.
    assert!((SOON * 3..patience / 2).contains(&started.elapsed()));
}

#[tokio::test]
async fn who_waits_goes_when_the_queue_is_deleted() {
    let queue = Arc::new(queue(&[]));
    let waiting = waiter(&queue, Duration::from_secs(600));
    tokio::time::sleep(SOON).await;
    queue.delete();
    assert!(waiting.await.unwrap().is_empty());
}
