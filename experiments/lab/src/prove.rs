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
/// How long one message is waited for: log lines are usually there within some seconds, and one more
/// message costs nothing, while one that was lost never comes.
const ONE_WITHIN: Duration = Duration::from_secs(15);
/// How long after a message that has not arrived the next is sent.
const PAUSE: Duration = Duration::from_secs(2);
const PAYLOAD_BYTES: u32 = 1024;

/// Sends until a message has arrived, be it one of those sent before. These messages belong to no
/// cell and have no rows.
///
/// # Errors
/// [`LabError::NotReady`] with what became of the last message; what sending or reading gives.
pub(crate) async fn prove(
    driver: &Driver,
    collector: &Collector,
    pair: &Pair,
    random: fn() -> u64,
) -> Result<(), LabError> {
    let since = WallNs::now();
    let end = Instant::now() + WITHIN;
    loop {
        let one_end = end.min(Instant::now() + ONE_WITHIN);
        let Some(state) = one(driver, collector, pair, BatchId::new(random()), one_end).await?
        else {
            return Ok(());
        };
        // Lines may take longer than one message is waited for.
        let mut arrived = 0_u64;
        collector.deliveries(&log_group(&pair.receiver), since, |_| arrived += 1).await?;
        if arrived > 0 {
            return Ok(());
        }
        if Instant::now() + PAUSE > end {
            return Err(LabError::NotReady {
                what: format!("the way from {} to {}", pair.sender, pair.receiver),
                wanted: "usable",
                state,
                seconds: WITHIN.as_secs(),
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends one message and waits for it. Gives what became of it, if it has not arrived.
async fn one(
    driver: &Driver,
    collector: &Collector,
    pair: &Pair,
    batch: BatchId,
    end: Instant,
) -> Result<Option<String>, LabError> {
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
    match driver.send(&pair.sender, vec![vec![request]]).await {
        Ok(_) => {}
        Err(e) if driver.may_settle(&e) => return Ok(Some(e.to_string())),
        Err(e) => return Err(e),
    }
    let lines = collector
        .lines(&Wanted {
            sender_group: &log_group(&pair.sender),
            receiver_group: &log_group(&pair.receiver),
            batch,
            messages: 0..1,
            since,
            deadline: end,
        })
        .await?;
    let state = lines.refusal(0).unwrap_or("a message that did not arrive");
    Ok((!lines.has_arrived(0)).then(|| state.to_owned()))
}
