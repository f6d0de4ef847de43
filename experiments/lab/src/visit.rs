//! One visit of a cell: warm up, measure, collect; its rows and how long its messages took.

use std::time::Duration;

use store::{CellPlan, Row, RunId};
use tokio::time::Instant;
use wire::{BatchId, Transport, WallNs};

use crate::clients::Clients;
use crate::collect::{Collector, Wanted};
use crate::deploy::{Pair, log_group};
use crate::drive;
use crate::error::LabError;
use crate::join::{self, Asked, SENDER_LINE_MISSING};

/// What all visits of an experiment have in common.
#[derive(Clone, Debug)]
pub struct Bench<'a> {
    /// The run.
    pub run_id: &'a RunId,
    /// The experiment.
    pub experiment: &'a str,
    /// The run's seed.
    pub seed: u64,
    /// How often an event source mapping polls a shard.
    pub shard_poll_interval: Duration,
    /// How long after A's last answer a message counts as lost.
    pub delivery_deadline: Duration,
    /// For invoking A.
    pub clients: &'a Clients,
    /// For reading the lines.
    pub collector: &'a Collector,
}

/// What a visit gave.
#[derive(Debug)]
pub struct Visited {
    /// One row per message.
    pub rows: Vec<Row>,
    /// From the first request to the later of A's last answer and the end of the last delivery.
    pub messages_took: Duration,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Bench<'_> {
    /// Visits a cell.
    ///
    /// # Errors
    /// When A fails as a whole or the lines cannot be read: then there are no rows, and the visit
    /// is to be made again.
    pub async fn visit(
        &self,
        cell: &CellPlan,
        round: u32,
        batch: BatchId,
        pair: &Pair,
    ) -> Result<Visited, LabError> {
        let orders =
            drive::orders(cell, round, self.seed, batch, &pair.target, self.shard_poll_interval);
        let groups = (log_group(&pair.sender), log_group(&pair.receiver));
        let since = WallNs::now();
        let wanted = |asked| Wanted {
            sender_group: &groups.0,
            receiver_group: &groups.1,
            batch,
            asked,
            since,
            deadline: Instant::now() + self.delivery_deadline,
        };
        let warmup = orders.warmup.into_iter().map(|request| vec![request]).collect();
        drive::send(&self.clients.invoke, &pair.sender, warmup).await?;
        // With a synchronous invoke, A's answer says that B is done.
        if cell.transport != Transport::SyncInvoke {
            self.collector.lines(&wanted(cell.warmup.into())).await?;
        }
        drive::send(&self.clients.invoke, &pair.sender, orders.measured).await?;
        let answered_at = WallNs::now();
        let (run_id, experiment) = (self.run_id, self.experiment);
        let asked = Asked { run_id, experiment, cell, round, batch };
        let lines = self.collector.lines(&wanted(asked.messages())).await?;
        let rows = join::rows(&asked, &lines);
        let settled_at =
            // Until the deadline, the lab waited for messages and for nothing else.
            if lines.all_settled(asked.messages()) { lines.last_done_at() } else { Some(WallNs::now()) };
        let ended_at = settled_at.map_or(answered_at, |settled_at| settled_at.max(answered_at));
        let messages_took =
            Duration::from_nanos(u64::try_from(ended_at.since(since)).unwrap_or_default());
        let warnings = warnings(&rows);
        Ok(Visited { rows, messages_took, warnings })
    }
}

fn warnings(rows: &[Row]) -> Vec<String> {
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let counts = [
        (count(|row| row.outcome == store::Outcome::Lost), "did not arrive before the deadline"),
        (count(|row| row.outcome == store::Outcome::Rejected), "were refused by the service"),
        (count(|row| row.payload_ok == Some(false)), "arrived damaged"),
        (
            count(|row| row.error_code.as_deref() == Some(SENDER_LINE_MISSING)),
            "have no line of A in the log",
        ),
    ];
    let total = rows.len();
    counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} of {total} messages {what}"))
        .collect()
}
