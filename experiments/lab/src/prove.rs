//! Whether a pair works from end to end: one message is sent over it until one has arrived.
//!
//! In an account, permissions spread for some seconds after they were given, and a mapping says that
//! it is enabled before it reads. The states of the resources do not tell, a message does.

use std::time::Duration;

use tokio::time::Instant;
use wire::{BatchId, DurationNs, Schedule, SendRequest, WallNs};

use crate::collect::{Collector, Wanted};
use crate::deploy::{Pair, log_group};
use crate::driver::Driver;
use crate::error::LabError;

/// How long a pair may take.
const WITHIN: Duration = Duration::from_secs(300);
/// How long after a refused message the next is sent.
const PAUSE: Duration = Duration::from_secs(2);
const PAYLOAD_BYTES: u32 = 1024;

/// Sends until a message has arrived. These messages belong to no cell and have no rows.
///
/// # Errors
/// [`LabError::NotReady`] with what became of the last message; what sending or reading gives.
pub(crate) async fn prove(
    driver: &Driver,
    collector: &Collector,
    pair: &Pair,
    random: fn() -> u64,
) -> Result<(), LabError> {
    let (sender_group, receiver_group) = (log_group(&pair.sender), log_group(&pair.receiver));
    let end = Instant::now() + WITHIN;
    loop {
        let batch = BatchId::new(random());
        let request = SendRequest {
            batch,
            first_seq: 0,
            schedule: Schedule::Closed { count: 1 },
            warmup: true,
            target: pair.target.clone(),
            payload_bytes: PAYLOAD_BYTES,
            work_ns: DurationNs(0),
            fail: false,
        };
        let since = WallNs::now();
        driver.send(&pair.sender, vec![vec![request]]).await?;
        let lines = collector
            .lines(&Wanted {
                sender_group: &sender_group,
                receiver_group: &receiver_group,
                batch,
                messages: 0..1,
                since,
                deadline: end,
            })
            .await?;
        if lines.has_arrived(0) {
            return Ok(());
        }
        if Instant::now() + PAUSE > end {
            return Err(LabError::NotReady {
                what: format!("the way from {} to {}", pair.sender, pair.receiver),
                wanted: "usable",
                state: lines.refusal(0).unwrap_or("a message that did not arrive").to_owned(),
                seconds: WITHIN.as_secs(),
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
